/** Words of Prometheus, blackbox_exporter, Promgen and Ansible, which somebody who comes from there writes. */
import * as assert from "uvu/assert";
import type { SchemaDiagnostic } from "../../src/schema/finding.ts";
import { describe } from "../describe.ts";
import { checkConfigText, checkText, exporter, probe, project } from "./findings.ts";

const EXPORTER = {
  job: "name type exporter job_name",
  path: "metrics_path",
  interval: "scrape_interval",
  timeout: "scrape_timeout",
  scheme: "protocol",
  params: "query",
  labels: "tags",
};

/** A document with a key at one place, and what each word is here. */
const PLACES: Readonly<
  Record<string, { readonly write: (key: string) => string; readonly words: Readonly<Record<string, string>> }>
> = {
  service: {
    write: (key) => `service: web\n${key}: a\n`,
    words: { owner: "team", labels: "tags" },
  },
  project: {
    write: (key) => project(`    ${key}: [a]`),
    words: {
      hosts: "host target targets static_configs servers nodes instances",
      exporters: "job jobs scrape_configs",
      probes: "urls blackbox",
      labels: "tags",
    },
  },
  "project without a name": {
    write: (key) => `service: web\nshard: a\nprojects: [{ ${key}: web, hosts: [h] }]\n`,
    words: { name: "project id" },
  },
  exporter: { write: (key) => exporter(`{ ${key}: a }`), words: EXPORTER },
  probe: {
    write: (key) => probe(`{ ${key}: a }`),
    words: {
      module: "name job prober type",
      targets: "url urls target",
      interval: "scrape_interval",
      timeout: "scrape_timeout",
      labels: "tags",
    },
  },
  host: {
    write: (key) => project(`    hosts: [{ ${key}: a }]`),
    words: { host: "name hosts hostname address ip target", labels: "tags" },
  },
  farm: {
    write: (key) => `farm: f\n${key}: [a]\n`,
    words: { hosts: "host servers targets nodes", source: "source_type", labels: "tags" },
  },
  shard: {
    write: (key) => `shard: s\n${key}: [a]\n`,
    words: { servers: "hosts prometheis", limits: "limit", labels: "tags" },
  },
};

/** What is said of the key; what is missing without it is said besides. */
function helps(diagnostics: readonly SchemaDiagnostic[]): (string | undefined)[] {
  return diagnostics.filter(({ code }) => code === "schema/unknown-key").map(({ help }) => help);
}

describe("schema/unknown-key: words of other tools", (it) => {
  for (const [place, { write, words }] of Object.entries(PLACES)) {
    it(`are known in every ${place}`, () => {
      for (const [meant, others] of Object.entries(words))
        for (const word of others.split(" ")) {
          const found = checkText(write(word)).flatMap(({ diagnostics }) => diagnostics);
          assert.equal(helps(found), [`did you mean \`${meant}\`?`], word);
        }
    });
  }

  it("are known in promgen.yml and its presets", () => {
    const settings = { exporters: "presets default_exporters", lint: "rules", repository: "repo", inventory: "path" };
    const { job: _job, ...preset } = EXPORTER;
    for (const [words, write] of [
      [settings, (word: string) => `${word}: a\n`],
      [preset, (word: string) => `exporters: { x: { ${word}: a } }\n`],
    ] as const)
      for (const [meant, others] of Object.entries(words))
        for (const word of others.split(" "))
          assert.equal(helps(checkConfigText(write(word)).diagnostics), [`did you mean \`${meant}\`?`], word);
  });
});
