/** Looking at the state without changing it, and without the lock. */
import type { Clock } from "../clock.ts";
import type { PlaceConfig } from "../config.ts";
import type { AgentState } from "../core/state.ts";
import { Failure } from "../failure.ts";

/**
 * What the last run left; undefined where there never was one.
 *
 * @throws {Failure} where it cannot be read
 */
export async function readState(place: PlaceConfig, clock: Clock): Promise<AgentState | undefined> {
  const [{ openDisk }, { readAgentState }] = await Promise.all([
    import("../disk/open-disk.ts"),
    import("../core/state-file.ts"),
  ]);
  const disk = openDisk(place, clock);
  const bytes = await disk.readState();
  if (bytes === undefined) return undefined;
  const state = readAgentState(bytes, await disk.readContact());
  if (state === "damaged")
    throw new Failure("disk", "state.json is damaged", {
      help: "run promgen-agent sync: it makes the state anew from the signed SHA256SUMS in place",
    });
  return state;
}
