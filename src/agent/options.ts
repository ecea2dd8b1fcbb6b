/** Command line and environment → what was said, by option. All mistakes are found in one go. */
import { parseArgs } from "node:util";
import { nearest } from "../model/nearest.ts";
import { COMMANDS, OPTIONS, PREFIX, takes, variableOf } from "./option-table.ts";
import type { Command, Option, OptionName } from "./option-table.ts";
import { shown, WrongValue } from "./option-values.ts";

/** One sentence without a secret, and what to do. */
export interface Mistake {
  readonly message: string;
  readonly help?: string;
}

/** What an option was given, and how people find the place where it was. */
export interface Given {
  /** One value, several of a list, none of a switch. */
  readonly values: readonly string[];
  /** `--shard` or `PROMGEN_SHARD`. */
  readonly from: string;
  readonly isFlag: boolean;
}

export type Words = ReadonlyMap<OptionName, Given>;

export type CommandLine =
  | { readonly kind: "help"; readonly command: Command | undefined }
  | { readonly kind: "version" }
  | {
      readonly kind: "command";
      readonly command: Command;
      readonly words: Words;
      readonly mistakes: readonly Mistake[];
      readonly warnings: readonly string[];
    }
  | { readonly kind: "wrong"; readonly mistakes: readonly Mistake[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the arguments (without node and the program) and the variables `PROMGEN_…`; a flag wins over its variable. */
export function readCommandLine(args: readonly string[], environment: Environment): CommandLine {
  const [word, ...rest] = args;
  if (word === undefined) return { kind: "wrong", mistakes: [{ message: "no command", help: "promgen-agent --help" }] };
  if (word === "--version" || word === "-V") return { kind: "version" };
  if (word === "--help" || word === "-h" || word === "help") {
    const about = rest.find((argument) => !argument.startsWith("-"));
    if (about === undefined) return { kind: "help", command: undefined };
    return isCommand(about) ? { kind: "help", command: about } : { kind: "wrong", mistakes: [unknownCommand(about)] };
  }
  if (!isCommand(word)) return { kind: "wrong", mistakes: [unknownCommand(word)] };
  if (rest.includes("--help") || rest.includes("-h")) return { kind: "help", command: word };
  const mistakes: Mistake[] = [];
  const flags = readFlags(word, rest, mistakes);
  const { variables, warnings } = readVariables(word, environment, mistakes);
  return { kind: "command", command: word, words: merge(flags, variables), mistakes, warnings };
}

function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}

function unknownCommand(word: string): Mistake {
  const meant = nearest(word, COMMANDS);
  return {
    message: `${shown(word)} is no command${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    help: `the commands are ${COMMANDS.join(", ")}; promgen-agent --help explains them`,
  };
}

function readFlags(command: Command, args: readonly string[], mistakes: Mistake[]): Map<OptionName, Given> {
  const options = Object.fromEntries(
    OPTIONS.map(
      ({ name, value }) => [name, { type: value === undefined ? "boolean" : "string", multiple: true }] as const,
    ),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Map<OptionName, Given>();
  const help = `promgen-agent ${command} --help`;
  let wasUnknown = false;
  for (const token of tokens) {
    if (token.kind === "positional") {
      // The value of an option that does not exist is no second mistake.
      if (!wasUnknown) mistakes.push({ message: `${shown(token.value)} belongs to no option`, help });
      wasUnknown = false;
      continue;
    }
    wasUnknown = false;
    if (token.kind !== "option") continue;
    const option = OPTIONS.find(({ name }) => name === token.name);
    if (option === undefined) {
      mistakes.push(unknownFlag(token.rawName, help));
      wasUnknown = token.value === undefined;
    } else if (!takes(command, option)) {
      mistakes.push({ message: `--${option.name} belongs to ${option.only?.join(" and ")}, not to ${command}`, help });
    } else {
      take(option, token.value, token.inlineValue === true, given, mistakes);
    }
  }
  return given;
}

function unknownFlag(flag: string, help: string): Mistake {
  const meant = nearest(
    flag.replace(/^-+/, ""),
    OPTIONS.map(({ name }) => name),
  );
  return { message: `${shown(flag)} is no option${meant === undefined ? "" : `; did you mean --${meant}?`}`, help };
}

function take(
  option: Option & { readonly name: OptionName },
  value: string | undefined,
  isInline: boolean,
  given: Map<OptionName, Given>,
  mistakes: Mistake[],
): void {
  const from = `--${option.name}`;
  const before = given.get(option.name);
  if (option.value === undefined) {
    if (value !== undefined) mistakes.push({ message: `${from} takes no value` });
    given.set(option.name, { values: [], from, isFlag: true });
  } else if (value === undefined || value === "" || (!isInline && /^--?[a-z]/.test(value))) {
    mistakes.push({ message: `${from} needs a value: ${from} ${option.value}` });
    given.set(option.name, before ?? { values: [], from, isFlag: true });
  } else {
    // Said again, an option takes back what a wrapper around us said.
    const earlier = option.isList === true ? (before?.values ?? []) : [];
    given.set(option.name, { values: [...earlier, value], from, isFlag: true });
  }
}

const ON = new Set(["1", "true", "yes", "on"]);
const OFF = new Set(["", "0", "false", "no", "off"]);

function readVariables(
  command: Command,
  environment: Environment,
  mistakes: Mistake[],
): { readonly variables: Map<OptionName, Given>; readonly warnings: readonly string[] } {
  const variables = new Map<OptionName, Given>();
  const warnings: string[] = [];
  const known = new Map(OPTIONS.map((option) => [variableOf(option.name), option]));
  const names = [...known.keys()].map((name) => name.slice(PREFIX.length));
  for (const [from, text] of Object.entries(environment)) {
    if (!from.startsWith(PREFIX) || text === undefined) continue;
    const option = known.get(from);
    if (option === undefined) {
      // Others have variables with this prefix; but a slip in the name of ours could leave out a signature check. What all
      // begin with says nothing: with it, any three letters are near to others.
      const meant = nearest(from.slice(PREFIX.length), names);
      if (meant === undefined) warnings.push(`the variable ${from} is none of this program's`);
      else mistakes.push({ message: `the variable ${from} is not known; did you mean ${PREFIX}${meant}?` });
    } else if (option.isFlagOnly === true) {
      mistakes.push({ message: `the variable ${from} is not read: say --${option.name} on the command line` });
    } else if (takes(command, option)) {
      const values = valuesOf(option, from, text, mistakes);
      if (values !== undefined) variables.set(option.name, { values, from, isFlag: false });
    }
  }
  return { variables, warnings };
}

/** The values of a variable; undefined where it says nothing. */
function valuesOf(option: Option, from: string, text: string, mistakes: Mistake[]): readonly string[] | undefined {
  if (option.isList === true) {
    const values = text.split(/\s+/).filter((value) => value !== "");
    return values.length === 0 ? undefined : values;
  }
  if (option.value !== undefined) return text === "" ? undefined : [text];
  if (ON.has(text.toLowerCase())) return [];
  if (!OFF.has(text.toLowerCase())) mistakes.push({ message: `${from} is ${shown(text)}, but takes 1 or 0` });
  return undefined;
}

/** Of two options that exclude each other, a flag also silences the variable of the other one. */
const RIVALS: readonly (readonly [OptionName, OptionName])[] = [
  ["shard", "all-shards"],
  ["pid-file", "unit"],
];

function merge(flags: Map<OptionName, Given>, variables: Map<OptionName, Given>): Words {
  for (const [one, other] of RIVALS) {
    if (flags.has(one)) variables.delete(other);
    if (flags.has(other)) variables.delete(one);
  }
  return new Map([...variables, ...flags]);
}

/** Reads values and collects what is wrong with them. */
export class Reader {
  readonly mistakes: Mistake[];
  readonly #words: Words;

  constructor(words: Words, mistakes: readonly Mistake[]) {
    this.#words = words;
    this.mistakes = [...mistakes];
  }

  has(name: OptionName): boolean {
    return this.#words.has(name);
  }

  text(name: OptionName): string | undefined {
    return this.#words.get(name)?.values[0];
  }

  list(name: OptionName): readonly string[] {
    return this.#words.get(name)?.values ?? [];
  }

  /** The value as `read` understands it; undefined where it is not given or wrong. */
  value<T>(name: OptionName, read: (text: string) => T): T | undefined {
    return this.values(name, read)[0];
  }

  values<T>(name: OptionName, read: (text: string) => T): readonly T[] {
    return this.list(name).flatMap((text) => {
      try {
        return [read(text)];
      } catch (error) {
        if (!(error instanceof WrongValue)) throw error;
        this.wrong(name, error.message);
        return [];
      }
    });
  }

  /** @param message continues the name of the option */
  wrong(name: OptionName, message: string, help?: string): void {
    const from = this.#words.get(name)?.from ?? `--${name}`;
    this.mistakes.push({ message: `${from} ${message}`, ...(help === undefined ? {} : { help }) });
  }

  /** `name` makes no sense without `other`. */
  needs(name: OptionName, other: OptionName): void {
    if (this.has(name) && !this.has(other)) this.wrong(name, `needs --${other}`);
  }
}
