/**
 * The validators that the build compiled from schema/*.schema.json, loaded when they are first needed.
 */
import { createRequire } from "node:module";

export type Validators = typeof import("./validators.cjs");

const require = createRequire(import.meta.url);
let loaded: Validators | undefined;

export function validators(): Validators {
  return (loaded ??= require("./validators.cjs") as Validators);
}
