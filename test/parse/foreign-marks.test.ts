import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, parse } from "./findings.ts";

const ERROR = "error yaml/syntax";

/** The marked place is the only finding, and this is what to write. */
function assertHelp(marked: string, help: string): void {
  const { diagnostics } = assertFindings(marked, ERROR);
  assert.match(diagnostics[0]?.help ?? "", help);
}

describe("parse: marks of items that are no hyphen", (it) => {
  it("are found once, wherever in the list they stand", () => {
    for (const mark of ["–", "—", "•", "*", "+", "−"]) {
      assertHelp(`hosts:\n  - a\n  «${mark} 10.1.2.3»\n  - { host: b, labels: { c: d } }\n`, "write `- 10.1.2.3`,");
      assertHelp(`hosts:\n  «${mark} a»\n  - { host: b, labels: { c: d } }\nx: y\n`, "write `- a`,");
      assertHelp(`projects:\n  «${mark} name: a»\n    farm: b\n  - name: c\n    farm: d\n`, "write `- name: a`,");
      assertHelp(`projects:\n  - name: a\n    farm: b\n  «${mark} name: c»\n    farm: d\n`, "write `- name: c`,");
    }
  });

  it("are found in a list of maps, behind an empty line, and once for all like them", () => {
    const rest = "    exporters:\n      - a\n";
    for (const mark of ["–", "—"]) {
      assertHelp(`projects:\n  - name: p\n${rest}\n  «${mark} name: q»\n${rest}`, "write `- name: q`,");
      assertHelp(`projects:\n«${mark} name: p»\n  farm: f\n  exporters: [a]\n`, "write `- name: p`,");
      const [first, ...others] = ["p", "q", "r"].map((name) => `  ${mark} name: ${name}\n${rest}`);
      assertHelp(`projects:\n${first?.replace(/\S.*p$/m, "«$&»")}${others.join("\n")}`, "in all items like it");
    }
  });

  it("are found where they make one text of a list", () => {
    const { documents } = assertFindings("farm: a\nhosts:\n  «– b»\n  – c\n", ERROR);
    assert.equal(documents, [{ farm: "a" }]);
    assertFindings("farm: a\nhosts:\n  «+ b»\n", ERROR);
  });

  it("are text elsewhere", () => {
    assertReads("description: – a\nowner: • b\nlabels: { hosts: – c, d: + e }\n", {
      description: "– a",
      owner: "• b",
      labels: { hosts: "– c", d: "+ e" },
    });
    assertFindings("description: a\n  «– b: c»\n", ERROR);
    assert.not.match(parse("description: a\n  – b: c\n").diagnostics[0]?.help ?? "", "`- ");
  });
});

describe("parse: comments of other languages", (it) => {
  it("are found once, in a list, below it and before keys", () => {
    assertHelp("hosts:\n  - a\n  «// - b»\n  - { host: c, labels: { d: e } }\n", "write `# - b`");
    assertHelp("hosts:\n  - a\n  «//- b»\n", "write `# - b`");
    assertHelp("service: a\n«// the owner»\nowner: b\n", "write `# the owner`");
    assertHelp("service: a\n«/* the owner */»\nowner: b\n", "write `# the owner`");
  });

  it("are found where they are a key or a text to YAML", () => {
    const { documents } = assertFindings("service: a\n«// owner: b»\nowner: c\n", ERROR);
    assert.equal(documents, [{ service: "a", owner: "c" }]);
    assertFindings("farm: a\nhosts:\n  «// - b»\n  // - c\n", ERROR);
  });

  it("are found above lines that do not fit them", () => {
    const project =
      "  - name: q\n    labels: { a: b }\n    hosts:\n      - a\n    exporters:\n      - c\n    probes: [d]\n";
    assertHelp(`projects:\n${project}«// some words: more»\n${project}${project}`, "write `# some words: more`");
    for (const line of ["    hosts:\n", "      - a\n", "    exporters:\n"])
      assertHelp(`projects:\n${project.replace(line, `«// x»\n${line}`)}${project}`, "write `# x`");
  });

  it("are found in several lines, and without a space behind the mark", () => {
    const rest = "  - name: q\n    labels: { a: b }\n    hosts:\n      - a\n";
    assertHelp(`projects:\n${rest}  «/* some words:»\n     more\n  */\n${rest}`, "before each line up to `*/`");
    assertHelp(`projects:\n${rest}«<!-- some words: a»\n   more: -->\n${rest}`, "before each line up to `-->`");
    assertHelp(`projects:\n${rest}  «//some words: a»\n${rest}`, "write `# some words: a`");
  });

  it("are found as dashes, semicolons and angle brackets", () => {
    for (const mark of ["–", "—", "--", ";", ";;", "<!--"]) {
      const rest = "\n  - name: q\n    labels: { b: c }\n";
      assertHelp(
        `projects:\n  - name: p\n    farm: f\n\n  «${mark} a note: to all»${rest}`,
        "write `# a note: to all`",
      );
      assertHelp(`hosts:\n  - a\n  «${mark} not in use»\n  - { host: b, labels: { c: d } }\n`, "write `# not in use`");
    }
    assertHelp("farm: a\n«<!-- to be done -->»\nhosts: [b]\n", "write `# to be done`");
    const { documents } = assertFindings("farm: a\n«— a note: to all»\nhosts: [b]\n«; that: too»\n", ERROR, ERROR);
    assert.equal(documents, [{ farm: "a", hosts: ["b"] }]);
    assertFindings("farm: a\nhosts:\n  «; b»\n  ; c\n", ERROR);
  });

  it("are text elsewhere", () => {
    assertReads("description: // a\npath: //b/c\n", { description: "// a", path: "//b/c" });
  });
});

describe("parse: lists in parentheses", (it) => {
  it("are found once, and the list is told", () => {
    const { documents } = assertFindings("farm: a\nhosts: «(b, c)»\n", ERROR);
    assert.equal(documents, [{ farm: "a" }]);
    assertHelp("farm: a\nhosts: «(b, c)»\n", "write `hosts: [b, c]`");
    assertHelp("shard: «( b,c )» # d\n", "write `shard: [b,c]`");
    // Inside of square brackets, those of a range need quotes.
    assertHelp("hosts: «(web[1-3], b)»\n", "on a line of its own");
    assertHelp("hosts: «(b,»\n  c)\n", "on a line of its own");
  });

  it("are text where no list is expected", () => {
    assertReads('description: (a, b)\nlabels: { a: (b }\nhosts: "(a)"\n', {
      description: "(a, b)",
      labels: { a: "(b" },
      hosts: "(a)",
    });
    assertReads("labels:\n  hosts: (a, b)\n", { labels: { hosts: "(a, b)" } });
  });
});

describe("parse: what was meant as `---`", (it) => {
  it("is found as one dash alone, or of several kinds", () => {
    for (const line of ["-", "—", "–", "—-", "-–"]) {
      assertHelp(`farm: a\nhosts:\n  - b\n«${line}»\nfarm: c\nhosts:\n  - d\n`, "write `---`");
      assertHelp(`farm: a\nsource: b\n«${line}»\n\nservice: c\nowner: d\n`, "write `---`");
    }
    assertReads("hosts:\n-\n- a\n", { hosts: [null, "a"] });
  });

  it("is found before a key on its line", () => {
    for (const key of ["farm: c", "service: c", "shard : c"]) {
      assertHelp(
        `farm: a\nlabels: { b: c }\nhosts: [d]\n«---${key}»\nlabels: { e: f }\nhosts: [g]\n`,
        `write \`---\`, and \`${key}\``,
      );
    }
    assertHelp("farm: a\nsource: b\n«+++»\nfarm: c\n", "write `---`");
  });

  it("is found where a text goes on over it", () => {
    for (const next of ["farm: c\nhosts: [d]\n", "service: c\nprojects: []\n", ""]) {
      assertHelp(`farm: a\nsource: b\n  «---»\n${next}`, "column 1");
      assertHelp(`farm: a\nhosts:\n  - b\n  - c\n   «---»\n${next}`, "column 1");
    }
    const both = "farm: a\nsource: b\n  «---»\nfarm: b\nsource: «@c»\nhosts: [d]\n";
    assertFindings(both, ERROR, ERROR);
    assertReads('a: |\n  b\n  ---\n  c\nd: "e\n  ---"\nf: g\n  --- h\n', {
      a: "b\n---\nc\n",
      d: "e ---",
      f: "g --- h",
    });
  });
});

describe("parse: fences of Markdown", (it) => {
  it("are found once", () => {
    assertFindings("«```yaml»\nservice: a\nowner: b\n```\n", ERROR);
    assertFindings("«~~~»\nservice: a\n~~~\n", ERROR);
    assertFindings("service: a\nowner: b\n«```»\n", ERROR);
    assertReads("description: |\n  ```\n  a\n  ```\n", { description: "```\na\n```\n" });
  });
});
