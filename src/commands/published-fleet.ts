/** Who pulls what is published, for the commands that talk to them or about them. */
import { EnvironmentError } from "../exit.ts";
import type { Io } from "../io.ts";
import { showText } from "../model/show-text.ts";
import { fleetOf } from "../notify/fleet.ts";
import type { FleetServer } from "../notify/fleet.ts";
import { manifestOf, withPublished } from "../publish/published.ts";
import type { Manifest } from "../publish/published.ts";

export interface PublishedFleet {
  readonly manifest: Manifest;
  /** Where it is published, for people. */
  readonly name: string;
  /** Of all shards. */
  readonly servers: readonly FleetServer[];
}

/**
 * Reads manifest.json of what is published, and nothing else of it.
 *
 * @param where as {@link withPublished} takes it
 * @throws {EnvironmentError} where nothing is, too
 */
export async function publishedFleet(io: Io, where: string): Promise<PublishedFleet> {
  return await withPublished(where, io, async (files) => {
    const manifest = files && (await manifestOf(files));
    if (files === undefined || manifest === undefined)
      throw new EnvironmentError(
        `nothing is published at ${files?.name ?? showText(where)}`,
        "publish it first, or name the place with --published: a URL, a directory or a branch",
      );
    const shards = Object.entries(manifest.shards);
    return { manifest, name: files.name, servers: fleetOf(shards.map(([name, { servers }]) => [name, servers])) };
  });
}
