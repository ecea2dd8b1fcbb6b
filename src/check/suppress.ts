/**
 * Suppression comments: which findings each of them takes away, and what is wrong with the comments themselves.
 */
import type { Diagnostic, Where } from "../diagnostic.ts";
import { nearest } from "../model/nearest.ts";
import { showText } from "../model/show-text.ts";
import type { RuleIdOf } from "../rules/registry.ts";
import { isRuleId, ruleInfo, RULES } from "../rules/registry.ts";

/** A comment `# promgen-ignore <rule> [until=YYYY-MM-DD] -- <reason>`, as the parser reads it. */
export interface SuppressionComment {
  /** Line of the comment, from 1. */
  readonly line: number;
  readonly range: readonly [start: number, end: number];
  readonly rules: readonly string[];
  /** The last day on which it holds. */
  readonly until?: string;
  readonly reason?: string;
  /** Nothing but white space stands before it on its line: it is about the next line. */
  readonly isAlone: boolean;
}

export interface Suppressing {
  readonly suppressions: ReadonlyMap<string, readonly SuppressionComment[]>;
  readonly lineOf: (where: Where) => number | undefined;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  readonly isComplete?: boolean;
}

type MetaDiagnostic = Diagnostic<RuleIdOf<"meta">>;

/** A comment that can take findings away. */
interface Order {
  readonly rules: ReadonlySet<string>;
  readonly used: Set<string>;
}

/**
 * @returns `kept`: the findings that no comment takes away; `about`: findings on the comments
 */
export function applySuppressions(
  diagnostics: readonly Diagnostic[],
  suppressing: Suppressing,
): { kept: Diagnostic[]; about: MetaDiagnostic[] } {
  const about: MetaDiagnostic[] = [];
  const files = new Map<string, FileOrders>();
  for (const [file, comments] of suppressing.suppressions)
    files.set(file, new FileOrders(file, comments, suppressing.today, about));
  const kept = diagnostics.filter((finding) => {
    const orders = files.get(finding.where.file);
    if (orders === undefined || !orders.rules.has(finding.code) || isFinal(finding)) return true;
    const line = suppressing.lineOf(finding.where);
    return line === undefined || !orders.takes(finding.code, line);
  });
  if (suppressing.isComplete !== false) for (const orders of files.values()) orders.reportUnused();
  return { kept, about };
}

/** What would be rendered in spite of it is wrong. A locked rule may have warnings as well, which leave the choice. */
function isFinal({ code, severity }: Diagnostic): boolean {
  return severity === "error" && isRuleId(code) && ruleInfo(code).locked;
}

/** The comments of one file that hold, by the lines they are about. */
class FileOrders {
  /** All rules that some comment names. */
  readonly rules = new Set<string>();
  readonly #file: string;
  readonly #about: MetaDiagnostic[];
  readonly #byLine = new Map<number, Order[]>();
  readonly #orders: { readonly order: Order; readonly comment: SuppressionComment }[] = [];

  constructor(file: string, comments: readonly SuppressionComment[], today: string, about: MetaDiagnostic[]) {
    this.#file = file;
    this.#about = about;
    const alone = new Set(comments.filter((comment) => comment.isAlone).map(({ line }) => line));
    for (const comment of comments) {
      const rules = this.#readRules(comment);
      if (!this.#holds(comment, today) || rules.size === 0) continue;
      const order = { rules, used: new Set<string>() };
      this.#orders.push({ order, comment });
      for (const id of rules) this.rules.add(id);
      const line = lineOf(comment, alone);
      const others = this.#byLine.get(line);
      if (others === undefined) this.#byLine.set(line, [order]);
      else others.push(order);
    }
  }

  /** True where a comment takes away the findings of a rule in a line; it is used then. */
  takes(code: string, line: number): boolean {
    const order = this.#byLine.get(line)?.find(({ rules }) => rules.has(code));
    order?.used.add(code);
    return order !== undefined;
  }

  reportUnused(): void {
    for (const { order, comment } of this.#orders) {
      for (const id of order.rules) {
        if (order.used.has(id)) continue;
        const isLocked = isRuleId(id) && ruleInfo(id).locked;
        this.#report(
          "meta/unused-ignore",
          comment,
          isLocked
            ? `\`${id}\` is no warning here, and its errors cannot be silenced: what would be rendered in spite of them is wrong`
            : `\`${id}\` finds nothing here, so that there is nothing to ignore`,
          isLocked ? "remove the comment, and mend what the rule finds" : "remove the comment, or the rule from it",
        );
      }
    }
  }

  /** The rules that a comment may silence; the others are findings. */
  #readRules(comment: SuppressionComment): Set<string> {
    const known = new Set<string>();
    if (comment.rules.length === 0) {
      this.#report(
        "meta/unused-ignore",
        comment,
        "the comment names no rule to ignore",
        "write `# promgen-ignore <rule> -- <reason>`",
      );
    }
    for (const id of comment.rules) {
      if (!isRuleId(id)) {
        // Without ` -- ` the words of the reason are taken for rules: meta/ignore-without-reason says so.
        if (comment.reason === undefined && !id.includes("/")) continue;
        this.#report("meta/unused-ignore", comment, `there is no rule ${showText(id)} to ignore`, meant(id));
      } else if (id.startsWith("meta/")) {
        this.#report(
          "meta/unused-ignore",
          comment,
          `\`${id}\` is about such comments, and is not silenced by one`,
          "set its severity below `lint` in promgen.yml",
        );
      } else known.add(id);
    }
    return known;
  }

  /** Whether a comment takes effect: with a reason, until the end of its last day. */
  #holds({ until, reason, ...comment }: SuppressionComment, today: string): boolean {
    if (reason === undefined) {
      this.#report(
        "meta/ignore-without-reason",
        comment,
        "the comment gives no reason, and ignores nothing",
        "write ` -- <reason>` after the rule",
      );
    }
    if (until !== undefined && !isDate(until)) {
      this.#report(
        "meta/expired-ignore",
        comment,
        `${showText(until)} is no date, so that the comment ignores nothing`,
        "write the last day as `until=YYYY-MM-DD`",
      );
      return false;
    }
    if (until !== undefined && today > until) {
      this.#report(
        "meta/expired-ignore",
        comment,
        `the comment expired: its last day was ${until}`,
        "mend what it ignored, or set another date",
      );
      return false;
    }
    return reason !== undefined;
  }

  #report(
    code: MetaDiagnostic["code"],
    comment: Pick<SuppressionComment, "range">,
    message: string,
    help: string,
  ): void {
    this.#about.push({
      code,
      severity: "warning",
      message,
      where: { file: this.#file, path: [], range: comment.range },
      help,
    });
  }
}

/** A comment beside something is about its own line; one alone, about the next line that is not such a comment itself. */
function lineOf(comment: SuppressionComment, alone: ReadonlySet<number>): number {
  let line = comment.line;
  while (alone.has(line)) line++;
  return line;
}

function meant(id: string): string {
  const near = nearest(id, Object.keys(RULES));
  return near === undefined ? "write the id that the finding shows, `group/name`" : `did you mean \`${near}\`?`;
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
