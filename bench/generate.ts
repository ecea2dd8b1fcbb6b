/**
 * Writes an inventory of any size for the benchmark:
 *
 *   node --import tsx bench/generate.ts --targets 100000 --out DIR [--seed 1] [--bad schema|syntax|style --bad-percent 10]
 *
 * The same arguments write the same bytes. Without --bad, and with --bad style, the inventory is free of findings.
 */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { emitConfig, emitFarm, emitService, emitShard } from "./emit.ts";
import { createInventory } from "./inventory.ts";
import { createPrng } from "./prng.ts";
import { BAD, chooseFiles, spoil } from "./spoil.ts";
import type { Bad } from "./spoil.ts";

export interface Generated {
  targets: number;
  services: number;
  /** All YAML files, promgen.yml included. */
  files: number;
  bytes: number;
  /** Files with a mistake. */
  spoilt: number;
}

export interface GenerateOptions {
  targets: number;
  out: string;
  seed?: number;
  bad?: { kind: Bad; percent: number };
}

/** Writes promgen.yml and targets/ below `out`, which must not hold an inventory already. */
export function generate({ targets, out, seed = 1, bad }: GenerateOptions): Generated {
  const inventory = createInventory(createPrng(seed), targets);
  const result = { targets: inventory.targets, services: inventory.services.length, files: 0, bytes: 0, spoilt: 0 };
  const write = (path: string, text: string): void => {
    writeFileSync(join(out, path), text, { flag: "wx" });
    result.files += 1;
    result.bytes += Buffer.byteLength(text);
  };
  for (const kind of ["shards", "farms", "services"]) mkdirSync(join(out, "targets", kind), { recursive: true });
  write("promgen.yml", emitConfig());
  for (const shard of inventory.shards) write(`targets/shards/${shard.shard}.yml`, emitShard(shard));
  for (const farm of inventory.farms) write(`targets/farms/${farm.farm}.yml`, emitFarm(farm));
  const spoilt = bad === undefined ? new Set<number>() : chooseFiles(inventory.services.length, bad.percent);
  for (const [i, service] of inventory.services.entries()) {
    let text = emitService(service);
    if (bad !== undefined && spoilt.has(i)) text = spoil(text, bad.kind, result.spoilt++);
    write(`targets/services/${service.service}.yml`, text);
  }
  return result;
}

function main(): void {
  const { values } = parseArgs({
    options: {
      targets: { type: "string", default: "10000" },
      out: { type: "string" },
      seed: { type: "string", default: "1" },
      bad: { type: "string" },
      "bad-percent": { type: "string", default: "10" },
    },
  });
  const { out } = values;
  const kind = BAD.find((name) => name === values.bad);
  if (out === undefined) throw new Error("--out DIR is missing");
  if (kind !== values.bad) throw new Error(`--bad ${values.bad}: ${BAD.join(", ")}`);
  const result = generate({
    targets: Number(values.targets),
    out,
    seed: Number(values.seed),
    ...(kind === undefined ? {} : { bad: { kind, percent: Number(values["bad-percent"]) } }),
  });
  console.log(JSON.stringify(result));
}

if (realpathSync(process.argv[1] ?? "") === fileURLToPath(import.meta.url)) main();
