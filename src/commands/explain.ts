/**
 * `explain`: where the targets of a host or project come from, with which labels and in which shards; or the page of a rule.
 * What was asked for goes to standard output; what stands in the way of an answer, to standard error.
 */
import { EXIT } from "../exit.ts";
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { createPlaces } from "../report/place.ts";
import type { Places } from "../report/place.ts";
import { visible, visibleShort } from "../report/visible.ts";
import { find, narrow, readQuery } from "./explain-find.ts";
import type { Found, Query } from "./explain-find.ts";
import { explainHost, sectionsOf } from "./explain-host.ts";
import { brokenRanges, findNear, namesIn, projectsWithJob, searched } from "./explain-missing.ts";
import { explainFarm, explainService, explainShard } from "./explain-overview.ts";
import { Paper } from "./explain-paper.ts";
import { explainProject } from "./explain-project.ts";
import { partReason, partsOf } from "./explain-reasons.ts";
import { groupPage, readRule, rulePage } from "./explain-rule.ts";
import type { RuleQuery } from "./explain-rule.ts";
import { count } from "./explain-words.ts";
import { reportFailures } from "./failures.ts";
import { judgeInventory } from "./judged.ts";
import type { Judged } from "./judged.ts";
import { hasColor } from "./report-options.ts";
import { unreadableFiles } from "./unreadable-files.ts";

/** @param what a host, host:port, URL, range of hosts, the name of a project, service, farm or shard, or a rule */
export async function explain(io: Io, what: string): Promise<ExitCode> {
  const text = what.trim();
  const rule = readRule(text);
  // No name has a slash, so that this can be nothing else.
  if (rule !== undefined && text.includes("/")) return explainRule(io, text, rule);

  const judged = await judgeInventory(io);
  const { inventory } = judged;
  const query = narrow(inventory, readQuery(text));
  const found = find(inventory, query, judged.diagnostics);
  const places = createPlaces(judged.textOf);
  const secrets = judged.diagnostics.filter((finding) => finding.redact === true).map(({ where }) => where);
  const paper = new Paper(hasColor(io, io.stdout), places, secrets);

  for (const project of found.projects) explainProject(paper, inventory, project);
  for (const service of found.services) explainService(paper, inventory, service);
  for (const farm of found.farms) explainFarm(paper, inventory, farm);
  for (const shard of found.shards) explainShard(paper, inventory, shard);
  if (isTargeted(judged, query, found)) explainHost(paper, inventory, query, found);

  if (paper.text === "") {
    if (rule !== undefined) return explainRule(io, text, rule);
    sayMissing(io, judged, query, found, places);
    sayState(io, judged);
    return judged.failures.length > 0 ? reportFailures(io, judged.failures) : EXIT.findings;
  }
  io.stdout.write(paper.text);
  if (query.range !== undefined && query.range.known > 0) note(io, rangeWords(query, query.range));
  if (rule !== undefined)
    note(
      io,
      `${text} is the name of ${rule.kind === "group" ? "a group of rules" : "a rule"}, too: see \`promgen-gen explain ${rule.kind === "rule" ? rule.id : `${text}/`}\``,
    );
  sayState(io, judged);
  return judged.failures.length > 0 ? reportFailures(io, judged.failures) : EXIT.ok;
}

function rangeWords({ text, port }: Query, { names, first, known }: NonNullable<Query["range"]>): string {
  const all = `${text} stands for ${count(names.length, "host")}`;
  if (known === names.length) return `${all}; this is the first of them`;
  return `${all}, of which the inventory has ${known}${port === undefined ? "" : ` with port ${port}`}; this is ${first}${known === 1 ? "" : ", the first of these"}`;
}

function explainRule(io: Io, text: string, rule: RuleQuery): ExitCode {
  const color = hasColor(io, io.stdout);
  switch (rule.kind) {
    case "rule":
      io.stdout.write(rulePage(io, rule.id, color));
      return EXIT.ok;
    case "group":
      io.stdout.write(groupPage(io, rule.ids, color, io.stdout.isTerminal ? io.stdout.columns : undefined));
      return EXIT.ok;
    case "unknown": {
      io.stderr.write(`promgen-gen: there is no rule "${visibleShort(text)}"\n`);
      const [only, ...others] = rule.near;
      if (only === undefined)
        io.stderr.write("  = help: name a group alone to see its rules, such as `promgen-gen explain topology`\n");
      else io.stderr.write(`  = help: did you mean ${[only, ...others].map((id) => `\`${id}\``).join(", ")}?\n`);
      return EXIT.findings;
    }
  }
}

/** Whether there is something to say about a host or target: with a port, only where that port is scraped or probed. */
function isTargeted({ inventory }: Judged, query: Query, found: Found): boolean {
  if (found.servers.length > 0 || found.probes.length > 0) return true;
  if (found.hosts.length === 0) return false;
  return query.port === undefined || sectionsOf(inventory, query, found).some(({ targets }) => targets.length > 0);
}

function sayMissing(io: Io, { inventory, files }: Judged, query: Query, found: Found, places: Places): void {
  const at = (where: Parameters<Places["lineOf"]>[0]): string => `${visible(where.file)}:${places.lineOf(where) ?? 1}`;
  const say = (text: string): void => io.stderr.write(`${text}\n`);
  if (found.hosts.length > 0) {
    say(`promgen-gen: nothing is scraped or probed at ${visibleShort(query.text)}`);
    for (const { project } of sectionsOf(inventory, { ...query, port: undefined }, found)) {
      const ports = partsOf(project).flatMap((part) => {
        if (part.kind === "probe" || part.exporter.port === undefined) return [];
        const { port, job } = part.exporter;
        return [`${port} (job ${job}${partReason(project, part) === undefined ? "" : ", not rendered"})`];
      });
      say(
        `  = note: project ${visible(project.name)} has ${ports.length === 0 ? "no exporter" : `port ${visible(ports.join(", "))}`} there`,
      );
    }
    say(`  = help: leave the port out to see all that is known about the host`);
    return;
  }
  say(`promgen-gen: nothing in the inventory is called "${visibleShort(query.text)}"`);
  say(`  = note: searched ${searched(inventory, files.length)}`);
  for (const { text, where } of brokenRanges(inventory, query)) say(`  = note: ${visibleShort(text)}, ${at(where)}`);
  const here = namesIn(inventory, files, query.text);
  if (here !== undefined) {
    const has = here.length === 0 ? "has nothing that can be asked for" : `it has ${here.join("; ")}: name one of them`;
    return say(`  = help: that is a file, and ${has}`);
  }
  const users = projectsWithJob(inventory, query.text);
  if (users.length > 0) {
    const names = users.slice(0, 3).map(visible).join(", ");
    say(
      `  = note: it is a job or module of ${count(users.length, "project")}: ${names}${users.length > 3 ? ", …" : ""}`,
    );
  }
  const near = findNear(inventory, query);
  if (near.length === 0) return;
  const options = near.map(
    ({ text, what, where }) => `${what} \`${visibleShort(text)}\`${where === undefined ? "" : ` (${at(where)})`}`,
  );
  say(`  = help: did you mean ${options.join(", ")}?`);
}

/** What makes the answer less than certain. */
function sayState(io: Io, { inventory, diagnostics }: Judged): void {
  if (!inventory.isComplete)
    note(io, `${unreadableFiles(diagnostics)} could not be read in full, so that something may be missing here`);
  const errors = diagnostics.filter((finding) => finding.severity === "error").length;
  if (errors === 0) return;
  const them = errors === 1 ? "it is" : "they are";
  note(
    io,
    `${count(errors, "error")} in the inventory, and nothing is built until ${them} mended: run \`promgen-gen validate\``,
  );
}

function note(io: Io, text: string): void {
  io.stderr.write(`promgen-gen: ${visibleShort(text)}\n`);
}
