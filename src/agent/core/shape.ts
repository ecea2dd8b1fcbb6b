/** Strict reading of JSON values: each shape gives the value back, without keys that it does not know, or throws. */

export type Shape<T> = (value: unknown) => T;

/** The value does not have the shape. */
class Misshapen extends Error {}

export const text: Shape<string> = (value) => {
  if (typeof value !== "string") throw new Misshapen("not a text");
  return value;
};

export const number: Shape<number> = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Misshapen("not a number");
  return value;
};

/** A whole number that a double holds exactly. */
export const count: Shape<number> = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Misshapen("not a whole number");
  return value as number;
};

export function oneOf<T extends string | number>(...allowed: readonly T[]): Shape<T> {
  return (value) => {
    if (!allowed.includes(value as T)) throw new Misshapen("not one of the known words");
    return value as T;
  };
}

export function list<T>(entry: Shape<T>): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new Misshapen("not a list");
    return value.map(entry);
  };
}

/** Any keys, or those of a list, of which some may be missing. */
export function record<K extends string, T>(key: Shape<K>, entry: Shape<T>): Shape<Readonly<Record<K, T>>> {
  return (value) =>
    Object.fromEntries(Object.entries(object(value)).map(([name, each]) => [key(name), entry(each)])) as Record<K, T>;
}

type Fields<T> = { readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> };

/** @param optional keys that may be missing */
export function fields<T extends object>(shapes: Fields<T>, ...optional: readonly (keyof T & string)[]): Shape<T> {
  return (value) => {
    const source = object(value);
    const read: Record<string, unknown> = {};
    for (const [name, shape] of Object.entries<Shape<unknown>>(shapes)) {
      if (Object.hasOwn(source, name)) read[name] = shape(source[name]);
      else if (!optional.includes(name as keyof T & string)) throw new Misshapen(`${name} is missing`);
    }
    return read as T;
  };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Misshapen("not an object");
  return value as Record<string, unknown>;
}
