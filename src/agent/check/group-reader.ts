/**
 * Reads the groups of a targets.json or urls.json from text that comes in pieces, and holds no more than a piece of it and
 * the labels of one group: a million targets fit into the memory of a small service.
 *
 * It takes exactly the JSON that file_sd takes (https://github.com/prometheus/prometheus/blob/main/discovery/targetgroup/targetgroup.go)
 * and that means one thing only: no key twice, no other key, texts and nothing else as values.
 */
import { showText } from "../../model/show-text.ts";
import type { FileTrouble } from "./invalid-file.ts";
import { InvalidFile } from "./invalid-file.ts";
import { FETCH, JsonPieces } from "./json-pieces.ts";
import type { Step } from "./json-pieces.ts";

/** Takes what is read. What it throws ends the reading. */
export interface GroupSink {
  /** A group begins; all of its labels are known. */
  group(labels: ReadonlyMap<string, string>): void;
  /** A target of this group. */
  target(text: string): void;
}

/** Characters of targets that may stand before the labels of their group. In ours none does. */
const LONGEST_HELD = 32 << 20;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_GROUP = 0x7b;
const CLOSE_GROUP = 0x7d;

export class GroupReader {
  readonly #name: string;
  readonly #sink: GroupSink;
  readonly #json = new JsonPieces((...words) => this.failure(...words));
  readonly #steps: Step<undefined>;
  /** Of the group that is being read, from 1; 0 outside of all groups. */
  #group = 0;
  #isBetweenGroups = false;

  /** @param name of the file, for the words of failures */
  constructor(name: string, sink: GroupSink) {
    this.#name = name;
    this.#sink = sink;
    this.#steps = this.#file();
  }

  /** Reads the next piece. Throws {@link InvalidFile} for what is no list of groups. */
  feed(text: string): void {
    this.#json.add(text);
    this.#steps.next();
  }

  /** No more pieces will come. */
  end(): void {
    this.#json.end();
    this.#steps.next();
  }

  /** Whether a group must come next, and nothing of it was read. */
  get isBetweenGroups(): boolean {
    return this.#isBetweenGroups;
  }

  /** The next group, its comma and the end of its line were read by somebody else. */
  passLine(): void {
    this.#group++;
    this.#json.line++;
  }

  /** A failure here. */
  failure(trouble: FileTrouble, message: string, help: string): InvalidFile {
    return new InvalidFile(this.#name, { group: this.#group, line: this.#json.line }, { trouble, message, help });
  }

  *#file(): Step<undefined> {
    const json = this.#json;
    if (!(yield* json.hasMore())) throw this.failure("empty", "the file is empty", FETCH);
    if ((yield* json.next()) !== OPEN_LIST) throw this.#noList(yield* json.next());
    json.skip();
    let code = yield* json.next();
    if (code === CLOSE_LIST) json.skip();
    while (code !== CLOSE_LIST) {
      this.#group++;
      yield* this.#readGroup();
      code = yield* json.separator(CLOSE_LIST);
    }
    this.#group = 0;
    if (yield* json.hasMore()) {
      throw this.failure("not-json", `${json.shown()} stands behind the end of the list`, FETCH);
    }
    return undefined;
  }

  *#readGroup(): Step<undefined> {
    const labels = new Map<string, string>();
    const held: string[] = [];
    const seen = new Set<string>();
    this.#isBetweenGroups = true;
    yield* this.#json.next();
    this.#isBetweenGroups = false;
    let isOpen = yield* this.#open(OPEN_GROUP, CLOSE_GROUP, "a group");
    while (isOpen) {
      const key = yield* this.#json.key();
      if (key !== "targets" && key !== "labels") throw this.#unknownKey(key);
      if (seen.has(key)) throw this.#twice(`the group has the key \`${key}\` twice`);
      seen.add(key);
      if (key === "labels") yield* this.#readLabels(labels);
      else if (seen.has("labels")) {
        this.#sink.group(labels);
        yield* this.#readTargets((text) => this.#sink.target(text));
      } else yield* this.#readTargets(this.#holdIn(held));
      isOpen = (yield* this.#json.separator(CLOSE_GROUP)) === COMMA;
    }
    const [first] = seen;
    if (!seen.has("targets")) throw this.failure("no-targets-key", "the group has no `targets`", REPORT);
    if (first === "labels") return undefined;
    this.#sink.group(labels);
    for (const text of held) this.#sink.target(text);
    return undefined;
  }

  *#readLabels(labels: Map<string, string>): Step<undefined> {
    let isOpen = yield* this.#open(OPEN_GROUP, CLOSE_GROUP, "`labels`");
    while (isOpen) {
      const name = yield* this.#json.key();
      if (labels.has(name)) throw this.#twice(`the label ${showText(name)} is there twice`);
      labels.set(name, this.#json.textHere() ?? (yield* this.#text(`the value of label ${showText(name)}`)));
      isOpen = this.#json.isCommaHere() || (yield* this.#json.separator(CLOSE_GROUP)) === COMMA;
    }
    return undefined;
  }

  *#readTargets(take: (text: string) => void): Step<undefined> {
    let isOpen = yield* this.#open(OPEN_LIST, CLOSE_LIST, "`targets`");
    while (isOpen) {
      // Most targets lie whole in one piece: no step is made for them.
      take(this.#json.textHere() ?? (yield* this.#text("a target")));
      isOpen = this.#json.isCommaHere() || (yield* this.#json.separator(CLOSE_LIST)) === COMMA;
    }
    return undefined;
  }

  /** Keeps targets until the labels of their group are known. */
  #holdIn(held: string[]): (text: string) => void {
    let characters = 0;
    return (text) => {
      characters += text.length + 1;
      if (characters > LONGEST_HELD) {
        throw this.failure("too-long", "too many targets stand before the labels of their group", REPORT);
      }
      held.push(text);
    };
  }

  /** Steps over the bracket, and over the one that closes where it follows. @returns whether something is in between */
  *#open(bracket: number, close: number, what: string): Step<boolean> {
    const code = yield* this.#json.next();
    if (code !== bracket) throw this.#wrongValue(code, what, bracket === OPEN_LIST ? "a list" : "an object");
    this.#json.skip();
    if ((yield* this.#json.next()) !== close) return true;
    this.#json.skip();
    return false;
  }

  *#text(what: string): Step<string> {
    const code = yield* this.#json.next();
    if (code !== QUOTE) throw this.#wrongValue(code, what, "text");
    return yield* this.#json.text();
  }

  /** The file starts with something else than `[`. */
  #noList(code: number): Error {
    const start = String.fromCharCode(code);
    if (start === "\ufeff") {
      return this.failure("byte-order-mark", "the file begins with a byte order mark", "write it as UTF-8 without one");
    }
    if (start === "<") return this.failure("not-json", "this is a web page and no JSON", FETCH);
    if (start === "n") return this.failure("no-groups", "this is no list of groups", REPORT);
    return this.#wrongValue(code, "the file", "a list of groups");
  }

  #wrongValue(code: number, what: string, wanted: string): Error {
    const found = KINDS.get(String.fromCharCode(code));
    if (found === undefined) return this.#json.unexpected(wanted);
    return this.failure("not-groups", `${what} is ${found} and not ${wanted}`, REPORT);
  }

  #unknownKey(key: string): Error {
    const message = `a group has the key ${showText(key)}, and only \`targets\` and \`labels\` are known`;
    return this.failure("unknown-key", message, REPORT);
  }

  #twice(message: string): Error {
    return this.failure("duplicate-key", `${message}, and only one of them would count`, REPORT);
  }
}

const REPORT = "render and publish it again with promgen-gen; if it comes out the same, report that as a bug";

/** What begins with a character. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['"', "text"],
  ["{", "an object"],
  ["[", "a list"],
  ["t", "true"],
  ["f", "false"],
  ["n", "null"],
  ...[..."-0123456789"].map((digit): [string, string] => [digit, "a number"]),
]);
