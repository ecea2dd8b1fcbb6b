/** Which IP addresses are somebody's own: loopback, private networks, link-local and the clouds' metadata services. */
import { BlockList, isIP, isIPv4 } from "node:net";

/** IANA's special-purpose registries, and Azure's metadata address, which looks public. */
const IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const IPV6: readonly (readonly [string, number])[] = [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

/** The host of a URL without the brackets of an IPv6 address, the dot at the end of a name, and a zone. */
export function bareHost(host: string): string {
  return host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/%.*$/, "")
    .replace(/\.$/, "")
    .toLowerCase();
}

/** Whether a name or an address is this host itself. Names are not looked up. */
export function isLoopback(host: string): boolean {
  const bare = bareHost(host);
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  const address = embeddedIPv4(bare) ?? bare;
  return address === "::1" || (isIPv4(address) && address.startsWith("127."));
}

/** Whether an address is not one of the public internet. False for names. */
export function isPrivateAddress(host: string): boolean {
  const bare = bareHost(host);
  const address = embeddedIPv4(bare) ?? bare;
  const family = isIP(address);
  if (family === 0) return false;
  const ranges = new BlockList();
  for (const [network, prefix] of family === 4 ? IPV4 : IPV6)
    ranges.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
  return ranges.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64 (64:ff9b::/96) and 6to4 (2002::/16). */
function embeddedIPv4(address: string): string | undefined {
  const groups = ipv6Groups(address);
  if (groups === undefined) return undefined;
  const startsWith = (...start: number[]): boolean => start.every((group, index) => groups[index] === group);
  const at = (index: number): string => {
    const [high = 0, low = 0] = groups.slice(index, index + 2);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  };
  if (startsWith(0, 0, 0, 0, 0, 0xffff) || startsWith(0x64, 0xff9b, 0, 0, 0, 0)) return at(6);
  if (startsWith(0x2002)) return at(1);
  // `::` and `::1` have ranges of their own.
  if (startsWith(0, 0, 0, 0, 0, 0) && (groups[6] !== 0 || (groups[7] ?? 0) > 1)) return at(6);
  return undefined;
}

function ipv6Groups(address: string): readonly number[] | undefined {
  if (isIP(address) !== 6) return undefined;
  // The URL parser writes every address in one way: hexadecimal, with the longest run of zeros as `::`.
  const { hostname } = new URL(`http://[${address}]/`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const numbers = (text: string | undefined): number[] =>
    text === undefined || text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [start, end] = [numbers(head), numbers(tail)];
  return [...start, ...Array.from({ length: 8 - start.length - end.length }, () => 0), ...end];
}
