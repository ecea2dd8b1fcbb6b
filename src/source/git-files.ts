/**
 * What `git ls-tree -r -z` lists, as ground to walk over: symbolic links are followed as a checkout would follow them.
 */
import type { Entry, Ground, Way } from "./walk.ts";

/** `module` is a submodule: a commit of another repository. */
type Kind = "file" | "directory" | "link" | "module";

/** As often as Linux follows links in one path. */
const MOST_LINKS = 40;

export class GitFiles implements Ground {
  /** Paths of symbolic links. */
  readonly links: readonly string[];
  readonly modules: readonly string[];
  readonly #prefix: readonly string[];
  readonly #kinds = new Map<string, Kind>([["", "directory"]]);
  readonly #ids = new Map<string, string>();
  readonly #children = new Map<string, string[]>();
  #targets: ReadonlyMap<string, string> = new Map();

  /**
   * @param prefix the way from the repository's root down to where the paths begin, "" or with `/` at its end
   * @param listing entries `<mode> <type> <id>\t<path>`, each with a NUL behind it
   */
  constructor(prefix: string, listing: string) {
    this.#prefix = stepsOf(prefix);
    for (const entry of listing.split("\0")) {
      const tab = entry.indexOf("\t");
      if (tab < 0) continue;
      const [mode = "", type, id = ""] = entry.slice(0, tab).split(" ");
      const path = entry.slice(tab + 1);
      this.#add(path, type === "commit" ? "module" : mode === "120000" ? "link" : "file");
      this.#ids.set(path, id);
    }
    this.links = this.#all("link");
    this.modules = this.#all("module");
  }

  /** @param targets where each link leads, as it is written in it. Until then links lead nowhere */
  setTargets(targets: ReadonlyMap<string, string>): void {
    this.#targets = targets;
  }

  /** The id at a path itself, where links are not followed; a directory has none here. */
  idAt(path: string): string | undefined {
    return this.#ids.get(path);
  }

  entries(directory: string): Entry[] {
    const way = this.follow(directory);
    if (way.kind !== "directory") return [];
    const below = way.path === "" ? "" : `${way.path}/`;
    return (this.#children.get(way.path) ?? []).map((name) => {
      const kind = this.#kinds.get(below + name) ?? "file";
      return { name, kind: kind === "module" ? "directory" : kind };
    });
  }

  follow(path: string): Way {
    if (this.links.length === 0 && this.#kinds.get(path) === "file") return { kind: "file", path };
    const waiting = stepsOf(path).toReversed();
    const at = [...this.#prefix];
    let links = 0;
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      if (step === "..") {
        if (at.pop() === undefined) return { kind: "outside" };
        continue;
      }
      at.push(step);
      // No commit says what is there; a way may only lead through it.
      if (at.includes(".git", this.#prefix.length)) continue;
      if (at.length <= this.#prefix.length) {
        // Above the root only the way back down is known.
        if (step !== this.#prefix[at.length - 1]) return { kind: "outside" };
        continue;
      }
      const here = this.#below(at);
      const kind = this.#kinds.get(here);
      if (kind === undefined || (kind === "file" && waiting.length > 0)) return { kind: "nowhere" };
      if (kind !== "link") continue;
      const target = this.#targets.get(here) ?? "";
      if (target.startsWith("/")) return { kind: "outside" };
      if (target === "" || ++links > MOST_LINKS) return { kind: "nowhere" };
      at.pop();
      waiting.push(...stepsOf(target).toReversed());
    }
    if (at.length < this.#prefix.length) return { kind: "outside" };
    if (at.includes(".git", this.#prefix.length)) return { kind: "git" };
    const end = this.#below(at);
    return this.#kinds.get(end) === "file" ? { kind: "file", path: end } : { kind: "directory", path: end };
  }

  #below(steps: readonly string[]): string {
    return steps.slice(this.#prefix.length).join("/");
  }

  #add(path: string, kind: Kind): void {
    this.#kinds.set(path, kind);
    const slash = path.lastIndexOf("/");
    const parent = path.slice(0, Math.max(0, slash));
    const siblings = this.#children.get(parent);
    if (siblings !== undefined) siblings.push(path.slice(slash + 1));
    else {
      this.#children.set(parent, [path.slice(slash + 1)]);
      if (parent !== "") this.#add(parent, "directory");
    }
  }

  #all(wanted: Kind): string[] {
    return [...this.#kinds].flatMap(([path, kind]) => (kind === wanted ? path : []));
  }
}

function stepsOf(path: string): string[] {
  return path.split("/").filter((step) => step !== "" && step !== ".");
}
