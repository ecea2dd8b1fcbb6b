/**
 * A plan → text, in one of several formats.
 */
import { writeInPieces } from "./pieces.ts";
import type { PlanDocument } from "./plan-document.ts";
import type { PlanFormat } from "./plan-formats.ts";
import { planJsonLines } from "./plan-json.ts";
import { planMarkdown } from "./plan-markdown.ts";
import { planTextLines } from "./plan-text.ts";
import type { PlanTextOptions } from "./plan-text.ts";

/** Writes a plan, in pieces that end with a line break. The options are for text. */
export function reportPlan(
  plan: PlanDocument,
  format: PlanFormat,
  options: PlanTextOptions,
  write: (text: string) => void,
): void {
  switch (format) {
    case "text":
      return writeInPieces(planTextLines(plan, options), write);
    case "json":
      return writeInPieces(planJsonLines(plan), write);
    case "markdown":
      return write(planMarkdown(plan));
  }
}
