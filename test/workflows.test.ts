/**
 * The workflows that repositories with an inventory call, and those that `init` gives them: least permissions, actions by
 * commit, and nothing of a pull request in a place where it could be executed.
 */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { init } from "../src/commands/init.ts";
import { planJsonLines } from "../src/report/plan-json.ts";
import { describe, notRun } from "./describe.ts";
import { REPOSITORY, withGitHub } from "./publish/github-stand-in.ts";
import { documentOf } from "./report/plans.ts";
import { CLI, inProcess, isInstalled, readFiles, ROOT, run, runCli, withDirectory, writeFiles } from "./workplace.ts";

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly if?: string;
  readonly steps?: readonly Step[];
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Called {
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
}

const SOURCE = `acme/promgen-gen@${"a".repeat(40)}`;
const WORKFLOWS = join(ROOT, ".github/workflows");
const ACTION = "./promgen-gen/.github/actions/promgen-gen";

async function textsIn(directory: string): Promise<Map<string, string>> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".yml")).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), "utf8")] as const)),
  );
}

const ours = await textsIn(WORKFLOWS);
const reusable = new Map([...ours].filter(([name]) => name.startsWith("targets-")));
/** What `init` makes, with the jobs that are comments at first. */
const callers = await withDirectory({}, async (directory) => {
  await inProcess(directory, (io) => init(io, { actions: SOURCE }));
  const texts = await textsIn(join(directory, ".github/workflows"));
  return new Map([...texts].map(([name, text]) => [name, text.replace(/^ {2}# (?! ?[A-Z])/gm, "  ")]));
});
const action = await readFile(join(ROOT, ".github/actions/promgen-gen/action.yml"), "utf8");

const read = (text: string): Workflow => parse(text) as Workflow;
const everything = [...ours, ...callers, ["action.yml", action] as const];
const jobsOf = (texts: ReadonlyMap<string, string>): [where: string, job: Job][] =>
  [...texts].flatMap(([name, text]) =>
    Object.entries(read(text).jobs).map(([id, job]): [string, Job] => [`${name} ${id}`, job]),
  );
const steps: readonly [where: string, step: Step][] = [
  ...jobsOf(ours).flatMap(([where, job]) => (job.steps ?? []).map((step): [string, Step] => [where, step])),
  ...(parse(action) as { runs: { steps: Step[] } }).runs.steps.map((step): [string, Step] => ["action.yml", step]),
];
const isCheckout = ({ uses = "" }: Step): boolean => uses.startsWith("actions/checkout@");

describe("workflows: what they run", (it) => {
  it("is pinned by a whole commit, with the version beside it", () => {
    for (const [name, text] of everything) {
      const uses = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, value = ""]) => value);
      if (name !== "action.yml") assert.ok(uses.length > 0, name);
      for (const value of uses) {
        const isOwn = value === ACTION || value.startsWith(`${SOURCE.split("@")[0]}/`);
        const wanted = isOwn
          ? /^(?:\.\/promgen-gen\/|.*@[0-9a-f]{40}$)/
          : /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
        assert.match(value, wanted, name);
      }
    }
  });

  it("is one version of each action", () => {
    const versions = new Map<string, string>();
    for (const [, text] of everything) {
      for (const [, name = "", pin = ""] of text.matchAll(/uses: (actions\/[\w-]+)@(\S+ # \S+)/g)) {
        assert.is(versions.get(name) ?? pin, pin, name);
        versions.set(name, pin);
      }
    }
    assert.ok(versions.size > 5);
  });

  it("has no expression in a script: what comes from outside goes through `env`", () => {
    const scripts = steps.filter(([, step]) => step.run !== undefined);
    assert.ok(scripts.length > 5);
    for (const [where, step] of scripts) assert.not.match(step.run ?? "", "${{", where);
  });

  it("is this promgen-gen, from the commit of the workflow, and never without knowing which", () => {
    for (const [where, { steps: own = [] }] of jobsOf(reusable)) {
      const at = own.findIndex(({ uses }) => uses === ACTION);
      if (at < 0) {
        assert.not.ok(
          own.some((step) => step.run !== undefined),
          where,
        );
        continue;
      }
      assert.match(own[0]?.run ?? "", /\[ -z "\$REPOSITORY" \] \|\| \[ -z "\$COMMIT" \][^]*exit 1/, where);
      const checkout = own.slice(1, at).find((step) => isCheckout(step) && step.with?.["path"] === "promgen-gen");
      assert.is(checkout?.with?.["repository"], "${{ job.workflow_repository }}", where);
      assert.is(checkout?.with?.["ref"], "${{ job.workflow_sha }}", where);
    }
  });

  it("is built without scripts of packages, in the tool's own checkout", () => {
    assert.match(action, /cd -- "\$GITHUB_ACTION_PATH\/\.\.\/\.\.\/\.\."/);
    assert.match(action, /npm ci --ignore-scripts/);
    assert.not.match([...reusable.values()].join("\n"), /\bnp[mx] /);
    assert.ok(existsSync(join(ROOT, ".github/actions/promgen-gen/../../../package-lock.json")));
  });
});

describe("workflows: permissions", (it) => {
  it("are none but those that a job says", () => {
    for (const [name, text] of [...reusable, ...callers]) assert.equal(read(text).permissions, {}, name);
    assert.equal(read(ours.get("ci.yml") ?? "").permissions, { contents: "read" });
    for (const [where, { permissions }] of [...jobsOf(reusable), ...jobsOf(callers)])
      assert.ok(permissions !== undefined, where);
  });

  it("to write are those that are needed, each where it is", () => {
    const writes = jobsOf(reusable).flatMap(([where, { permissions = {} }]) =>
      Object.entries(permissions).flatMap(([scope, access]) => (access === "write" ? [`${where}: ${scope}`] : [])),
    );
    assert.equal(writes, [
      "targets-attest.yml attest: id-token",
      "targets-attest.yml attest: attestations",
      "targets-attest.yml attest: artifact-metadata",
      "targets-comment.yml comment: pull-requests",
      "targets-pages.yml deploy: pages",
      "targets-pages.yml deploy: id-token",
      "targets-publish.yml publish: contents",
      "targets-pull-request.yml comment: pull-requests",
    ]);
  });

  it("that a caller grants are those that are asked for", () => {
    for (const [where, { uses = "", permissions }] of jobsOf(callers)) {
      const called = read(reusable.get(/workflows\/([\w-]+\.yml)@/.exec(uses)?.[1] ?? "") ?? "jobs: {}");
      const asked = Object.values(called.jobs).map((job) => Object.entries(job.permissions ?? {}));
      // A job that writes wins over one that reads.
      const union = Object.fromEntries(asked.flat().sort(([, a], [, b]) => (a < b ? -1 : 1)));
      const sorted = (granted: object): string[] => Object.entries(granted).map(String).sort();
      assert.equal(sorted(permissions ?? {}), sorted(union), where);
    }
  });

  it("of a checkout are not kept, but where something is pushed", () => {
    const kept = steps.filter(([, step]) => isCheckout(step) && step.with?.["persist-credentials"] !== false);
    assert.equal(
      kept.map(([where, step]) => [where, step.with?.["persist-credentials"]]),
      [["targets-publish.yml publish", true]],
    );
  });
});

describe("workflows: what starts them", (it) => {
  it("is never what runs a stranger's code with our rights", () => {
    for (const [name, text] of everything) assert.not.match(text, "pull_request_target", name);
    const after = [...callers].filter(([, text]) => "workflow_run" in read(text).on).map(([name]) => name);
    assert.equal(after, ["targets-comment.yml"]);
  });

  it("is the merge queue as well, for what a pull request must pass", () => {
    assert.equal(Object.keys(read(callers.get("targets-check.yml") ?? "").on), ["pull_request", "merge_group"]);
  });

  it("does so one at a time, and a publishing run is never broken off", () => {
    for (const [name, text] of ours) assert.ok(read(text).concurrency !== undefined, name);
    const { concurrency } = read(reusable.get("targets-publish.yml") ?? "");
    assert.is((concurrency as Record<string, unknown>)["cancel-in-progress"], false);
    for (const [where, job] of jobsOf(ours)) assert.type(job["timeout-minutes"], "number", where);
  });

  it("publishes nothing by hand that is not on the default branch", () => {
    const { jobs } = read(reusable.get("targets-publish.yml") ?? "");
    const condition = "${{ github.ref == format('refs/heads/{0}', github.event.repository.default_branch) }}";
    assert.is(jobs["publish"]?.if, condition);
  });

  it("leaves each pull request to one of the two that comment: who began the run decides what it may write", () => {
    const conditionOf = (name: string): string => read(reusable.get(name) ?? "").jobs["comment"]?.if ?? "";
    const [own, other] = ["targets-pull-request.yml", "targets-comment.yml"].map(conditionOf);
    assert.match(own ?? "", "github.event.pull_request.head.repo.full_name == github.repository &&");
    assert.match(own ?? "", "github.actor != 'dependabot[bot]'");
    assert.match(other ?? "", "github.event.workflow_run.head_repository.full_name != github.repository ||");
    assert.match(other ?? "", "github.event.workflow_run.actor.login == 'dependabot[bot]'");
  });

  it("gives them nothing that they do not take", () => {
    for (const [where, { uses = "", with: given = {}, secrets = {} }] of jobsOf(callers)) {
      const text = reusable.get(/workflows\/([\w-]+\.yml)@/.exec(uses)?.[1] ?? "") ?? "";
      const called = (read(text).on["workflow_call"] ?? {}) as Called;
      for (const name of Object.keys(given)) assert.ok(name in (called.inputs ?? {}), `${where}: ${name}`);
      for (const [name, value] of Object.entries(secrets)) {
        assert.ok(name in (called.secrets ?? {}), `${where}: ${name}`);
        // A caller has no environment. Where the called job has one, its own secret of the name that is passed counts:
        // https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#passing-inputs-and-secrets-to-a-reusable-workflow
        assert.is(value, `\${{ secrets.${name} }}`, where);
      }
    }
  });

  it("is in their expressions by names that there are: of inputs, secrets, jobs, steps and outputs", () => {
    /** All that expressions ask of one context, as `publish.outputs.commit`. */
    const asked = (part: unknown, context: string): string[] =>
      Array.from(
        JSON.stringify(part).matchAll(new RegExp(`(?<![\\w.])${context}\\.([\\w.-]+)`, "g")),
        ([, path = ""]) => path,
      );
    let count = 0;
    const assertKnown = (where: string, paths: readonly string[], known: readonly string[]): void => {
      count += paths.length;
      for (const path of paths) assert.ok(known.includes(path), `${where}: ${path}`);
    };
    const outputsOf = (jobs: Workflow["jobs"], ids: readonly string[]): string[] =>
      ids.flatMap((id) => Object.keys(jobs[id]?.outputs ?? {}).map((output) => `${id}.outputs.${output}`));
    for (const [name, text] of [...ours, ...callers]) {
      const { on, jobs } = read(text);
      const { inputs = {}, secrets = {} } = (on["workflow_call"] ?? {}) as Called;
      const byHand = ((on["workflow_dispatch"] ?? {}) as Called).inputs ?? {};
      assertKnown(name, asked([on, jobs], "inputs"), [...Object.keys(inputs), ...Object.keys(byHand)]);
      // Those of a caller are settings of its repository.
      if ("workflow_call" in on) assertKnown(name, asked(jobs, "secrets"), Object.keys(secrets));
      assertKnown(name, asked(on, "jobs"), outputsOf(jobs, Object.keys(jobs)));
      for (const [id, { needs = [], ...job }] of Object.entries(jobs)) {
        const needed = [needs].flat();
        assertKnown(`${name} ${id}`, needed, Object.keys(jobs));
        const called = needed.flatMap((one) => {
          const file = /workflows\/([\w-]+\.yml)@/.exec(jobs[one]?.uses ?? "")?.[1];
          const own = ((file === undefined ? {} : read(reusable.get(file) ?? "").on["workflow_call"]) ?? {}) as Called;
          return Object.keys(own.outputs ?? {}).map((output) => `${one}.outputs.${output}`);
        });
        const results = needed.map((one) => `${one}.result`);
        assertKnown(`${name} ${id}`, asked(job, "needs"), [...outputsOf(jobs, needed), ...called, ...results]);
        const steps = (job.steps ?? []).flatMap((step) => (step.id === undefined ? [] : [step.id]));
        const stepsAsked = asked(job, "steps").map((path) => path.split(".")[0] ?? "");
        assertKnown(`${name} ${id}`, stepsAsked, steps);
      }
    }
    assert.ok(count > 25, String(count));
  });

  it("lets the comment of a fork be written without anything of the fork but its plan", () => {
    const text = reusable.get("targets-comment.yml") ?? "";
    const own = Object.values(read(text).jobs).flatMap((job) => job.steps ?? []);
    assert.equal(
      own.filter(isCheckout).map((step) => step.with?.["path"]),
      ["promgen-gen"],
    );
    const download = own.find(({ uses = "" }) => uses.startsWith("actions/download-artifact@"));
    assert.is(download?.with?.["skip-decompress"], true);
    assert.not.match(text, /allow-unsafe-pr-checkout|head_branch|head\.ref/);
  });
});

if (await isInstalled("shellcheck")) {
  describe("workflows: scripts", (it) => {
    it("are without findings of shellcheck", async () => {
      const scripts = Object.fromEntries(
        steps.flatMap(([, { run: text }], index) =>
          text === undefined ? [] : [[`${index}.sh`, `#!/bin/bash\nset -e\n${text}`]],
        ),
      );
      await withDirectory(scripts, async (directory) => {
        const { exit, stdout } = await run(directory, ["shellcheck", ...Object.keys(scripts)]);
        assert.is(exit, 0, stdout);
      });
    });

    it("of any CI are, too", async () => {
      const { exit, stdout } = await run(ROOT, ["shellcheck", "deploy/ci/promgen-ci.sh"]);
      assert.is(exit, 0, stdout);
    });
  });
} else notRun("workflows: scripts", "shellcheck is not installed");

if ((await isInstalled("unzip")) && (await isInstalled("python3"))) {
  describe("workflows: the comment on a fork", (it) => {
    const step = Object.values(read(reusable.get("targets-comment.yml") ?? "").jobs)[0]?.steps?.at(-1);
    const HEAD = "a".repeat(40);
    const plan = [...planJsonLines(documentOf({}, { a: { groups: [[{ project: "p" }, ["w1:1"]]] } }))].join("\n");

    interface Outcome {
      readonly body: string | undefined;
      readonly words: string;
      readonly files: string[];
      /** Bytes of what was read. */
      readonly size: number;
    }

    /** Runs the step with what a fork has left as its artifact; gives the comment and what the step said. */
    async function comment(zip: string): Promise<Outcome> {
      return await withGitHub(async (github) => {
        github.pulls.push({ number: 7, head: HEAD, from: "mallory/targets" });
        return await withDirectory(
          { "zip.py": zip, "bin/promgen-gen": `#!/bin/sh\nexec '${CLI}' "$@"\n` },
          async (directory) => {
            await chmod(join(directory, "bin/promgen-gen"), 0o755);
            await mkdir(join(directory, "work/download"), { recursive: true });
            await writeFiles(directory, { "plan.json": plan });
            await run(directory, ["python3", "zip.py"]);
            const env = {
              PATH: [join(directory, "bin"), process.env["PATH"]].join(delimiter),
              HEAD,
              KEY: "targets",
              RUN: "https://github.com/acme/targets/actions/runs/1",
              GITHUB_TOKEN: "workflow",
              GITHUB_REPOSITORY: REPOSITORY,
              GITHUB_API_URL: github.url,
            };
            const script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? "exit 1"];
            const ran = await run(join(directory, "work"), script, env);
            assert.is(ran.exit, 0, ran.stderr);
            const files = Object.keys(await readFiles(directory)).filter((path) => !path.startsWith("bin/"));
            const size = (await stat(join(directory, "work/foreign.json"))).size;
            return { body: github.comments[0]?.body, words: ran.stdout + ran.stderr, files, size };
          },
        );
      });
    }
    const zipOf = (lines: string): string =>
      `import zipfile\nz = zipfile.ZipFile("work/download/a.zip", "w", zipfile.ZIP_DEFLATED)\n${lines}\nz.close()\n`;

    it("is written from the plan alone, whatever else the artifact holds", async () => {
      const { body = "", files } = await comment(
        zipOf('z.write("plan.json")\nz.writestr("../../evil", "x")\nz.writestr("package.json", "{}")'),
      );
      assert.match(body, "### promgen-gen: +1");
      assert.match(body, "`mallory/targets`");
      assert.equal(files.sort(), ["plan.json", "work/download/a.zip", "work/foreign.json", "zip.py"]);
    });

    it("is not written from a plan of a gigabyte, a link, or none", async () => {
      const huge = 'with z.open("plan.json", "w") as f:\n  for _ in range(64): f.write(b" " * (1 << 20))';
      const { words, size } = await comment(zipOf(huge));
      assert.match(words, /more than 20971520, and is not read/);
      assert.is(size, 20 * 1024 * 1024 + 1);
      const link = 'i = zipfile.ZipInfo("plan.json"); i.external_attr = 0o120777 << 16\nz.writestr(i, "/etc/passwd")';
      assert.match((await comment(zipOf(link))).words, /is no JSON/);
    });
  });
} else notRun("workflows: the comment on a fork", "unzip or python3 is not installed");

interface Matcher {
  readonly severity: string;
  readonly pattern: readonly { regexp: string; file?: number; line?: number; column?: number; code?: number }[];
}

describe("workflows: problem matcher", (it) => {
  it("reads what validate prints as text", async () => {
    const file = join(ROOT, ".github/actions/promgen-gen/problem-matcher.json");
    const { problemMatcher } = JSON.parse(await readFile(file, "utf8")) as { problemMatcher: Matcher[] };
    const files = {
      "targets/a.yml":
        "shard: a\nservers: [p1]\n---\nservice: s\nshard: a\nprojects:\n  - { name: p, hosts: [W1], exporters: [] }\n",
      "targets/b.yml": "service: t\nownr: x\n",
      "targets/c.yml": "\uFFFDx",
    };
    await withDirectory(files, async (directory) => {
      const { stdout } = await runCli(directory, ["validate"]);
      const lines = stdout.split("\n");
      const found = lines.flatMap((line, index) =>
        problemMatcher.flatMap(({ severity, pattern: [first, second] }) => {
          const head = new RegExp(first?.regexp ?? "").exec(line);
          const place = new RegExp(second?.regexp ?? "").exec(lines[index + 1] ?? "");
          if (head === null || place === null) return [];
          return [`${severity} ${head[first?.code ?? 0]} ${place[second?.file ?? 0]}:${place[second?.line ?? 0]}`];
        }),
      );
      const all = lines.filter((line) => /^(?:error|warning)\[/.test(line));
      assert.ok(all.length > 2, stdout);
      assert.is(found.length, all.length, stdout);
      assert.ok(found.includes("error schema/unknown-key targets/b.yml:2"), found.join("\n"));
      assert.ok(
        found.some((one) => one.startsWith("warning ")),
        found.join("\n"),
      );
    });
  });
});
