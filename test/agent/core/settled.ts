/** Where most tests of a run begin: a host with one generation, and the next one. */
import * as assert from "uvu/assert";
import { Host, hosts, release } from "./host.ts";

export const OLD = release(100, hosts(20));
export const NEW = release(200, hosts(25), { urls: ["https://b.example.com/"] });

/** A host that has OLD, confirmed. */
export async function settled(): Promise<Host> {
  const host = new Host(OLD);
  assert.is((await host.sync()).exit, 0);
  return host;
}
