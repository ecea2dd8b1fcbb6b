/** Every rule about meaning, in the order in which they run. */
import type { Rule } from "./rule.ts";

export const CHECKS: readonly Rule[] = [];
