import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { IdentitySet } from "../../../src/agent/check/identity-set.ts";
import { describe } from "../../describe.ts";

describe("agent check: identity set", (it) => {
  it("has what was added more often than it was taken back", () => {
    // Few slots at the ends of the table, so that numbers push each other aside, around its end as well.
    const number = fc.tuple(fc.constantFrom(0, 1, 2, 1022, 1023), fc.nat(4)).map(([low, high]) => low + high * 2 ** 20);
    const deed = fc.record({ number, isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        let set = new IdentitySet();
        const wanted = new Map<number, number>();
        for (const [at, { number: one, isAdded }] of deeds.entries()) {
          const times = wanted.get(one) ?? 0;
          if (isAdded) set.add(one);
          else assert.is(set.remove(one), times > 0);
          wanted.set(one, Math.max(0, times + (isAdded ? 1 : -1)));
          const packed = set.pack();
          if (at % 7 === 0 && packed !== undefined) set = IdentitySet.unpack(packed);
        }
        for (const [one, times] of wanted) assert.is(set.has(one), times > 0);
        assert.is(set.size, [...wanted.values()].filter((times) => times > 0).length);
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });

  it("takes nothing back where it does not know how often it was added", () => {
    const set = new IdentitySet();
    const numbers = Array.from({ length: 10_001 }, (_, at) => at);
    for (const number of [...numbers, ...numbers]) set.add(number);
    assert.is(set.remove(0), false);
    assert.equal([set.size, set.has(0)], [10_001, true]);
  });

  it("grows, and still takes back", () => {
    const set = new IdentitySet();
    const numbers = Array.from({ length: 50_000 }, (_, at) => (at * 2_654_435_761) % 2 ** 53);
    for (const number of numbers) set.add(number);
    for (const number of numbers.slice(0, 49_990)) assert.is(set.remove(number), true);
    assert.is(set.size, 10);
    for (const number of numbers.slice(49_990)) assert.is(set.has(number), true);
  });
});
