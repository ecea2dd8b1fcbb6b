/**
 * What may stand where in promgen.yml, in a user's words.
 */
import * as mend from "./mend.ts";
import type { Shape } from "./shape.ts";
import { labels, needed, prometheus, scraped, text } from "./shape.ts";

/** @param options those that the rule has, beside `severity` */
const ruleSetting = (options: Shape["keys"] = {}): Shape => ({
  wants: '`error`, `warning`, `info`, `"off"`, or a map with `severity` and options',
  example: "topology/shared-target: warning",
  called: "the setting of",
  mend: mend.severity,
  keys: {
    severity: { wants: '`error`, `warning`, `info` or `"off"`', example: "severity: warning", mend: mend.severity },
    ...options,
  },
});

const labelRuleSetting = ruleSetting({
  labels: {
    wants: "a list of label names, or a map of labels and their values",
    example: "labels: [env, team]",
    each: {
      wants: "text or a list of texts",
      example: "env: [prod, staging]",
      called: "the label",
      each: text("text", "- prod"),
    },
    takesTexts: true,
    mend: mend.listOfTexts,
  },
});

const rules: Shape = {
  wants: "a map of rules and severities",
  example: 'topology/shared-target: "off"',
  mend: mend.pairs,
  each: ruleSetting(),
};

const share = (key: string): Shape => ({
  wants: "a number from 0 to 100",
  example: `${key}: 20`,
  mend: mend.count(key),
});

const number = (key: string): Shape => ({
  wants: "a whole number from 0 up",
  example: `${key}: 20`,
  mend: mend.count(key),
});

export const promgen: Shape = {
  wants: "a map of settings",
  example: "labels: { org: acme }",
  noun: "promgen.yml",
  keys: {
    inventory: text("the name of a directory", "inventory: targets"),
    repository: text("a URL", "repository: https://github.com/acme/targets"),
    labels,
    exporters: {
      wants: "a map of presets by job name",
      example: "exporters: { node: { port: 9100 } }",
      each: {
        wants: "a map with `port`",
        example: "node: { port: 9100 }",
        noun: "a preset",
        called: "the preset",
        keys: scraped,
        mend: mend.preset,
      },
      mend: mend.presets,
    },
    prometheus,
    artifacts: {
      wants: "a list of `all`, `services`, `projects`",
      example: "artifacts: [all, services]",
      each: text("`all`, `services` or `projects`", "- services"),
      takesTexts: true,
      mend: mend.listOf(["all", "services", "projects"]),
    },
    lint: {
      ...rules,
      example: 'lint: { topology/shared-target: "off" }',
      keys: {
        "label/required": labelRuleSetting,
        "label/allowed-values": labelRuleSetting,
        "label/inconsistent": ruleSetting({
          missing: { wants: "`true` or `false`", example: "missing: true", mend: mend.truth },
        }),
        "label/high-cardinality": ruleSetting({
          limit: { wants: "a whole number from 0 up", example: "limit: 100", mend: mend.count("limit") },
        }),
        overrides: {
          wants: "a list of overrides",
          example: '- { files: ["targets/legacy/**"], rules: { address/non-canonical: "off" } }',
          each: {
            wants: "a map with `files` and `rules`",
            example: '- { files: ["targets/legacy/**"], rules: { address/non-canonical: "off" } }',
            noun: "an override",
            keys: {
              files: {
                wants: "a list of globs",
                example: 'files: ["targets/legacy/**"]',
                isNeeded: true,
                each: text("a glob", '- "targets/legacy/**"'),
                takesTexts: true,
                mend: mend.listOfTexts,
              },
              rules: needed(rules),
            },
          },
          mend: mend.dashBefore("files"),
        },
      },
    },
    gate: {
      wants: "a map",
      example: "gate: { removed_percent: 20 }",
      noun: "`gate`",
      keys: {
        removed_percent: share("removed_percent"),
        removed_count: number("removed_count"),
        removed_min: number("removed_min"),
        relabelled_percent: share("relabelled_percent"),
      },
    },
  },
};
