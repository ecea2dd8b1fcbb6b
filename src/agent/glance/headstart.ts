/** What a glance has begun of the whole run that follows where it does not do. */
import { resolve } from "node:path";
import type { BegunLock } from "../disk/flock.ts";
import { forget } from "../source/question.ts";
import type { Asked } from "../source/question.ts";
import { lookOf, NOTE } from "./note.ts";

export interface Headstart {
  /** How its note looked before it was read. */
  readonly note: string;
  readonly asked: Asked;
  readonly lock: BegunLock | undefined;
}

/**
 * What was asked, for who has the lock of a state directory now. Undefined where somebody else had it since the glance
 * began, who may have put in place what is newer than the answer: whoever has the lock removes the note first of all.
 */
export function askedBy({ note, asked }: Headstart, state: string): Asked | undefined {
  return note !== "" && lookOf(`${resolve(state)}/${NOTE}`) === note ? asked : forget(asked);
}
