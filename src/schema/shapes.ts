/**
 * The shapes of all documents, and the way to one of them.
 */
import type { Path } from "../diagnostic.ts";
import type { Shape } from "./shape.ts";
import { exporter, farm, host, probe, project, service, shard } from "./shape.ts";
import { promgen } from "./shape-config.ts";

export type DocumentKind = "service" | "farm" | "shard" | "promgen";

export const SHAPES: Readonly<Record<DocumentKind, Shape>> = { service, farm, shard, promgen };

/** Every map with closed keys, for "that key belongs there"; those that two documents share, once. */
export const NAMED_MAPS: readonly Shape[] = [service, project, exporter, probe, host, farm, shard];

/** The shape at a route below a document; `undefined` below what nobody knows. */
export function shapeAt(kind: DocumentKind, steps: Path): Shape | undefined {
  let shape: Shape | undefined = SHAPES[kind];
  for (const step of steps) shape = shape && below(shape, step);
  return shape;
}

function below(shape: Shape, step: string | number): Shape | undefined {
  if (typeof step === "string" && shape.keys !== undefined && Object.hasOwn(shape.keys, step)) return shape.keys[step];
  return shape.each;
}
