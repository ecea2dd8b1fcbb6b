/** What is refused. */
import { EnvironmentError } from "../src/exit.ts";

/** The EnvironmentError that an act ends with. Throws where it ends well, or with another error. */
export async function refusalOf(act: () => Promise<unknown>): Promise<EnvironmentError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof EnvironmentError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** Its words: `message / hint`. */
export async function refusalWords(act: () => Promise<unknown>): Promise<string> {
  const { message, hint = "" } = await refusalOf(act);
  return `${message} / ${hint}`;
}
