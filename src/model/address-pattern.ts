/**
 * Several IPv4 addresses in one text, as nmap and people write them: `10.1.2.3-9`, `10.1.2.x`. A resolver would be asked for
 * a host of that name. Names that only hold dashes and digits (`10-1-2-3.example.com`, `ip-10-0-0-1`) are none of these.
 */
import type { HostProblem } from "./host-problem.ts";
import { showText } from "./show-text.ts";

const PATTERN = /^(?=.*[-x*])\d+(?:-\d+)?(?:\.(?:\d+(?:-\d+)?|x+|\*)){3}$/i;

/** `10.1.2.3-10.1.2.9`, within one network. */
const FROM_TO = /^((?:\d+\.){3})(\d+)-\1(\d+)$/;

/** What to say of such a text; `undefined` of any other. */
export function addressPatternProblem(host: string): HostProblem | undefined {
  const pattern = host.replace(FROM_TO, "$1$2-$3");
  if (!PATTERN.test(pattern)) return undefined;
  const message = `${showText(host)} stands for several addresses, and is no host`;
  return { kind: "range", message, help: inBrackets(pattern) };
}

function inBrackets(pattern: string): string {
  const wild = pattern.match(/x+|\*/gi)?.length ?? 0;
  if (wild > 1) return 'list its hosts, in ranges such as `"10.1.2.[1-20]"`';
  if ((pattern.match(/\d+/g) ?? []).some((number) => Number(number) > 255))
    return 'write numbers from 0 to 255, and those of a range in brackets: `"10.1.2.[3-9]"`';
  // With a zero in front, an address has another spelling, and `[03-09]` would keep it.
  const range = pattern
    .replaceAll(/(?<!\d)0+(?=\d)/g, "")
    .replaceAll(/(\d+)-(\d+)/g, (_, a: string, b: string) => (Number(a) > Number(b) ? `[${b}-${a}]` : `[${a}-${b}]`))
    .replace(/x+|\*/i, "[1-20]");
  return wild === 1 ? `list its hosts, such as \`"${range}"\`` : `write \`"${range}"\``;
}
