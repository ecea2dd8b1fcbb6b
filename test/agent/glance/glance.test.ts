import * as assert from "uvu/assert";
import { stateOf } from "../../../src/agent/glance/glance.ts";
import { describe } from "../../describe.ts";

describe("agent glance", (it) => {
  it("looks for its note where the command line says that the state is, in both ways to say it", () => {
    const cases: [argv: string[], env: Record<string, string>, state: string][] = [
      [["--state", "/a"], {}, "/a"],
      [["--state=/a"], { PROMGEN_STATE: "/b" }, "/a"],
      [["--state=/a", "--state", "/b"], {}, "/b"],
      [["--state", "/a", "--state=/b=c"], {}, "/b=c"],
      [[], { PROMGEN_STATE: "/b" }, "/b"],
      [["--state"], {}, "/var/lib/promgen-agent"],
    ];
    for (const [words, env, state] of cases)
      assert.is(stateOf({ argv: ["node", "promgen-agent", "sync", ...words], env }), state, words.join(" "));
  });
});
