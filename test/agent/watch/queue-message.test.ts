import * as assert from "uvu/assert";
import { readMessage } from "../../../src/agent/watch/queue-message.ts";
import { describe } from "../../describe.ts";

const US = { queue: "promgen-gen.prometheus001", shard: "東京 a" };
const why = (body: unknown, recipient = US): string => String(readMessage(body, recipient));
const GOOD = { version: 1, queue: US.queue, shard: US.shard, generation: 1_795_334_400, commit: "0".repeat(40) };

describe("agent queue: messages", (it) => {
  it("announce a generation, whatever type their content claims", () => {
    const text = JSON.stringify(GOOD);
    for (const body of [GOOD, text, Buffer.from(text), { ...GOOD, more: "of a later format" }, { ...GOOD, commit: 7 }])
      assert.is(readMessage(body, US), GOOD.generation);
  });

  it("of any shard are for who takes them all", () => {
    assert.is(readMessage({ ...GOOD, shard: "osaka" }, { ...US, shard: "*" }), GOOD.generation);
    assert.match(why({ ...GOOD, shard: "osaka" }, US), "for another shard");
    assert.match(why({ ...GOOD, shard: "*" }, US), "for another shard");
  });

  it("call a shard with composed and with decomposed letters the same", () => {
    const recipient = { ...US, shard: "caf\u00e9" };
    for (const shard of ["caf\u00e9", "cafe\u0301"])
      assert.is(readMessage({ ...GOOD, shard }, recipient), GOOD.generation);
  });

  it("of another host's queue are astray", () => {
    for (const queue of ["prometheus001", "promgen-gen.prometheus002", "", undefined, [US.queue]])
      assert.match(why({ ...GOOD, queue }, US), "for another host");
  });

  it("of a later format ask for an upgrade", () => {
    assert.match(why({ version: 2 }, US), "upgrade promgen-agent");
  });

  it("that are none are refused without a word of their text", () => {
    const hostile = "\u001b[2Jc4n4ry";
    const bodies = [
      Buffer.alloc(0),
      Buffer.from([0xff, 0xfe]),
      hostile,
      Buffer.from(`{"version": 1, "queue": "${US.queue}"`),
      JSON.stringify({ ...GOOD, more: "x".repeat(5000) }),
      null,
      42,
      [],
      [GOOD],
      {},
      { task: "promgen.tasks.write_config", args: [hostile] },
      { ...GOOD, version: "1" },
      { ...GOOD, version: hostile },
      ...[-1, 1.5, Number.NaN, 2 ** 53, "7", hostile, null, undefined].map((generation) => ({ ...GOOD, generation })),
      { ...GOOD, shard: hostile },
      { ...GOOD, queue: hostile },
      JSON.parse('{"__proto__": {"version": 1}}'),
    ];
    for (const body of bodies) {
      assert.type(readMessage(body, US), "string", JSON.stringify(body));
      assert.not.match(why(body), "c4n4ry");
      assert.match(why(body), /^it[\w' .,:-]+$/);
    }
  });
});
