/** What lies where, and what a killed run left of it. */
import { unlinkSync } from "node:fs";
import { FILE_NAMES } from "../config.ts";
import { CONTACT } from "../glance/contact.ts";
import { NOTE } from "../glance/note.ts";
import type { Directory } from "./directory.ts";
import { inside, makeOurs, withinOurs } from "./directory.ts";
import { attempt } from "./errno.ts";
import { finishPointer } from "./kept-pointer.ts";
import { recoverLastKnownGood } from "./last-known-good.ts";
import { removeUnfinished } from "./new-file.ts";
import { statsOf } from "./old-file.ts";

/** Staging lies below the watched directory: there a rename costs Prometheus one look, beside the file four. */
export const STAGING = ".promgen-agent";
export const STATE = "state.json";
/** Not one that Prometheus would take for targets: its patterns match dot-files, too. */
export const NUDGE = ".promgen-agent-nudge";

/** Of the directory where Prometheus looks. @throws {Failure} where something unsafe lies there */
export function tidyWatched(watched: Directory): void {
  removeUnfinished(watched, (name) => name.startsWith(NUDGE));
  makeOurs(watched, STAGING, 0o700);
  withinOurs(watched, STAGING, (staging) => {
    removeUnfinished(staging, () => true);
    finishPointer(staging);
  });
}

/** Of the state directory. @throws {Failure} where something unsafe lies there */
export function tidyState(state: Directory): void {
  // First of all: whatever becomes of this run, none glances at what was found well before it.
  if (statsOf(state, NOTE) !== undefined)
    attempt(`remove ${state.path}/${NOTE}`, () => unlinkSync(inside(state, NOTE)));
  statsOf(state, STATE);
  removeUnfinished(state, (name) => [STATE, NOTE, CONTACT, ...FILE_NAMES].some((stem) => name.startsWith(stem)));
  recoverLastKnownGood(state);
}
