/** What the environment refuses in one thread, on its way to another, which says it: as an error, it would lose its class. */
import { EnvironmentError } from "../exit.ts";

export interface Refusal {
  readonly refused: { readonly message: string; readonly hint: string | undefined };
}

/** Does something; what the environment refuses comes back as a value. */
export function orRefusal<T>(act: () => T): T | Refusal {
  try {
    return act();
  } catch (error) {
    if (error instanceof EnvironmentError) return { refused: { message: error.message, hint: error.hint } };
    throw error;
  }
}

/** Gives what is no refusal. Throws EnvironmentError for one. */
export function unlessRefused<T extends object>(answer: T | Refusal): T {
  if (!("refused" in answer)) return answer;
  throw new EnvironmentError(answer.refused.message, answer.refused.hint);
}
