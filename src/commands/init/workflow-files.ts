/**
 * Workflows of GitHub Actions for the repository of an inventory. They only call those of promgen-gen, by a commit.
 */
import type { ScaffoldFiles } from "./scaffold.ts";

/** The repository of promgen-gen's workflows, and the commit that was looked at. */
export interface Actions {
  readonly repository: string;
  readonly commit: string;
}

/** Stand where nobody has said which: GitHub refuses a workflow with them, and nobody can own such a repository. */
export const UNKNOWN_ACTIONS: Actions = { repository: "<owner>/promgen-gen", commit: "<commit>" };

/** `owner/repository@<commit>`; `undefined` for anything else, a branch or a tag included, which others can move. */
export function readActions(text: string): Actions | undefined {
  const [, repository, commit] = /^([\w.-]+\/[\w.-]+)@([0-9a-f]{40}(?:[0-9a-f]{24})?)$/.exec(text) ?? [];
  return repository === undefined || commit === undefined ? undefined : { repository, commit };
}

/** A branch as a filter of GitHub has it, in which some characters are patterns: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet */
function filterOf(branch: string): string {
  return branch.replaceAll(/[*?+![\]\\]/g, String.raw`\$&`);
}

/** A directory as an input of a workflow: what looks like an expression in it would be calculated there. */
export function directoryInput(directory: string): string {
  return `directory: ${JSON.stringify(directory.replaceAll("${{", "${{ '${{' }}"))}`;
}

/** What differs from one repository to the next. */
export interface Surroundings {
  readonly actions: Actions;
  /** The branch from which is published. */
  readonly branch: string;
  /** Where promgen.yml lies below the root of the repository; "" at the root. */
  readonly directory: string;
}

export function workflowFiles({ actions, branch, directory }: Surroundings): ScaffoldFiles {
  const { repository, commit } = actions;
  const uses = (name: string): string => `uses: ${repository}/.github/workflows/${name}.yml@${commit}`;
  const where = directory === "" ? "" : `      ${directoryInput(directory)}\n`;
  const withWhere = where === "" ? "" : `    with:\n${where}`;
  return {
    ".github/workflows/targets-check.yml": `# What a change does to the scraping: checked and shown at every pull request, and again in the merge queue.
name: targets
on:
  pull_request:
  merge_group:
permissions: {}
jobs:
  check:
    permissions:
      contents: read
      pull-requests: write # for the comment
    ${uses("targets-pull-request")}
${withWhere}`,
    ".github/workflows/targets-comment.yml": `# Comments on pull requests from forks, whose own runs may not write. It never checks out what they propose.
name: comment on targets
on:
  workflow_run:
    workflows: [targets]
    types: [completed]
permissions: {}
jobs:
  comment:
    permissions:
      actions: read # the plan, from the run of the pull request
      contents: read
      pull-requests: write
    ${uses("targets-comment")}
${withWhere}`,
    ".github/workflows/targets-publish.yml": `# Publishes to the branch \`artifacts\` what was merged, after it has been checked once more.
name: publish targets
on:
  push:
    branches: [${JSON.stringify(filterOf(branch))}]
  workflow_dispatch:
    inputs:
      accept:
        description: The digest that the safety gate has named, to release what it holds back
        type: string
permissions: {}
jobs:
  publish:
    permissions:
      contents: write # the branch
    ${uses("targets-publish")}
    with:
${where}      accept: \${{ inputs.accept }}
    secrets:
      PROMGEN_SIGNING_KEY: \${{ secrets.PROMGEN_SIGNING_KEY }} # the text of an SSH key; without it, nothing is signed

  # Serves the artifacts from GitHub Pages as well, which is public on most plans.
  # pages:
  #   needs: publish
  #   if: \${{ needs.publish.outputs.changed == 'true' }}
  #   permissions:
  #     contents: read
  #     pages: write
  #     id-token: write
  #   ${uses("targets-pages")}

  # Attests the manifest: in private repositories with GitHub Enterprise Cloud only.
  # attest:
  #   needs: publish
  #   if: \${{ needs.publish.outputs.changed == 'true' }}
  #   permissions:
  #     contents: read
  #     id-token: write
  #     attestations: write
  #     artifact-metadata: write
  #   ${uses("targets-attest")}
`,
  };
}
