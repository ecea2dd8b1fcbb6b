/** Repositories with an artifact branch, for what reads them. */
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { SourceConfig } from "../../../src/agent/config.ts";
import { Failure } from "../../../src/agent/failure.ts";
import type { Reason } from "../../../src/agent/failure.ts";
import { openGitSource } from "../../../src/agent/source/git-source.ts";
import type { PointerAnswer, Source } from "../../../src/agent/source/source.ts";
import { withMade } from "../../snapshot.ts";
import { commitAll, environment, git, writeFiles } from "../../workplace.ts";
import type { Files } from "../../workplace.ts";

export const NEVER = new AbortController().signal;

/** What a shard's directory holds. The source does not look into it. */
export const SHARD: Files = {
  "manifest.json": '{"shards":{"a":{}}}\n',
  "shards/a/SHA256SUMS": "# promgen-gen 1 shard=a generation=1\n",
  "shards/a/SHA256SUMS.sig": "signature\n",
  "shards/a/targets.json": '[{"targets":["one"]}]\n',
  "shards/a/urls.json": '[{"targets":[]}]\n',
};

export interface Repository {
  /** A directory of the test, with the repository in `work`. */
  readonly directory: string;
  readonly url: string;
  /** Runs git in the repository. */
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** Commits these files, and those that are there already, to the branch; gives the commit. */
  readonly publish: (files: Files) => Promise<string>;
  /** Opens it as the agent does, for the shard `a`; the clone stays where it is between two calls. */
  readonly open: (config?: Partial<SourceConfig>, directory?: string, url?: string) => Promise<Source>;
  /** The clone of `open`. */
  readonly clone: string;
}

export function sourceConfig(config: Partial<SourceConfig> = {}): SourceConfig {
  const { PATH } = environment("/nonexistent");
  return {
    urls: [],
    tls: {},
    allowHttp: false,
    allowPrivateRedirects: false,
    timeout: 60,
    maxBytes: 1_000_000,
    proxy: {},
    githubApi: "https://api.github.com",
    environment: { PATH },
    ...config,
  };
}

/** Makes a repository whose branch `artifacts` holds a shard. */
export async function withRepository(act: (repository: Repository) => Promise<void>, format = "sha1"): Promise<void> {
  const make = async (directory: string): Promise<void> => {
    await git(directory, "init", "--quiet", "--initial-branch=artifacts", `--object-format=${format}`, "work");
    await writeFiles(join(directory, "work"), SHARD);
    await commitAll(join(directory, "work"), "publish");
  };
  await withMade(`shard ${format}`, make, async (directory) => {
    const work = join(directory, "work");
    const workplace = join(directory, "state");
    const url = `git+file://${work}/.git#artifacts`;
    const inWork = async (...args: readonly string[]): Promise<string> => await git(work, ...args);
    const publish = async (files: Files): Promise<string> => {
      await writeFiles(work, files);
      return await commitAll(work, "publish");
    };
    await act({
      directory,
      url,
      git: inWork,
      publish,
      open: async (config, shard = "shards/a/", at = url) =>
        await openGitSource(at, sourceConfig(config), shard, workplace),
      clone: join(workplace, "clone.git"),
    });
  });
}

/** The SHA256SUMS that a source has, which must have one. */
export async function pointerOf(
  source: Source,
  validator?: string,
  fresh?: boolean,
): Promise<Extract<PointerAnswer, { kind: "pointer" }> & { readonly text: string }> {
  const answer = await source.pointer(validator, NEVER, fresh);
  assert.is(answer.kind, "pointer");
  if (answer.kind !== "pointer") throw new Error("unchanged");
  return { ...answer, text: Buffer.from(answer.sums).toString() };
}

export async function textOf(source: Source, name: "targets.json" | "urls.json", fresh?: boolean): Promise<string> {
  let text = "";
  for await (const chunk of source.file(name, "0".repeat(64), NEVER, fresh)) text += Buffer.from(chunk).toString();
  return text;
}

/** Asserts that it fails for this reason, and gives the failure. */
export async function failureOf(reason: Reason, act: () => Promise<unknown>): Promise<Failure> {
  let failure: unknown;
  try {
    await act();
  } catch (error) {
    failure = error;
  }
  assert.instance(failure, Failure, `${String(failure)}, but should fail for: ${reason}`);
  assert.is((failure as Failure).reason, reason, String(failure));
  return failure as Failure;
}
