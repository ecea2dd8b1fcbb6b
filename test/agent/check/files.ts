/** Files that are taken, and files that are not and why. Real promtools judge the same ones. */
import type { FileName } from "../../../src/agent/config.ts";
import type { FileTrouble } from "../../../src/agent/check/invalid-file.ts";

export interface FileCase {
  readonly title: string;
  readonly name: FileName;
  readonly bytes: Uint8Array;
  /** Left out where the file is taken. */
  readonly trouble?: FileTrouble;
  /** Group and line that the failure names; left out where there is only one of each. */
  readonly place?: readonly [group: number, line: number];
}

export type Labels = Readonly<Record<string, string>>;

/** A file as it is rendered. */
export function fileOf(
  ...groups: readonly { readonly labels?: Labels; readonly targets: readonly string[] }[]
): string {
  return `[\n${groups.map((group) => JSON.stringify(group)).join(",\n")}\n]\n`;
}

export const LABELS: Labels = { __scheme__: "http", job: "node" };

/** A file with one good group between two others. */
function between(group: string): string {
  const other = JSON.stringify({ labels: LABELS, targets: ["a:1"] });
  return `[\n${other},\n${group},\n${other}\n]\n`;
}

const withLabels = (labels: Labels): string =>
  between(JSON.stringify({ labels: { ...LABELS, ...labels }, targets: ["a:1"] }));
const withTarget = (target: string): string => between(JSON.stringify({ labels: LABELS, targets: ["a:1", target] }));
const withTargetJson = (json: string): string => between(`{"labels":{"job":"x"},"targets":["a:1",${json}]}`);
const withLabelsJson = (json: string): string => between(`{"labels":{"job":"x",${json}},"targets":["a:1"]}`);

/** These bytes in place of `?` in the value of a label. */
function withBytes(...bytes: readonly number[]): Buffer {
  const [before = "", after = ""] = withLabels({ x: "?" }).split("?");
  return Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
}

type Row = readonly [
  title: string,
  text: string | Uint8Array,
  trouble?: FileTrouble,
  place?: readonly [number, number],
];

const WHOLE_FILE: readonly Row[] = [
  ["nothing to scrape", `[{"targets":[]}]\n`],
  ["one group in our form", fileOf({ labels: LABELS, targets: ["a:1", "b:2"] })],
  ["another form of white space", `\r\n\t [ { "targets" : [ "a:1" , "b:2" ] ,\r\n "labels" : { "job" : "x" } } ] \n\n`],
  ["targets before labels", `[{"targets":["a:1"],"labels":{"job":"x"}}]`],
  ["a group without targets among others", between(`{"labels":{"job":"x"},"targets":[]}`)],
  ["0 bytes", "", "empty", [0, 1]],
  ["white space alone", " \n\t\n", "empty", [0, 3]],
  ["null", "null\n", "no-groups", [0, 1]],
  ["an empty list", "[]\n", "no-groups", [0, 2]],
  ["an object", "{}", "not-groups", [0, 1]],
  ["a text", `"a:1"`, "not-groups", [0, 1]],
  ["a number", "12", "not-groups", [0, 1]],
  ["a web page", "<!DOCTYPE html>\n<html>", "not-json", [0, 1]],
  ["YAML", "# targets\n- targets: [a:1]\n", "not-json", [0, 1]],
  ["a byte order mark", `\ufeff[{"targets":[]}]`, "byte-order-mark", [0, 1]],
  ["UTF-16", Buffer.from(`[{"targets":[]}]`, "utf16le"), "not-json", [1, 1]],
  ["a form feed", `\f[{"targets":[]}]`, "not-json", [0, 1]],
  ["two lists", `[{"targets":[]}]\n[{"targets":[]}]`, "not-json", [0, 2]],
  ["a word behind the list", `[{"targets":[]}]x`, "not-json", [0, 1]],
  ["a zero byte behind the list", `[{"targets":[]}]\n\0`, "not-json", [0, 2]],
  [
    "half a character behind the list",
    Buffer.concat([Buffer.from(`[{"targets":[]}]\n`), Buffer.from([0xc3])]),
    "not-utf8",
    [0, 2],
  ],
  ["a comment", `[{"targets":[]}] // empty`, "not-json", [0, 1]],
  ["a comma behind the last group", `[{"targets":[]},\n]`, "not-json", [2, 2]],
  ["no comma between groups", `[{"targets":[]}\n{"targets":[]}]`, "not-json", [1, 2]],
  ["single quotes", `[{'targets':[]}]`, "not-json", [1, 1]],
  ["keys without quotes", `[{targets:[]}]`, "not-json", [1, 1]],
  ["100,000 brackets", "[".repeat(100_000), "not-groups", [1, 1]],
  ["an open list", "[", "not-json", [0, 1]],
  ["cut off in a group", between("").slice(0, 30), "not-json", [1, 2]],
  ["cut off behind a group", `[\n{"targets":[]}\n`, "not-json", [1, 3]],
  ["cut off in a text", `[\n{"targets":["a`, "not-json", [1, 2]],
];

/** What stands in the second group, on line 3. */
const SECOND_GROUP: readonly Row[] = [
  ["null for a group", between("null"), "not-groups"],
  ["a list for a group", between("[]"), "not-groups"],
  ["a text for a group", between(`"a:1"`), "not-groups"],
  ["an empty group", between("{}"), "no-targets-key"],
  ["a group without targets", between(`{"labels":{"job":"x"}}`), "no-targets-key"],
  ["another key", between(`{"targets":["a:1"],"labels":{"job":"x"},"more":1}`), "unknown-key"],
  ["a key in another case", between(`{"Targets":["a:1"],"labels":{"job":"x"}}`), "unknown-key"],
  ["__proto__ as a key of a group", between(`{"targets":["a:1"],"labels":{"job":"x"},"__proto__":{}}`), "unknown-key"],
  ["targets twice", between(`{"targets":["a:1"],"labels":{"job":"x"},"targets":["b:1"]}`), "duplicate-key"],
  ["labels twice", between(`{"labels":{"job":"x"},"targets":["a:1"],"labels":{"job":"y"}}`), "duplicate-key"],
  ["a label twice", withLabelsJson(`"x":"1","x":"1"`), "duplicate-key"],
  ["a label twice, once with an escape", withLabelsJson(`"x":"1","\\u0078":"1"`), "duplicate-key"],
  ["a comma behind the last key", between(`{"targets":["a:1"],}`), "not-json"],
  ["a comma behind the last target", between(`{"labels":{"job":"x"},"targets":["a:1",]}`), "not-json"],
  ["a comma behind the last label", withLabelsJson(`"x":"1",`), "not-json"],
  ["no colon", between(`{"targets"["a:1"]}`), "not-json"],
  ["null for targets", between(`{"targets":null,"labels":{"job":"x"}}`), "not-groups"],
  ["a text for targets", between(`{"targets":"a:1"}`), "not-groups"],
  ["null for labels", between(`{"targets":[],"labels":null}`), "not-groups"],
  ["a list for labels", between(`{"targets":[],"labels":[]}`), "not-groups"],
  ["a number for a target", withTargetJson("1"), "not-groups"],
  ["null for a target", withTargetJson("null"), "not-groups"],
  ["NaN for a target", withTargetJson("NaN"), "not-json"],
  ["a number for a label", withLabelsJson(`"x":1`), "not-groups"],
  ["true for a label", withLabelsJson(`"x":true`), "not-groups"],
  ["null for a label", withLabelsJson(`"x":null`), "not-groups"],
  ["an object for a label", withLabelsJson(`"x":{"y":"z"}`), "not-groups"],
  ["escapes", withLabelsJson(`"\\u0078":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude80\\\\"`)],
  ["a wrong escape", withLabelsJson(`"x":"\\x"`), "not-json"],
  ["a cut escape", withLabelsJson(`"x":"\\u12"`), "not-json"],
  ["a tab in a text", withLabelsJson(`"x":"\t"`), "not-json"],
  ["a new line in a text", withLabelsJson(`"x":"\n"`), "not-json"],
  ["half of a surrogate pair in a label", withLabelsJson(`"x":"\\ud83d"`), "lone-surrogate"],
  ["the other half in a target", withTargetJson(`"\\ude80:1"`), "lone-surrogate"],
  ["bytes that are no UTF-8", withBytes(0xff), "not-utf8"],
  ["a character that is cut", withBytes(0xc3), "not-utf8"],
  ["a character in too many bytes", withBytes(0xc0, 0xaf), "not-utf8"],
  ["a surrogate in UTF-8", withBytes(0xed, 0xa0, 0x80), "not-utf8"],
  ["a character beyond Unicode", withBytes(0xf5, 0x80, 0x80, 0x80), "not-utf8"],
  ["characters of 2, 3 and 4 bytes", withLabels({ x: "é世🚀" })],
  ["a text of 2 MB", withLabels({ x: "x".repeat(2 << 20) }), "too-long"],
  ["a text of 100 kB", withLabels({ x: "x".repeat(100_000) })],

  ["__proto__ as a label", withLabelsJson(`"__proto__":"x","constructor":"y"`)],
  ["labels of our own", withLabels({ __shard: "a", __farm_source: "promgen", __tmp_x: "1", __param_module: "x" })],
  ["an empty value", withLabels({ x: "" })],
  ["a label name with a dot", withLabels({ "foo.bar": "x" }), "label-name"],
  ["a label name that begins with a digit", withLabels({ "1a": "x" }), "label-name"],
  ["a label name beyond ASCII", withLabels({ ü: "x" }), "label-name"],
  ["a label name with a line end", withLabels({ "a\n": "x" }), "label-name"],
  ["a label without a name", withLabels({ "": "x" }), "label-name"],
  ["no job", between(`{"labels":{"x":"y"},"targets":["a:1"]}`), "label-missing"],
  ["no labels", between(`{"targets":["a:1"]}`), "label-missing"],
  ["an empty job", withLabels({ job: "" }), "label-missing"],
  ["https", withLabels({ __scheme__: "https" })],
  ["another scheme", withLabels({ __scheme__: "ftp" }), "scheme"],
  ["a scheme in capitals", withLabels({ __scheme__: "HTTP" }), "scheme"],
  ["an empty scheme", withLabels({ __scheme__: "" }), "scheme"],
  ["a path", withLabels({ __metrics_path__: "/metrics/a b" })],
  ["a relative path", withLabels({ __metrics_path__: "metrics" }), "metrics-path"],
  ["an empty path", withLabels({ __metrics_path__: "" }), "metrics-path"],

  ["an interval as short as the default timeout", withLabels({ __scrape_interval__: "10s" })],
  ["an interval shorter than the default timeout", withLabels({ __scrape_interval__: "9s999ms" }), "timeout"],
  ["a short interval with its timeout", withLabels({ __scrape_interval__: "5s", __scrape_timeout__: "5s" })],
  [
    "a timeout longer than its interval",
    withLabels({ __scrape_interval__: "5s", __scrape_timeout__: "5001ms" }),
    "timeout",
  ],
  ["a timeout as long as the default interval", withLabels({ __scrape_timeout__: "1m" })],
  ["a timeout longer than the default interval", withLabels({ __scrape_timeout__: "61s" }), "timeout"],
  ["an interval of many units", withLabels({ __scrape_interval__: "1y1w1d1h1m1s1ms" })],
  ["an interval of 292 years", withLabels({ __scrape_interval__: "292y" })],
  ...[
    "0",
    "0s",
    "",
    "1.5s",
    "1s1m",
    "-1m",
    " 1m",
    "1m ",
    "1",
    "1S",
    "293y",
    "99999999999999999999s",
    "1m1m",
    "１s",
  ].map((text): Row => [`an interval of "${text}"`, withLabels({ __scrape_interval__: text }), "duration"]),
  ["a timeout of 0s", withLabels({ __scrape_timeout__: "0s" }), "duration"],

  ...["a:1", "a:65535", "web-1.example.com:9100", "10.1.2.3:9100", "010.1.2.3:9100", "A.example.com.:80", "a_b:1"].map(
    (text): Row => [`the target ${text}`, withTarget(text)],
  ),
  ...["[::1]:9100", "[2001:DB8::7]:9100", "[::ffff:1.2.3.4]:9", "bücher.example:1", "東京:9100"].map((text): Row => [
    `the target ${text}`,
    withTarget(text),
  ]),
  ...[
    "",
    "a",
    "a:",
    "a:0",
    "a:65536",
    "a:99999",
    "a:-1",
    "a:+1",
    "a:x",
    "a:0080",
    ":9100",
    "a:1:2",
    "::1",
    "[::1]",
  ].map((text): Row => [`the target "${text}"`, withTarget(text), "address"]),
  ...[
    "[::zz]:1",
    "[a]:1",
    "[a:1",
    "a]:1",
    "[fe80::1%eth0]:1",
    "2001:db8::7:9100",
    "a b:1",
    " a:1",
    "a:1 ",
    "a\t:1",
  ].map((text): Row => [`the target "${text}"`, withTarget(text), "address"]),
  ...["a\u0000:1", "a\u00a0b:1", "a\u200b:1", "a\u2028:1", "a/b:1", "http://a:1", "https://u:p@a:1/x?token=y"].map(
    (text): Row => [`the target ${JSON.stringify(text)}`, withTarget(text), "address"],
  ),
  ...["u@a:1", "a?x:1", "a#x:1", "a%41:1", "a\\b:1", "a:1/", "a|b:1"].map((text): Row => [
    `the target "${text}"`,
    withTarget(text),
    "address",
  ]),
];

const PROBE: Labels = { __param_module: "http_2xx", job: "http_2xx" };
const withProbe = (target: string): string => between(JSON.stringify({ labels: PROBE, targets: [target] }));

const PROBES: readonly Row[] = [
  ["nothing to probe", `[{"targets":[]}]\n`],
  ...["https://pay.example.com/health?a=b&c=%20d", "a", "a:1", "::1", "a b", "ü://\u0000"].map((text): Row => [
    `the probe of ${JSON.stringify(text)}`,
    fileOf({ labels: PROBE, targets: [text] }),
  ]),
  ["an empty target of a probe", fileOf({ labels: PROBE, targets: [""] }), "address", [1, 2]],
  ["a probe without a module", withProbe("a").replaceAll("__param_module", "module"), "label-missing", [1, 2]],
  [
    "a probe with an empty module",
    fileOf({ labels: { ...PROBE, __param_module: "" }, targets: ["a"] }),
    "label-missing",
    [1, 2],
  ],
  ["a probe without a job", fileOf({ labels: { __param_module: "x" }, targets: ["a"] }), "label-missing", [1, 2]],
  [
    "a probe more often than its timeout",
    fileOf({ labels: { ...PROBE, __scrape_interval__: "5s" }, targets: ["a"] }),
    "timeout",
    [1, 2],
  ],
];

function casesOf(name: FileName, rows: readonly Row[], place?: readonly [number, number]): FileCase[] {
  return rows.map(([title, text, trouble, own]) => {
    const where = own ?? place;
    return {
      title,
      name,
      bytes: Buffer.from(text),
      ...(trouble === undefined ? {} : { trouble }),
      ...(where === undefined ? {} : { place: where }),
    };
  });
}

export const FILES: readonly FileCase[] = [
  ...casesOf("targets.json", WHOLE_FILE),
  ...casesOf("targets.json", SECOND_GROUP, [2, 3]),
  ...casesOf("urls.json", PROBES),
];
