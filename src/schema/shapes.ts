/**
 * The shapes of all documents, and the way to one of them.
 */
import type { Path } from "../diagnostic.ts";
import type { Shape } from "./shape.ts";
import { exporter, farm, host, probe, project, service, shard } from "./shape.ts";
import { promgen } from "./shape-config.ts";

export type DocumentKind = "service" | "farm" | "shard" | "promgen";

export const SHAPES: Readonly<Record<DocumentKind, Shape>> = { service, farm, shard, promgen };

/** The maps of the inventory, for a key that belongs into a document of another kind. */
export const NAMED_MAPS: readonly Shape[] = [service, project, exporter, probe, host, farm, shard];

/** Every map with closed keys in a document of this kind. */
export function mapsIn(kind: DocumentKind): readonly Shape[] {
  const found = new Set<Shape>();
  const look = (shape: Shape): void => {
    if (shape.noun !== undefined) found.add(shape);
    for (const inner of Object.values(shape.keys ?? {})) look(inner);
    if (shape.each !== undefined) look(shape.each);
  };
  look(SHAPES[kind]);
  return [...found];
}

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
