/**
 * CODEOWNERS from `owner` of the services.
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
import type { Inventory } from "../../model/inventory.ts";
import { visible } from "../../report/visible.ts";

const HEAD = `# Whose review a change needs, where the branch is protected by "Require review from Code Owners". The last line that fits
# a file wins. \`promgen-gen init\` made this from \`owner\` of the services.
`;

/**
 * The text of a CODEOWNERS file: a line for each file that has a service with an owner; a comment, where that cannot be said.
 *
 * @param prefix the way from the root of the repository to the inventory, with `/` at its end; or ""
 * @param organisation to which teams belong that are written without one
 */
export function codeOwners(inventory: Inventory, prefix: string, organisation: string | undefined): string {
  const owners = ownersByFile(inventory);
  const lines = [...owners.keys()].sort().map((file) => {
    const names = [...(owners.get(file) ?? [])];
    const pattern = patternOf(`/${prefix}${file}`);
    const said = names.map((name) => handleOf(name, organisation));
    if (pattern !== undefined && said.every((handle) => handle !== undefined)) return `${pattern} ${said.join(" ")}`;
    const why = pattern === undefined ? "a path that CODEOWNERS cannot have" : "write a team as @organisation/team";
    return `# /${visible(prefix + file)} ${names.map(visible).join(", ")} (${why})`;
  });
  return [HEAD, ...lines].join("\n") + "\n";
}

/** The owners of what is in a file. An owner is given in one document of a service, and counts for all of them. */
function ownersByFile({ services }: Inventory): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { parts } of services) {
    const owner = parts.find((part) => part.owner !== undefined)?.owner?.trim();
    if (owner === undefined || owner === "") continue;
    for (const { origin } of parts) {
      const known = owners.get(origin.file);
      if (known === undefined) owners.set(origin.file, new Set([owner]));
      else known.add(owner);
    }
  }
  return owners;
}

/** As CODEOWNERS knows owners: `@name`, `@organisation/team` or an address. */
function handleOf(owner: string, organisation: string | undefined): string | undefined {
  if (/^@[\w.-]+(?:\/[\w.-]+)?$/.test(owner) || /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(owner)) return owner;
  return organisation !== undefined && /^[\w-]+$/.test(owner) ? `@${organisation}/${owner}` : undefined;
}

/** Patterns have no ranges and no negation; a space is written with a backslash. */
function patternOf(path: string): string | undefined {
  return /[\p{C}\p{Zl}\p{Zp}[\]!*?\\#]/u.test(path) ? undefined : path.replaceAll(" ", String.raw`\ `);
}
