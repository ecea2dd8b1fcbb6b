/**
 * label/allowed-values: labels with a closed set of values, or a form that each must have.
 */
import { didYouMean } from "../model/nearest.ts";
import { showText } from "../model/show-text.ts";
import { optionText, settingsPlace } from "./label-options.ts";
import { labelPlace } from "./label-sets.ts";
import { visitValues } from "./label-uses.ts";
import type { LabelUse } from "./label-uses.ts";
import type { CheckContext, Finding, Rule } from "./rule.ts";
import { showValue } from "../model/secret-shapes.ts";

type Fault = Pick<Finding, "message" | "help">;
type Test = (value: string) => Fault | undefined;

const ID = "label/allowed-values";

/** Options: `labels`, a map of label names to a list of values or to a regular expression for the whole value. */
export const allowedValues: Rule = {
  id: ID,
  check(context) {
    const tests = readTests(context);
    if (tests.size === 0) return;
    const judge = ({ kind, name }: LabelUse, value: string | null): Fault | undefined =>
      kind === "labels" && value !== null && value !== "" ? tests.get(name)?.(value) : undefined;
    visitValues(context.inventory, judge, (fault, { name, set }) => {
      context.report({ where: labelPlace(set, name, "value"), ...fault });
    });
  },
};

function readTests(context: CheckContext): Map<string, Test> {
  const { labels } = context.options;
  const tests = new Map<string, Test>();
  const { config } = context.inventory;
  if (typeof labels !== "object" || labels === null || Array.isArray(labels) || Object.keys(labels).length === 0) {
    const place = labels === undefined ? settingsPlace(config, ID) : settingsPlace(config, ID, "labels");
    context.report({
      where: place,
      message: `${ID} is on, but no label has its values listed`,
      help: "write `labels: { env: [prod, staging] }` beside the severity below `lint`",
    });
    return tests;
  }
  for (const [name, rule] of Object.entries(labels as Readonly<Record<string, unknown>>)) {
    const test = Array.isArray(rule) ? listTest(name, rule) : patternTest(name, rule);
    if (typeof test === "function") tests.set(name, test);
    else context.report({ where: settingsPlace(config, ID, "labels", name), ...test });
  }
  return tests;
}

function listTest(name: string, list: readonly unknown[]): Test {
  const allowed = list.map(optionText).filter((value) => value !== undefined);
  return (value) =>
    allowed.includes(value)
      ? undefined
      : {
          message: `${showValue(name, value)} is not an allowed value of the label ${showText(name)}`,
          help: didYouMean(value, allowed),
        };
}

function patternTest(name: string, rule: unknown): Test | Fault {
  const pattern = optionText(rule);
  if (pattern === undefined)
    return {
      message: `the values of the label ${showText(name)} are neither a list nor a regular expression`,
      help: "write a list of values, or a regular expression for the whole value",
    };
  const whole = compile(pattern);
  if (typeof whole === "string") {
    return {
      message: `the regular expression for the label ${showText(name)} cannot be read: ${whole}`,
      help: "write it in JavaScript's syntax; it must match the whole value",
    };
  }
  return (value) =>
    whole.test(value)
      ? undefined
      : {
          message: `${showValue(name, value)} is not an allowed value of the label ${showText(name)}`,
          help: `write a value that the whole of ${showText(pattern)} matches`,
        };
}

/** The pattern for whole values, or what is wrong with it. It is compiled alone first: `a)|(b` must not become valid. */
function compile(pattern: string): RegExp | string {
  try {
    return new RegExp(`^(?:${new RegExp(pattern, "su").source})$`, "su");
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: /, "").replaceAll(/[\n\r]/g, " ");
  }
}
