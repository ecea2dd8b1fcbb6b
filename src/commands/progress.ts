/**
 * A line on the terminal for work that takes more than a second.
 */
import type { Io } from "../io.ts";

const QUIET_MS = 1000;
const STEP_MS = 100;

export interface ShownProgress {
  step(done: number, total: number): void;
  /** Takes the line away. */
  end(): void;
}

/** Nothing is shown where standard error is no terminal. */
export function showProgress(io: Io): ShownProgress {
  if (!io.stderr.isTerminal) return { step: () => {}, end: () => {} };
  const start = io.now();
  let last = start;
  let isShown = false;
  return {
    step(done, total) {
      const now = io.now();
      if (now - start < QUIET_MS || now - last < STEP_MS) return;
      last = now;
      isShown = true;
      io.stderr.write(`\r\u001b[2Kreading ${done} of ${total} files`);
    },
    end() {
      if (isShown) io.stderr.write("\r\u001b[2K");
    },
  };
}
