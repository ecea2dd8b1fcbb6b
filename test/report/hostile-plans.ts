/** Plans in which every name, label and address may be hostile. */
import * as fc from "fast-check";
import type { Shards } from "../plan/sides.ts";
import { hostileText } from "./code-spans.ts";

/** Few different texts, so that two of them have something in common. */
export function hostileShards(): fc.Arbitrary<Shards> {
  const name = fc.oneof(fc.constantFrom("a", "@b", "c`|`", "<d>"), hostileText(30));
  const labels = fc.record(
    { project: name, service: name, job: name, env: name, __param_x: name, __metrics_path__: name },
    { requiredKeys: ["project"] },
  );
  const group = fc.tuple(
    labels,
    fc.array(fc.oneof(fc.constantFrom("w1:1", "w2:1", "[::1]:2"), hostileText(30)), { maxLength: 4 }),
  );
  const groups = fc.array(group, { maxLength: 3 });
  const servers = fc.array(name, { maxLength: 4 });
  const shard = fc.record({ groups, urls: groups, isEnabled: fc.boolean(), servers }, { requiredKeys: ["groups"] });
  return fc.dictionary(name, shard, { maxKeys: 3 });
}
