import * as assert from "uvu/assert";
import { hasColor, reportOptions } from "../../src/commands/report-options.ts";
import type { Io, Output } from "../../src/io.ts";
import { describe } from "../describe.ts";

const TERMINAL: Output = { write: () => {}, isTerminal: true, columns: 90 };
const PIPE: Output = { write: () => {}, isTerminal: false, columns: undefined };

function io(env: Io["env"]): Io {
  return { stdout: PIPE, stderr: PIPE, env, cwd: "/", resources: "/", version: "1.2.3", now: () => 0 };
}

describe("report options", (it) => {
  it("colour is for terminals, unless a variable says otherwise", () => {
    const colours = (env: Io["env"]): string =>
      [TERMINAL, PIPE].map((output) => (hasColor(io(env), output) ? "yes" : "no")).join(" ");
    assert.is(colours({}), "yes no");
    assert.is(colours({ NO_COLOR: "1" }), "no no");
    assert.is(colours({ NO_COLOR: "0" }), "no no");
    assert.is(colours({ FORCE_COLOR: "1" }), "yes yes");
    assert.is(colours({ FORCE_COLOR: "3" }), "yes yes");
    assert.is(colours({ FORCE_COLOR: "0" }), "no no");
    assert.is(colours({ NO_COLOR: "1", FORCE_COLOR: "1" }), "no no");
    assert.is(colours({ TERM: "dumb" }), "no no");
    assert.is(colours({ TERM: "dumb", FORCE_COLOR: "1" }), "yes yes");
    // Empty counts as not set: https://no-color.org
    assert.is(colours({ NO_COLOR: "", FORCE_COLOR: "" }), "yes no");
  });

  it("the width is that of the terminal", () => {
    assert.is(reportOptions(io({}), TERMINAL, false).width, 90);
    assert.is(reportOptions(io({}), PIPE, false).width, undefined);
    assert.is(reportOptions(io({}), { ...PIPE, columns: 90 }, false).width, undefined);
  });

  it("passes on what else a report needs", () => {
    const { verbose, version } = reportOptions(io({}), PIPE, true);
    assert.equal([verbose, version], [true, "1.2.3"]);
  });
});
