/**
 * Inventories as people write them, and what typing does to them: the documents of the differential and the fuzz test.
 */
import * as fc from "fast-check";

export const TEMPLATES: readonly string[] = [
  `service: payments
description: Card payments
owner: team-payments
shard: tokyo-a
labels: { tier: gold }
projects:
  - name: payments-web
    farm: web-tokyo
    exporters: [ node ]
  - name: payments-api
    shard: [tokyo-a, osaka-a]
    hosts:
      - api[01-20].pay.example.com
      - 10.1.2.3
      - "2001:db8::7"
      - { host: db1.pay.example.com, labels: { rack: r12 } }
    labels: { env: prod, version: 1.10 }
    exporters:
      - node
      - job: app
        port: 8080
        path: /metrics?format=prometheus
        params: { module: http, id: 007 }
        scheme: https
        enabled: true
    probes:
      - module: http_2xx
        targets: [ "https://pay.example.com/health" ]
      - { module: icmp, hosts: true }
`,
  `# who scrapes what
shard: tokyo-a
servers:          # the pair
  - prometheus001
  - prometheus002:9091

labels: {}
limits: { targets: 10000 }
enabled: yes
---
farm: web
hosts: [
  web1, web2,     # new
  "web3",
  'web4'
]
labels:
  window: 22:22
  on: off
  sha: 1234e10
  empty:
  note: it's "so"
`,
  `service: a
description: |
  two
    lines

  here
labels:
  text: >-
    folded
    text

  quoted: "a
    b \\u00e9
    c"
  single: 'it''s
    here'
  plain: one
    two
  "quoted key": x
projects:
- name: p
  hosts:
  - a
  - b

  - host: c
    labels: {a: b, "c":d, e: , f}
- {name: q, hosts: [a, b: c, [d]]}
`,
  `service: x
projects:
  - name: é
    hosts:
      -   - nested
          - list
      -
        late
      - ? complex
        : key
      - [::1]:9100
      - 2001:db8::
      - *.example.com
      - &a b
      - *a
      - !tag c
    <<: { a: b }
    a: 1
    a: 2
`,
  `%YAML 1.2
---
a: b
--- # two
- c
--- |
  text
... # [
# end
--- { a: [
  b # c
] }
--- "a
  b \\
  c"
`,
  `projects:
  - name: a
    hosts: [
      web1, web2,
      'web3'
    ]
    exporters: [
      { job: app, labels: {
        tier: gold
      } },
    ]
  - name: b
    labels: {
      a: b

    }
    shard: [
      x
    ]
limits: {
  targets: 1
}
`,
  `{ "shard": "a", "servers": ["p1", "p2"], "labels": { "a": "1", "b": null, "c": 1.50, "d": true } }
`,
];

const FRAGMENTS: readonly string[] = [
  ..." \t\n\r:-?#,[]{}'\"&*!|>%@`\\/~<=.0a",
  ..."\u0000\u0007\u001b\u007f\u0085\u00a0\u200b\u2028\u2029\u3000\ufeff\ufffe\uffffé界\ud83d\ude00",
  "\r\n",
  "\n\n",
  "\n ",
  "\n  ",
  "\n\t",
  " #",
  ": ",
  ":\n",
  "- ",
  "-\n",
  "- - ",
  "? ",
  ": x\n",
  "---\n",
  "---",
  "...\n",
  "--- a\n",
  "%TAG ! x\n",
  "#c\n",
  " # c\n",
  "|\n",
  "| \n",
  ">-\n",
  "|2+\n",
  "|-  # c\n",
  ">1\n",
  "''",
  '""',
  "'a'",
  '"a"',
  '"a\\tb"',
  '"\\x',
  '"\\U0001F600"',
  "\\\n",
  "[]",
  "{}",
  "[a, b]",
  "{a: b}",
  "{a}",
  "[a: b]",
  "{a, b: }",
  '{"a":b}',
  "[[a]]",
  "null",
  "true",
  "No",
  "0x1F",
  "0b11",
  "1_000",
  "1e3",
  ".5",
  "-0",
  "+1",
  "12345678901234567890",
  "2001-01-01",
  "<<: ",
  "labels:",
  "host: ",
  "params: {",
  "description: ",
  "hosts: • a",
  "hosts: ・a",
  "exporters: – a",
  "exporters: + a",
  "projects: -- a",
  "targets: // a",
  "shard: (a)",
  "__proto__: ",
  "constructor: ",
  "::1",
  "[::1]",
  "fe80::1:9100",
  "promgen-ignore",
  "# promgen-ignore yaml/implicit-type -- so\n",
  "&a ",
  "*a",
  "!t ",
  "!!str ",
];

/** One slip: a kind, a place as a fraction of the text, and how much of what. */
interface Slip {
  readonly kind:
    | "insert"
    | "remove"
    | "swap"
    | "replace"
    | "repeatLine"
    | "removeLine"
    | "moveLine"
    | "shiftLine"
    | "crlf"
    | "splice"
    | "cut";
  readonly at: number;
  readonly other: number;
  readonly fragment: string;
}

const slip: fc.Arbitrary<Slip> = fc.record({
  kind: fc.constantFrom<Slip["kind"]>(
    "insert",
    "insert",
    "insert",
    "insert",
    "remove",
    "remove",
    "swap",
    "replace",
    "replace",
    "repeatLine",
    "removeLine",
    "moveLine",
    "shiftLine",
    "shiftLine",
    "crlf",
    "splice",
    "cut",
  ),
  at: fc.nat({ max: 9999 }).map((n) => n / 10_000),
  other: fc.nat({ max: 9999 }).map((n) => n / 10_000),
  fragment: fc.constantFrom(...FRAGMENTS),
});

/** One of the templates after some slips; sometimes only a piece of it, so that small texts come up too. */
export function mutantOf(templates: readonly string[], maxSlips: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...templates), fc.array(slip, { maxLength: maxSlips }))
    .map(([template, slips]) => slips.reduce(apply, template));
}

export const mutant: fc.Arbitrary<string> = mutantOf(TEMPLATES, 6);

/** A text made of fragments alone. */
export const scraps: fc.Arbitrary<string> = fc
  .array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 })
  .map((parts) => parts.join(""));

function apply(text: string, { kind, at, other, fragment }: Slip): string {
  const index = Math.floor(at * text.length);
  const lines = text.split("\n");
  const line = Math.floor(at * lines.length);
  switch (kind) {
    case "insert":
      return text.slice(0, index) + fragment + text.slice(index);
    case "remove":
      return text.slice(0, index) + text.slice(index + 1 + Math.floor(other * other * 8));
    case "swap":
      return (
        text.slice(0, index) + text.slice(index + 1, index + 2) + text.slice(index, index + 1) + text.slice(index + 2)
      );
    case "replace":
      return text.slice(0, index) + fragment + text.slice(index + 1);
    case "repeatLine":
      return lines.toSpliced(line, 0, lines[Math.floor(other * lines.length)] ?? "").join("\n");
    case "removeLine":
      return lines.toSpliced(line, 1).join("\n");
    case "moveLine":
      return lines
        .toSpliced(line, 1)
        .toSpliced(Math.floor(other * lines.length), 0, lines[line] ?? "")
        .join("\n");
    case "shiftLine":
      return lines.with(line, other < 0.5 ? ` ${lines[line] ?? ""}` : (lines[line] ?? "").slice(1)).join("\n");
    case "crlf":
      return other < 0.7 ? text.replaceAll("\n", "\r\n") : text.replaceAll("\n", "\r");
    case "splice": {
      const from = TEMPLATES[Math.floor(other * TEMPLATES.length)] ?? "";
      const start = Math.floor(at * from.length);
      return text.slice(0, index) + from.slice(start, start + 40) + text.slice(index);
    }
    case "cut": {
      const end = Math.floor(other * text.length);
      return text.slice(Math.min(index, end), Math.max(index, end));
    }
  }
}
