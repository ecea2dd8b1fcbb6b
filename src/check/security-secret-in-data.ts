/**
 * security/secret-in-data: credentials in the inventory. Labels and parameters of every target can be read by anyone who can
 * open Prometheus' pages, and what is in Git stays in its history. https://prometheus.io/docs/operating/security/#secrets
 */
import type { Path, Where } from "../diagnostic.ts";
import { hostOrigin } from "../model/host-list.ts";
import type { Origin } from "../model/inventory.ts";
import { showText } from "../model/show-text.ts";
import { labelPlace, ownPath, presetOrigin } from "./label-sets.ts";
import { visitValues } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Rule } from "./rule.ts";
import { decodePercent, findNamedSecret, findSecret } from "../model/secret-shapes.ts";

const HELP =
  "revoke it where it was issued, since Git keeps it; give credentials to the server's scrape config as a file (`authorization`, `basic_auth`)";

/** Labels, parameters, paths, probe targets, hosts, descriptions, and the repository's URL. */
export const secretInData: Rule = {
  id: "security/secret-in-data",
  check(context) {
    const look = rememberSecrets();
    checkLabels(context, look);
    checkTexts(context, look);
  },
};

type Look = (text: string) => string | undefined;

function checkLabels(context: CheckContext, look: Look): void {
  const judge = ({ kind, name }: LabelUse, value: string | null): string | undefined => {
    // The parameters of a query are looked at with their path.
    if (value === null || kind === "query") return undefined;
    return look(value) ?? findNamedSecret(name, value);
  };
  visitValues(context.inventory, judge, (secret, { name, set }) => {
    const what = `the ${set.kind === "labels" ? "label" : "parameter"} ${showText(name)}`;
    report(context, labelPlace(set, name, "value"), what, secret);
  });
}

function checkTexts(context: CheckContext, look: Look): void {
  const { inventory } = context;
  const { config } = inventory;
  const check = (text: string | undefined, what: string, owner: Origin, ...steps: Path): void => {
    const secret = text === undefined ? undefined : look(text);
    if (secret !== undefined) report(context, { file: owner.file, path: [...owner.path, ...steps] }, what, secret);
  };
  // A URL in the query, as `target` of a proxying exporter is one, has its `:` and `@` encoded.
  const checkPath = (path: string | undefined, owner: Origin, ...steps: Path): void => {
    check(
      path === undefined || look(path) !== undefined ? path : decodePercent(path),
      "the path",
      owner,
      ...steps,
      "path",
    );
  };

  check(config.repository, "the repository's URL", { file: config.file, path: [0] }, "repository");
  for (const preset of config.presets.values()) checkPath(preset.path, presetOrigin(config, preset));
  for (const shard of inventory.shards) check(shard.description, "the description", shard.origin, "description");
  for (const service of inventory.services) {
    for (const part of service.parts) check(part.description, "the description", part.origin, "description");
  }
  for (const { origin, exporters, probes } of inventory.projects) {
    for (let index = 0; index < exporters.length; index++) {
      const exporter = exporters[index];
      if (exporter?.isMap === true && exporter.path.text !== "")
        checkPath(ownPath(exporter)?.text, origin, "exporters", index);
    }
    if (probes.length === 0) continue;
    for (const [index, probe] of probes.entries()) {
      for (const [at, target] of probe.targets.entries())
        check(target, "the probe's target", origin, "probes", index, "targets", probe.targetItems?.[at] ?? at);
    }
  }
  for (const { where, text } of hostsWithSecret(context)) check(text, "the host", where);
}

/** Hosts that hold one. Hosts about which there is nothing to say are not looked at one by one. */
function* hostsWithSecret({ hosts }: CheckContext): Generator<{ where: Origin; text: string }> {
  for (const list of hosts.lists) {
    if (list.isPlainlyFine) continue;
    const { names } = list;
    if (findSecret(list.text ?? names.join("\n")) === undefined) continue;
    let lastItem = -1;
    for (const [index, text] of names.entries()) {
      const item = list.items?.[index] ?? index;
      // Of a range, one is enough.
      if (item === lastItem || findSecret(text) === undefined) continue;
      lastItem = item;
      yield { where: hostOrigin(list, index), text };
    }
  }
}

function report(context: CheckContext, where: Where, what: string, secret: string): void {
  context.report({ where, message: `${what} holds what looks like ${secret}`, help: HELP, redact: true });
}

function rememberSecrets(): Look {
  const known = new Map<string, string | undefined>();
  return (text) => {
    if (known.has(text)) return known.get(text);
    const secret = findSecret(text);
    known.set(text, secret);
    return secret;
  };
}
