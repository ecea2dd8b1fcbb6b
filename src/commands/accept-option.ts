/** The option by which somebody accepts what the safety gate holds back. */
import { Option } from "commander";

/** Its value is a list: it may be given again. */
export function acceptOption(): Option {
  return new Option(
    "--accept <digest>",
    "let pass what the safety gate holds back under this digest; may be given again",
  )
    .argParser((digest: string, digests: readonly string[]) => [...digests, digest])
    .default([], "none");
}
