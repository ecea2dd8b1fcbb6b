/**
 * Hosts that are valid and hardly meant: written in another form than the one in which they are compared, or an address
 * that means another machine to every server.
 */
import { canonicalHost, isAscii, readIpv4, readIpv6 } from "./address.ts";
import type { HostProblem } from "./host-problem.ts";
import { showText } from "./show-text.ts";

/** The warnings about a host that has no error. */
export function hostWarnings(host: string): readonly HostProblem[] {
  const warnings: HostProblem[] = [];
  const spelling = spellingProblem(host);
  if (spelling !== undefined) warnings.push(spelling);
  const special = specialProblem(canonicalHost(host));
  if (special !== undefined) {
    warnings.push({
      kind: "special-address",
      message: `${showText(host)} is ${special}`,
      help: "write the name or address by which other machines reach it",
    });
  }
  return warnings;
}

function spellingProblem(host: string): HostProblem | undefined {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  // Letters of any script are written as they are; only their case and compatibility forms (full-width ones) count.
  const canonical = isAscii(bare) ? canonicalHost(bare) : withoutDot(bare.normalize("NFKC").toLowerCase());
  if (canonical === bare) return undefined;
  return {
    kind: "non-canonical",
    message: `${showText(host)} is \`${canonical}\` in another spelling${spellingNote(bare)}`,
    help: `write \`${canonical}\``,
    instead: { host: canonical, note: "" },
  };
}

/** Where two spellings look alike, or mean different things to different programs. */
function spellingNote(host: string): string {
  if (readIpv4(host) !== undefined) return ", and some resolvers read the zeros as octal, which is another address";
  return host.normalize("NFC") === host ? "" : ", with letters put together from parts";
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** What a canonical host is, for the end of a sentence; `undefined` for an ordinary one. */
function specialProblem(host: string): string | undefined {
  if (/^(?:.+\.)?localhost(?:\.localdomain)?$|^ip6-(?:localhost|loopback)$/.test(host))
    return "the loopback interface, by which each machine reaches itself";
  const ipv4 = readIpv4(host);
  if (ipv4 !== undefined) return specialIpv4(ipv4);
  const groups = host.includes(":") ? readIpv6(host) : undefined;
  return groups === undefined ? undefined : specialIpv6(groups);
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
function specialIpv4(address: number): string | undefined {
  const first = Math.floor(address / 0x1000000);
  if (first === 127) return "a loopback address, by which each machine reaches itself";
  if (first === 0) return "the unspecified address or a part of its network, which no host has";
  if (address === 0xa9fea9fe) return "the metadata service of a cloud";
  if (Math.floor(address / 0x10000) === 0xa9fe) return "a link-local address, valid in one network segment only";
  if (address === 0xffffffff) return "the broadcast address";
  if (first >= 240) return "a reserved address, which no host has";
  return first >= 224 ? "a multicast address, which no host has" : undefined;
}

/** https://www.iana.org/assignments/iana-ipv6-special-registry */
function specialIpv6(groups: readonly number[]): string | undefined {
  const [first = 0] = groups;
  if (groups.slice(0, 7).every((group) => group === 0)) {
    if (groups[7] === 0) return "the unspecified address, which no host has";
    if (groups[7] === 1) return "a loopback address, by which each machine reaches itself";
  }
  if (first >> 6 === 0xfe80 >> 6) return "a link-local address, valid in one network segment only";
  if (first >> 8 === 0xff) return "a multicast address, which no host has";
  return groups.map((group) => group.toString(16)).join(":") === "fd00:ec2:0:0:0:0:0:254"
    ? "the metadata service of a cloud"
    : undefined;
}
