import * as assert from "uvu/assert";
import { describe } from "../describe.ts";
import { assertFindings, assertReads, found, parse, relatedTo } from "./findings.ts";

const ERROR = "error yaml/syntax";

/** The finding is at the marked place, is the only one, and nothing of the file is used. */
function assertMistake(marked: string): void {
  const { documents, isComplete } = assertFindings(marked, ERROR);
  assert.equal(documents, [], marked);
  assert.not.ok(isComplete, marked);
}

function said(text: string): readonly { readonly message: string; readonly help?: string }[] {
  return parse(text).diagnostics;
}

/** As assertMistake, but the rest of the file is read. */
function assertLeftOut(marked: string): void {
  const { documents, isComplete } = assertFindings(marked, ERROR);
  assert.is(documents.length, 1, marked);
  assert.not.ok(isComplete, marked);
}

describe("yaml/syntax: brackets and quotes", (it) => {
  it("points to the bracket that is never closed", () => {
    assertMistake("service: a\nprojects:\n  - name: b\n    hosts: «[web1, web2»\n");
    assertMistake("projects:\n  - hosts: «[web1, web2»\n    exporters: [node]\n");
    assertMistake("hosts:\n  - «{ host: a, labels: { x: y }»\n  - b\n");
    assertMistake("hosts: «[a, b»\nlabels: { c: d }\nx: y\n");
    assertMistake("hosts: «[a, b»\n---\nfarm: x\n");
  });

  it("says where the closing bracket is part of a comment", () => {
    const help = (text: string): unknown => said(text).map((finding) => finding.help);
    assertMistake("- «{ host: a, labels: { x: y } # db }»\n- b\n");
    for (const text of ["- { host: a # db }\n", "a:\n  - { host: a } \n  - { host: b # }\n  - c\n"])
      assert.equal(help(text), ["put the `}` before the comment, which begins at the `#`"], text);
    for (const text of ["- { host: a # see {b}\n", "- { host: a # db\n"])
      assert.equal(help(text), ["add the `}`"], text);
  });

  it("points to the bracket that closes another, or nothing", () => {
    assertMistake("hosts: [a, b«}»\nx: y\n");
    assert.equal(relatedTo("hosts: [a, b}\nx: y\n"), ["["]);
    assertMistake("hosts: [a, b]«]»\nx: y\n");
    assertMistake("«]»\n");
  });

  it("says where brackets are closed or filled too far to the left", () => {
    assertMistake("x:\n  z: [\n    b\n«]»\n");
    assertMistake("x:\n  z: [\n  «b»\n  ]\n");
    assert.equal(relatedTo("x:\n  z: [\n  b\n  ]\n"), ["["]);
    assertReads("z: [\n  b\n]\n", { z: ["b"] });
  });

  it("points to the quote that is never closed", () => {
    assertMistake('service: «"a»\nowner: b\nshard: c\n');
    assertMistake('service: «"a»\nowner: "b"\nshard: c\n');
    assertMistake("service: «'a»\nowner: b\n");
    assertMistake('hosts:\n  - «"a»\n  - b\n');
    assertMistake('hosts: [«"a, b]»\nx: y\n');
    assertMistake("owner: «'it''s»\n");
    assertMistake('owner: «"a\\"»\n');
    assertReads("owner: 'it''s'\nx: \"\\\\\"\n", { owner: "it's", x: "\\" });
  });

  it("points to what follows a closing quote or bracket", () => {
    assertMistake('owner: "team" «payments»\nx: y\n');
    assertMistake("description: 'it'«s ok'»\n");
    assertMistake("hosts:\n  - [1-3]«web»\n");
    assertMistake('"a" «b: c»\n');
    assertMistake('hosts:\n  - "a"«,»\n  - "b"\n');
    assert.match(said('hosts:\n  - "a",\n')[0]?.help ?? "", /^remove it: /);
  });

  it("points to the place of a missing comma", () => {
    assertMistake('x: ["a" «"b"»]\n');
    assertMistake("labels: { a: «b c: d» }\n");
    assertMistake('{\n  "a": «1»\n  "b": 2\n}\n');
    assertMistake("hosts: [\n  a,\n  «b»\n  c: d\n]\n");
    assertMistake("hosts: [a,«,»b]\n");
    assertMistake("hosts: [\n  «- a»\n  - b\n]\n");
  });

  it("points to the whole word of a host range that lacks quotes", () => {
    assertMistake("hosts: [ «web[1-3].x» ]\n");
    assertMistake("hosts: [ a, «web[1-3]», b ]\n");
    assertMistake("targets: [ «http://a:80/x{y}» ]\n");
    assertReads("hosts: [ 'web[1-3].x' ]\n", { hosts: ["web[1-3].x"] });
    assertReads("hosts:\n  - web[1-3].x\n", { hosts: ["web[1-3].x"] });
  });
});

describe("yaml/syntax: lines", (it) => {
  it("points to the line that has no colon, or no space behind it", () => {
    assertMistake("service: a\n«owner team»\nshard: b\n");
    assertMistake("«service a»\nowner: team\n");
    assertMistake("\n\n«service a»\nowner: team\n");
    assertMistake("projects:\n  - name: a\n    «hosts»\n      - a\n");
    assertMistake("service: a\n«owner:team»\nshard: b\n");
    assertMistake("labels:\n  a: b\n  «c:d»\n");
    for (const pair of ["a:b", "a=b", "a = b", "a => b", "a b"]) {
      assertLeftOut(`labels: { «${pair}», c: d }\n`);
      assert.is(said(`labels: { c: d, ${pair} }\n`)[0]?.help, "write `a: b`", pair);
    }
    assertMistake("labels:\n  «env=prod»\n  a: b\n");
    assertReads("labels:\n  a: b\n  c: d:e\n", { labels: { a: "b", c: "d:e" } });
  });

  it("says what to write instead", () => {
    const help = (text: string): string => parse(text).diagnostics[0]?.help ?? "";
    assert.is(help("service: a\nowner:team\nshard: b\n"), "write `owner: team`");
    assert.is(help("labels: {a:b}\n"), "write `a: b`");
    for (const sign of ["=", "==", "=>", ":=", "->"])
      assert.is(help(`a: 1\nowner ${sign} b\n`), "write `owner: b`", sign);
    assert.is(help("hosts:\n  - a\n  -{ host: b, labels: { c: d } }\n"), "write `- { host: b, labels: { c: d } }`");
    assert.is(help("exporters:\n  - a\n  -job: b\n    port: 1\n"), "write `- job: b`");
    assert.is(help("hosts:\n  - web1\n  -web2\n"), "write `- web2`");
    assert.is(help("hosts:\n  - web1\n  web2\n  - web3\n"), "write `- web2`, like the other items");
    assert.match(help("description: Payments: cards\n"), /"Payments: cards"$/);
  });

  it("points to the item without its dash, also where YAML stumbles in another line", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    const items = "\n  - { host: b, labels: { c: d } }\n  - e\n";
    asked(`hosts:\n  «a»${items}`, "write `- a`, like the other items");
    asked(`hosts:\n  - a\n  «{ host: f }»${items}`, "write `- { host: f }`, like the other items");
    asked("exporters:\n  - a\n    «job: b»\n    port: 1\n", "write `- job: b` in column 3, like the other items");
    asked("exporters:\n  - a\n  «job: b»\n    port: 1\n", "write `- job: b`, like the other items");
    const second = "\n    farm: b\n  - name: c\n    farm: d\nlabels: { e: f }\n";
    asked(`projects:\n    «name: a»${second}`, "write `- name: a` in column 3, like the other items");
    asked("projects:\n  - name: a\n    farm: b\n  «name: c»\n    farm: d\n", "write `- name: c`, like the other items");
    asked(
      "hosts:\n  - a\n    «labels: { b: c }»\n  - d\n",
      "give that text a key, such as `- host: a`; if an item begins here, write a dash before it",
    );
  });

  it("asks for the dash of an address with a port before the space of a key", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    for (const address of ["c.d:25", "c:9115", "10.1.2.3:53"]) {
      asked(`targets:\n- a.b:25\n«${address}»\n`, `write \`- ${address}\`, like the other items`);
      asked(`targets:\n- a.b:25\n«${address}»\n- e.f:25\nx: y\n`, `write \`- ${address}\`, like the other items`);
      asked(`a:\n  targets:\n  «${address}»\n  - e.f:25\n`, `write \`- ${address}\`, like the other items`);
    }
    asked("exporters:\n- job: a\n«port:25»\n", "write `port: 25`");
    asked("labels:\n  a: b\n  «rack:25»\nhosts: [c]\n", "write `rack: 25`");
    asked("projects:\n- name: a\n  exporters:\n  - b\n  «hosts:[c]»\n", "write `hosts: [c]`");
  });

  it("asks for the colon of a key with a list in its own column", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    const rest = "- { host: a, labels: { b: c } }\n- d\n";
    asked(`farm: a\n«hosts»\n${rest}`, "write `hosts:`");
    asked(`farm: a\n«hots»\n${rest}`, "write `hots:`");
    asked(`farm: a\n«hosts»\n  ${rest.replace("\n-", "\n  -")}`, "write `hosts:`");
    asked("service: a\n«labels»\n  b: c\nowner: d\n", "write `labels:`");
    asked(
      "projects:\n- name: a\n  hosts:\n  - b\n  «exporters»\n  - node\n  - job: c\n    port: 1\n",
      "write `exporters:`",
    );
    asked("- name: a\n  «exporters»\n  - node\n- name: b\n  farm: c\n", "write `exporters:`");
    // Among items, and as the first of them, it is one.
    asked(`hosts:\n- a\n«b»\n${rest}`, "write `- b`, like the other items");
    asked(`hosts:\n«b»\n${rest}`, "write `- b`, like the other items");
  });

  it("names the key of the list's items for the text that a key stands in", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    const dash = "; if an item begins here, write a dash before it";
    for (const [list, key] of [
      ["exporters", "job"],
      ["probes", "module"],
      ["projects", "name"],
      ["hosts", "host"],
    ]) {
      asked(`${list}:\n- x: y\n- a\n  «port: 1»\n`, `give that text a key, such as \`- ${key}: a\`${dash}`);
      asked(`- ${list}: # c\n    - a\n      «port: 1»\n`, `give that text a key, such as \`- ${key}: a\`${dash}`);
    }
    for (const above of ["servers:\n", "hosts: a\nb:\n", ""])
      asked(`${above}- a\n  «port: 1»\n`, `give that text a key${dash}`);
  });

  it("points to what was meant as `---`", () => {
    for (const line of ["--", "----", "===", "———", "~~~~"]) assertMistake(`a: b\n«${line}»\nc: d\n`);
    assertMistake("a: [b]\n «---»\nc: d\n");
    assertReads("a: b\n---\nc: d\n", { a: "b" }, { c: "d" });
  });

  it("points to the item without its dash, or without the space behind it", () => {
    assertMistake("hosts:\n  - web1\n  «web2»\n  - web3\n");
    assertMistake("hosts:\n  - web1\n  «-web2»\n");
    assertMistake("hosts:\n  «{ host: web1 }»\n  - web2\n");
    assertMistake("projects:\n- name: a\n  hosts:\n    «{ host: web1 }»\n    - web2\n");
    assertMistake('hosts:\n  «"web1"»\n  - web2\n');
    assertMistake("hosts: «- a»\n  - b\n");
    assertMistake("b: c\n«- a»\n");
    // The key below belongs to no item.
    assertMistake("b: c\n«- a»\nd: e\n");
    assertReads("hosts:\n- web1\n- -web2\n", { hosts: ["web1", "-web2"] });
  });

  it("points to the line that starts in the wrong column", () => {
    assertMistake("service: a\n  «owner: b»\n");
    assertMistake("projects:\n  - name: a\n     «farm: b»\n");
    assertMistake("projects:\n  - name: a\n   «farm: b» # c\n");
    assertMistake("projects:\n  - name: a\n  «farm: b»\n");
    assertMistake("hosts:\n    - a\n  «- b»\n");
    assertMistake("a:\n    b: 1\n  «c: 2»\nd: 3\n");
    assertMistake("- a\n«b: c»\n");
    assertMistake("labels: a\n  «b: c»\n");
  });

  it("names the columns in which the line could start", () => {
    const message = parse("projects:\n  - name: a\n    hosts:\n      - x\n   farm: b\n").diagnostics[0]?.message ?? "";
    assert.match(message, /column 4\b.*column 5 or 1$/);
  });

  it("points to the line that stands further left than those around it", () => {
    const exporter = "- job: a\n  port: 1\n  path: /\n  scheme: b\n";
    assertMistake(`exporters:\n${exporter.replace(/^/gm, "    ").replace("      path: /", "  «path: /»")}`);
    const project =
      "  - name: p\n    farm: f\n    hosts:\n      - a\n    exporters:\n      - b\n  - name: q\n    farm: g\n";
    assertMistake(`projects:\n${project.replace("    farm: f", "«farm: f»")}`);
  });

  it("points to a key that has a bracket behind it, but no colon or space", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    for (const sign of [" ", ":"]) asked(`«labels${sign}{ a: b, c: d }»\nx: y\n`, "write `labels: { a: b, c: d }`");
    asked("- «host: a, labels: { b: c } }»\n- d\n", "write `{ ` before `host`, or remove the `}`");
    assertLeftOut("«labels { a: b }»\nc: d\n");
    assert.is(said("exporters:\n  node { port: 9100 } # c\n")[0]?.help, "write `node: { port: 9100 }`");
  });

  it("points to an item whose key lacks its colon or the space behind it", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    asked("exporters:\n- «job a»\n  port: 1\n- b\n", "write `job: a`");
    asked("probes:\n- «module:a»\n  targets:\n  - b\n- module: c\n", "write `module: a`");
    asked("probes:\n  «-module: a»\n    targets:\n      - b\n  - module: c\n", "write `- module: a`");
  });

  it("points to words that are no line of YAML, and takes them for a comment", () => {
    const rest = "  - name: q\n    labels: { a: b }\n    hosts:\n      - a\n    exporters:\n      - c\n";
    for (const words of ["Some words for people", "Some more words: for people", "Please keep them sorted"]) {
      assertMistake(`projects:\n${rest}\n  «${words}»\n${rest}`);
      assert.match(said(`projects:\n${rest}\n  ${words}\n${rest}`)[0]?.help ?? "", "write `# ` before them");
    }
  });

  it("points to text that begins like an alias or anchor", () => {
    assertMistake("service: a\ndescription: «*b* is c»\nowner: d\n");
    assertMistake("description: «&b, c» # d\nowner: d\n");
    assertReads("description: &b c\n", { description: "c" });
  });

  it("points to the value that holds a colon and a space", () => {
    assertMistake("service: a\ndescription: «Payments: the card part» # c\n");
    assertMistake("path: «http://x: y»\n");
    assertReads("path: http://x:80/y\ndescription: 'a: b'\n", { path: "http://x:80/y", description: "a: b" });
  });

  it("points to what plain text must not start with, and to an unknown escape", () => {
    assertMistake("owner: «@team a»\n");
    assertMistake("owner: «`x`»\n");
    assertMistake("owner: «%x» # c\n");
    assertMistake("hosts: [a, «@b», c]\n");
    assertMistake("labels: { a: «@b c» }\n");
    assertMistake('path: "C:«\\p»rog"\n');
    assertMistake('path: "«\\x4»"\n');
    assertMistake("«%x: y»\n");
    assertReads("owner: a@b %x\npath: 'C:\\prog'\n", { owner: "a@b %x", path: "C:\\prog" });
  });

  it("points to what stands behind `|`, `---` or without space before `#`", () => {
    assertMistake("description: | «text»\n  more\n");
    assertMistake("«--- a: b»\n");
    assertMistake("a: b\n«... x»\n");
    assertMistake("hosts: [a]«#c»\n");
  });

  it("refuses keys that are none", () => {
    assertLeftOut("«[a]»: b\n");
    assertLeftOut("? «{ a: b }»\n: c\n");
    assertLeftOut("«:» x\n");
    assertMistake(`«${"x".repeat(1100)}»: a\n`);
  });

  it("takes a comment in the first column for one everywhere", () => {
    assertReads("a: { b: c\n# no\n}\n", { a: { b: "c" } });
    assertReads("# promgen-ignored\na: {b: c\n# no\n}\n", { a: { b: "c" } });
  });
});

describe("yaml/syntax: brackets inside of brackets", (it) => {
  it("says which text needs quotes", () => {
    const cases = [
      ["- { host: «web[01-20].x», labels: { r: a } }\n", '"web[01-20].x"'],
      ["- { host: «web{1,2}.x», labels: { r: a } }\n", '"web{1,2}.x"'],
      ["hosts: [a, «web[1-3].x», b]\n", '"web[1-3].x"'],
      ["hosts: [«web[1-3]»]\n", '"web[1-3]"'],
      ['hosts: [«web[1-3]"»]\n', '"web[1-3]"'],
      ["hosts: [«`web[1-3]`», a]\n", '"web[1-3]"'],
    ] as const;
    for (const [marked, quoted] of cases) {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, `put it in quotes: ${quoted}`);
    }
  });
});

describe("yaml/syntax: what is in a file by accident", (it) => {
  it("finds a merge conflict, once", () => {
    assertMistake("service: a\n«<<<<<<< HEAD»\nowner: b\n=======\nowner: c\n>>>>>>> x\nshard: d\n");
    assertMistake("hosts:\n  - a\n«<<<<<<< HEAD»\n  - b\n=======\n  - c\n>>>>>>> x\n  - d\n");
  });

  it("finds a diff, once", () => {
    assertMistake("«+farm: a»\n+hosts:\n+  - b\n+  - c\n");
    assertMistake("hosts:\n  - a\n-  - b\n«+  - c»\n  - { host: d, labels: { e: f } }\n");
    assertReads("a: |\n  +service: b\n", { a: "+service: b\n" });
  });

  it("finds what is left of one", () => {
    for (const line of ["=======", ">>>>>>> feature", "|||||||"]) {
      assertMistake(`service: s\nowner: x\n«${line}»\nshard: a\n`);
      assert.match(said(`service: s\nowner: x\n${line}\n`)[0]?.message ?? "", "merge conflict");
    }
    assertReads("a: |\n  =======\n", { a: "=======\n" });
  });

  it("finds templates", () => {
    assertLeftOut("host: «{{ name }}»\n");
    assertMistake("host: «{{ name }}».example.com\n");
    assertMistake("«{% for x in y %}»\nhost: a\n{% endfor %}\n");
    assertReads("host: '{{ name }}'\n", { host: "{{ name }}" });
  });

  it("finds templates that YAML takes for something else", () => {
    for (const [marked, text] of [
      ["- { host: «${H}.x» }\n", "${H}.x"],
      ["labels: { team: «${T}» }\n", "${T}"],
      ["name: «%(x)s» # c\n", "%(x)s"],
      ["hosts: [a, «%(x)s», b]\n", "%(x)s"],
    ] as const) {
      assertMistake(marked);
      const [only] = said(marked.replace(/[«»]/g, ""));
      assert.match(only?.message ?? "", "nothing fills it in here");
      assert.match(only?.help ?? "", `; where that text is meant, put it in quotes: "${text}"`);
    }
  });

  it("finds full-width characters in place of YAML's own", () => {
    assertMistake("service: a\nowner«：» b\n");
    assertMistake("labels: { a: b«，» c: d }\n");
    assertReads("description: 決済：カード\n", { description: "決済：カード" });
  });

  it("finds smart quotes around what needs straight ones", () => {
    const asked = (marked: string, help: string): void => {
      assertMistake(marked);
      assert.is(said(marked.replace(/[«»]/g, ""))[0]?.help, help);
    };
    for (const [open, close] of ["“”", "‘’", "„“", "＂＂"]) {
      asked(`hosts: [a, «${open}web[1-3]${close}»]\n`, 'write `"web[1-3]"`, with straight quotes');
      asked(`- { host: «${open}web[1-3]${close}», labels: { a: b } }\n`, 'write `"web[1-3]"`, with straight quotes');
      asked(`description: «${open}a: b${close}» # c\nx: y\n`, 'write `"a: b"`, with straight quotes');
    }
    asked('a: «"b”»\nc: "d"\n', 'write `"b"`, with straight quotes');
    asked("a:\n- «'b’»\n- c\n", 'write `"b"`, with straight quotes');
    assertMistake("description: «“a” and b: c»\n");
    assertReads("description: “a”\n", { description: "“a”" });
  });

  it("finds spaces that are none to YAML", () => {
    assertMistake("service: a\nowner:«\u00a0»b\n");
    assertMistake("hosts:\n  - a\n  -«\u3000»b\n");
  });

  it("finds them in front of a line above the one that fits no more", () => {
    const rest = "\n      - a\n    exporters:\n      - node\n  - name: q\n    farm: x\n";
    assertMistake(`projects:\n  - name: p\n    farm: f\n«\u00a0»\u00a0\u00a0\u00a0hosts:${rest}`);
    assertMistake(`projects:\n  - name: p\n«\u3000»\u3000hosts:${rest}`);
    assertMistake(
      "projects:\n  - name: p\n    exporters:\n«\u00a0»     - node\n      - jvm\n  - name: q\n    farm: x\n",
    );
    assertMistake("d: |\n  \u00a0- x: y\nprojects:\n- name: p\n «farm: f»\n");
  });

  it("finds a carriage return alone", () => {
    assertMistake("a: b«\r»c: d\r");
    assertReads("a: b\r\nc:\r\n- d\r\n", { a: "b", c: ["d"] });
  });
});

describe("yaml/syntax: one finding a mistake", (it) => {
  it("finds mistakes that are apart from each other", () => {
    assertFindings("a: b\n«c d»\ne: f\ng: «@h»\ni: j\n", ERROR, ERROR);
    assertFindings('a: b\n---\n«[c»\n---\n«"d»\n', ERROR, ERROR);
  });

  it("does not report what follows from a mistake", () => {
    assert.is(found("hosts: [a, b\nlabels: { c: d }\nx: @y\n").length, 1);
    assert.is(found('service: "a\nowner: @b\n').length, 1);
  });

  it("does not report the rest of a list with an item that is none", () => {
    const rest = "\n      - { host: c, labels: { d: e } }\n      - f: g\n    exporters: [x]\n";
    for (const item of ["«-b»", "«b»", "-«\u00a0»b", "-«\u3000»b", '«-"b"»', "«-[b, c]»", "«-{ b: c }»"])
      assertMistake(`projects:\n  - name: p\n    hosts:\n      - a\n      ${item}${rest}`);
    assertMistake(`projects:\n  - name: p\n    hosts:\n      - a\n  «\u00a0»\u00a0\u00a0\u00a0- b${rest}`);
    assertMistake("hosts:\n- a\n«-b»\n- { host: c, labels: { d: e } }\nx: y\n");
  });

  it("reports what is behind such a list, and more than one wrong item", () => {
    assertFindings("hosts:\n  - a\n  «-b»\n  - c: d\nowner: «@e»\nx: y\n", ERROR, ERROR);
    assertFindings("hosts:\n  - «@a»\n  - «@b»\n", ERROR, ERROR);
  });

  it("does not advise to take a value away, which may be a host", () => {
    const text = "hosts:\n  - host: a\n      labels: { b: c }\n";
    assert.equal(found(text).length, 1);
    assert.not.match(said(text)[0]?.help ?? "", "remove");
  });

  it("does not report a list below a key that has a value", () => {
    const hosts = "hosts: +\n  «- a»\n  - { host: b, labels: { c: d } }\n";
    assertMistake(`${hosts}owner: e\nx: y\n`);
  });

  it("asks for the key of a list below one that has a value", () => {
    const help = (text: string): string => said(text)[0]?.help ?? "";
    const project = "projects:\n  - name: a\n    farm: b\n";
    assertMistake(`${project}      «- node»\n      - job: c\n        port: 1\n`);
    assert.match(help(`${project}      - node\n      - job: c\n`), /^write `key:` on a line before the list/);
    assertMistake("projects:\n  - name: a\n    shard: [b, c]\n      «- web1»\n      - web2\n    exporters: [node]\n");
    const tooFar = "exporters:\n  - job: a\n    port: 1\n      - job: b\n";
    assert.match(help(tooFar), "`key:` on a line before the list");
  });

  it("does not report the keys below one that has an equals sign for its colon", () => {
    const project =
      "  - name: p\n    hosts:\n      - a\n    exporters:\n      - b\n      - job: c\n        port: 1\n        path: /\n        scheme: d\n";
    for (const key of ["projects", "    hosts", "    exporters"]) {
      const marked = key.replace(/\w+/, "«$&=»");
      assertMistake(`service: s\nprojects:\n${project}${project}`.replace(`${key}:`, marked));
    }
    assert.is(said("farm: f\nhosts =\n  - a\n  - b\n")[0]?.help, "write `hosts:`");
  });

  it("does not report the keys beside one behind a space that is none", () => {
    const exporter = "      - job: c\n        port: 1\n        path: /\n        scheme: d\n";
    assertMistake(`exporters:\n${exporter.replace("   port", "  «\u00a0»port")}`);
    assertMistake(`exporters:\n${exporter.replace("      port", "    «\u3000»port")}`);
  });

  it("reports spaces that are none once a line", () => {
    for (const spaces of ["\u00a0\u00a0", "\u00a0\u00a0\u00a0", "\u3000\u3000"])
      assertMistake(`projects:\n  - name: a\n  «${spaces[0]}»${spaces.slice(1)}farm: b\n    exporters: [c]\n`);
    const two = "  «\u00a0»\u00a0farm: b\n  «\u00a0»\u00a0exporters: [c]\n";
    assertFindings(`projects:\n  - name: a\n${two}    hosts: [d]\n`, ERROR, ERROR);
  });

  it("does not report lines that are right but for one above them", () => {
    const rest =
      ":\n      - a\n    exporters:\n      - node\n      - { job: app, port: 8080 }\n  - name: q\n    farm: x\n";
    for (const indent of ["\t", "   ", "     "]) {
      const [only, ...others] = said(`service: s\nprojects:\n  - name: p\n${indent}hosts${rest}`);
      assert.match(only?.message ?? "", "`hosts:`", indent);
      assert.equal(others, [], indent);
    }
  });

  it("finds nothing in what only looks odd", () => {
    assertReads("");
    assertReads("# only a comment\n");
    assertReads("a: b # c\n\n\n# d\ne:\n- f\n-   g\n", { a: "b", e: ["f", "g"] });
    assertReads("{ a: [ 1, 2, ], }\n", { a: [1, 2] });
    assertReads('{"a":1}\n', { a: 1 });
    assertReads("a:\n  b: >-\n    c\n    d\n", { a: { b: "c d" } });
  });

  it("marks ends of lines of Windows no differently", () => {
    assertMistake("service: a\r\n«owner team»\r\nshard: b\r\n");
    assertMistake("hosts: «[a, b»\r\nx: y\r\n");
  });
});
