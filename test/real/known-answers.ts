/** ssh-keygen for an agent that runs again and again: what was asked before is answered as it was then, without a process. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { sshKeygen as ask } from "../../src/agent/trust/ssh-keygen.ts";
import type { Answer, Program } from "../../src/agent/trust/ssh-keygen.ts";

const answers = new Map<string, Answer>();

/** As the agent's own. The same are questions whose files say the same, wherever they lie. */
export async function sshKeygen(
  program: Program,
  args: readonly string[],
  input: Uint8Array,
  signal: AbortSignal,
): Promise<Answer> {
  const words = args.map((word) => (existsSync(word) ? readFileSync(word, "latin1") : word));
  const question = createHash("sha256")
    .update(JSON.stringify([program.path, words]))
    .update(input)
    .digest("hex");
  const answer = answers.get(question) ?? (await ask(program, args, input, signal));
  answers.set(question, answer);
  return answer;
}
