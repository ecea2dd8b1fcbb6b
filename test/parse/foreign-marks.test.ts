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

describe("parse: fences of Markdown", (it) => {
  it("are found once", () => {
    assertFindings("«```yaml»\nservice: a\nowner: b\n```\n", ERROR);
    assertFindings("«~~~»\nservice: a\n~~~\n", ERROR);
    assertFindings("service: a\nowner: b\n«```»\n", ERROR);
    assertReads("description: |\n  ```\n  a\n  ```\n", { description: "```\na\n```\n" });
  });
});
