import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout, without a slash at its end. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/**
 * Writes through a temporary file and a rename, so that a program which runs meanwhile reads the old file or the new
 * one; a file that already holds these bytes is not touched, so that watchers stay quiet.
 */
export async function writeIfChanged(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const bytes = Buffer.from(content);
  const old = await readFile(path).catch(() => undefined);
  if (old === undefined || !bytes.equals(old)) {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      await writeFile(temporary, bytes, { mode });
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
  await chmod(path, mode);
}
