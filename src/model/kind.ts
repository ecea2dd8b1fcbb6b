/**
 * The kinds of documents in an inventory.
 */
export type Kind = "service" | "farm" | "shard";

/** A document is of the first of these whose key it has. */
export const KINDS: readonly Kind[] = ["service", "farm", "shard"];

/** Keys that tell the kind of a document that lacks its first one. */
export const TELLING: Readonly<Record<Kind, readonly string[]>> = {
  service: ["projects", "owner"],
  farm: ["hosts", "source"],
  shard: ["servers", "limits", "prometheus", "enabled"],
};

/** The key without which a document of the kind is of little use: it tells more than the others. */
export const MAIN: Readonly<Record<Kind, string>> = { service: "projects", farm: "hosts", shard: "servers" };
