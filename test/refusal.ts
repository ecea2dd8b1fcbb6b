/** What is refused. */
import { EnvironmentError } from "../src/exit.ts";

/** The error of this class that an act ends with. Throws where it ends well, or with another error. */
export async function errorOf<E extends Error>(expected: new (...args: never[]) => E, act: () => unknown): Promise<E> {
  try {
    await act();
  } catch (error) {
    if (error instanceof expected) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** The EnvironmentError that it ends with. */
export async function refusalOf(act: () => unknown): Promise<EnvironmentError> {
  return await errorOf(EnvironmentError, act);
}

/** Its words: `message / hint`. */
export async function refusalWords(act: () => unknown): Promise<string> {
  const { message, hint = "" } = await refusalOf(act);
  return `${message} / ${hint}`;
}
