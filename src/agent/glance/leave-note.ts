/** What a run that found all well leaves for a glance. */
import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { getuid } from "node:process";
import type { AgentConfig } from "../config.ts";
import type { Collaborators } from "../core/collaborators.ts";
import { isSameContent } from "../core/floor.ts";
import { KNOWN_SECONDS } from "../core/perform.ts";
import { readPointer } from "../core/pointer.ts";
import { DIARY } from "../core/step-end.ts";
import { checksumOf } from "../core/state-file.ts";
import type { AgentState } from "../core/state.ts";
import { within } from "../disk/directory.ts";
import { SIGNATURE, SUMS } from "../disk/kept-pointer.ts";
import { replaceFile } from "../disk/new-file.ts";
import { STAGING, STATE } from "../disk/tidy.ts";
import { lookOf, NOTE, packNote } from "./note.ts";

/** All that a state holds where nothing is held back, doubted or waited for. */
const USUAL: readonly string[] = [
  "version",
  "floor",
  "applied",
  "validators",
  "signers",
  "quarantine",
  ...DIARY,
] satisfies (keyof AgentState)[];

/**
 * Leaves a note where a glance can tell that nothing has changed. For the last deed of a run, with the lock.
 *
 * @param key of {@link Note}
 * @param state as it was written, of a run that may answer "nothing new" the next time
 */
export async function leaveNote(
  key: string,
  config: AgentConfig,
  { disk, sources }: Pick<Collaborators, "disk" | "sources">,
  state: AgentState,
): Promise<void> {
  const { floor, hashed = {}, validators, lastRun, counters } = state;
  const [source] = sources;
  const question = source?.question?.(validators[source.label] ?? "");
  const isUsual = state.quarantine.length === 0 && Object.keys(state).every((name) => USUAL.includes(name));
  // What a source warns of, it warns of at every run.
  const isSilent = sources.every(({ warnings = [] }) => warnings.length === 0);
  const known = disk.names.map((name) => [disk.path(name), hashed[name]] as const);
  const since = known.map(([, one]) => one?.at);
  if (question === undefined || lastRun === undefined || !isUsual || !isSilent || since.includes(undefined)) return;

  const place = resolve(config.place.state);
  // What root makes by hand is given to whom the directory belongs to. A glance gives nothing away.
  if (statSync(place).uid !== getuid?.()) return;
  const watched = [...new Set(known.map(([path]) => dirname(path)))];
  const staging = join(dirname(disk.path("targets.json")), STAGING);
  const directories = [place, staging, ...watched];
  // Links may change anywhere on the way.
  if (directories.some((path) => realpathSync(path) !== path)) return;
  const files = [join(place, STATE), join(staging, SUMS), join(staging, SIGNATURE)];
  const paths = [...new Set(directories.flatMap(upwards)), ...files];
  const looks = paths.map((path) => [path, lookOf(path)] as const);
  const seals = known.map(([path, one]) => [path, one?.seal ?? ""] as const);
  const named = namedFiles(config).map((path) => [path, lookOf(path, true)] as const);

  // Once more, now that it is known how they looked before.
  const [pointer, bytes] = [await disk.keptPointer(), await disk.readState()];
  const checksum = bytes && checksumOf(bytes);
  if (pointer === undefined || checksum === undefined) return;
  const { generation, digests } = readPointer(pointer.sums);
  if (generation !== floor?.generation || !isSameContent(digests, floor.digests)) return;
  const note = packNote({
    key,
    from: lastRun.at,
    until: Math.min(...since.map((at) => at ?? 0)) + KNOWN_SECONDS,
    looks: Object.fromEntries([...looks, ...seals]),
    named: Object.fromEntries(named),
    question,
    state: checksum,
    runs: counters.runs,
  });
  within(place, config.place.allowSymlinks, (directory) => replaceFile(directory, NOTE, [Buffer.from(note)], "later"));
}

function upwards(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...upwards(above)];
}

/** What options name, and what is looked up in files. The source's certificates keep a question from being asked. */
function namedFiles({ trust, source, prometheus, place }: AgentConfig): readonly string[] {
  const { allowedSigners, revokedKeys } = trust;
  const secrets = [source.credentials?.path, prometheus.credentials?.path, ...Object.values(prometheus.tls)];
  const accounts = place.owner === undefined ? [] : ["/etc/passwd", "/etc/group"];
  return [allowedSigners, revokedKeys, ...secrets, ...accounts].filter((path) => path !== undefined);
}
