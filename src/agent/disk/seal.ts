import type { BigIntStats } from "node:fs";

/** How a file looks: whoever writes to it, replaces it or gives it other times, mode or owner changes one of these. */
export function sealOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}
