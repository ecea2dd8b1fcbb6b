/** A checkout of the example inventory, as whoever follows the documents has it. */
import { chmod, cp, mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { CLI, git, ROOT, withDirectory, writeFiles } from "./workplace.ts";

export const AGENT = join(dirname(CLI), "promgen-agent.cjs");

export interface Example {
  /** Of everything; there is more room beside the checkout. */
  readonly directory: string;
  /** A Git repository with one commit. */
  readonly checkout: string;
  /** Finds promgen-gen, promgen-agent, and an npx that runs these two. */
  readonly PATH: string;
}

export async function withExample<T>(act: (example: Example) => Promise<T>): Promise<T> {
  const program = (path: string): string => `#!/bin/sh\nexec '${process.execPath}' '${path}' "$@"\n`;
  const programs = {
    "promgen-gen": program(CLI),
    "promgen-agent": program(AGENT),
    npx: '#!/bin/sh\nexec "$@"\n',
  };
  return await withDirectory({}, async (directory) => {
    const bin = join(directory, "bin");
    await writeFiles(bin, programs);
    for (const name of Object.keys(programs)) await chmod(join(bin, name), 0o755);
    const checkout = join(directory, "checkout");
    await mkdir(checkout);
    for (const path of ["promgen.yml", "targets", "schema", ".gitignore"])
      await cp(join(ROOT, path), join(checkout, path), { recursive: true });
    await git(checkout, "init", "--quiet");
    await git(checkout, "add", "--all");
    await git(checkout, "commit", "--quiet", "--message", "Example");
    const PATH = [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter);
    return await act({ directory, checkout, PATH });
  });
}
