import * as assert from "uvu/assert";
import { AGENT_EXIT, REASONS } from "../../src/agent/failure.ts";
import { EXIT_WORDS, REASON_WORDS, runTrouble } from "../../src/notify/agent-trouble.ts";
import { describe } from "../describe.ts";

describe("the trouble of an agent's run", (it) => {
  it("has words for every exit code of the agent", () => {
    const codes = Object.values(AGENT_EXIT).filter((code) => code !== 0);
    assert.equal(Object.keys(EXIT_WORDS).map(Number), codes);
  });

  it("has words of its own for every reason that its exit code does not tell", () => {
    for (const reason of Object.keys(REASON_WORDS)) assert.ok(Object.hasOwn(REASONS, reason), reason);
    const { refused } = AGENT_EXIT;
    for (const [reason, exit] of Object.entries(REASONS))
      if (exit === refused) assert.is.not(runTrouble(exit, reason), EXIT_WORDS[exit], reason);
  });

  it("is what the exit code says where no reason is known, or one that is none", () => {
    assert.is(runTrouble(6, undefined), "no source answers");
    assert.is(runTrouble(6, "toString"), "no source answers");
    assert.is(runTrouble(9, "<img>"), "the last run ended with exit code 9");
  });
});
