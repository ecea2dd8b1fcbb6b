/**
 * Host names and addresses: the form that is rendered, and the form in which two of them are the same host.
 */

/** IPv6 without brackets, as RFC 4291 writes it; zone ids are not part of it. */
export function isIpv6(text: string): boolean {
  return readIpv6(text) !== undefined;
}

/** The host as it stands in a target: as written, IPv6 in brackets. */
export function renderHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/**
 * The form in which two hosts are compared: lower case, no trailing dot, letters beyond ASCII as IDNA has them
 * (`xn--…`), no leading zeros in IPv4, IPv6 in the form of RFC 5952 without brackets, IPv4-mapped IPv6 as IPv4. Text that
 * is neither name nor address comes back in lower case.
 */
export function canonicalHost(host: string): string {
  if (host.includes(":")) {
    const inner = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
    const groups = readIpv6(inner);
    return groups === undefined ? host.toLowerCase() : formatIpv6(groups);
  }
  const text = host.endsWith(".") ? host.slice(0, -1) : host;
  if (!isAscii(text)) return asciiHost(text) ?? text.normalize("NFC").toLowerCase();
  if (DOTTED_DECIMAL.test(text)) return withoutLeadingZeros(text);
  return text.toLowerCase();
}

const DOTTED_DECIMAL = /^\d+\.\d+\.\d+\.\d+$/;

function withoutLeadingZeros(dotted: string): string {
  return dotted
    .split(".")
    .map((part) => part.replace(/^0+(?=\d)/, ""))
    .join(".");
}

/** The number of an IPv4 address in dotted decimal, leading zeros allowed; `undefined` for anything else. */
export function readIpv4(text: string): number | undefined {
  if (!DOTTED_DECIMAL.test(text)) return undefined;
  let address = 0;
  for (const part of text.split(".")) {
    const byte = Number(part);
    if (byte > 255) return undefined;
    address = address * 256 + byte;
  }
  return address;
}

/** The eight 16-bit groups of an IPv6 address without brackets; `undefined` for anything else. */
export function readIpv6(text: string): readonly number[] | undefined {
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !text.includes(":")) return undefined;
  const gap = text.indexOf("::");
  if (gap < 0) {
    const groups = readGroups(text);
    return groups?.length === 8 ? groups : undefined;
  }
  const head = readGroups(text.slice(0, gap));
  const tail = readGroups(text.slice(gap + 2));
  // An IPv4 tail stands at the very end only; a second `::` leaves an empty group, which is none.
  if (head === undefined || tail === undefined || text.slice(0, gap).includes(".")) return undefined;
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : [...head, ...Array.from({ length: zeros }, () => 0), ...tail];
}

function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const embedded = index === parts.length - 1 && !/(?:^|\.)0\d/.test(part) ? readIpv4(part) : undefined;
      if (embedded === undefined) return undefined;
      groups.push(Math.floor(embedded / 65_536), embedded % 65_536);
    }
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the first of the longest runs of zeros as `::`. IPv4-mapped comes as IPv4. */
function formatIpv6(groups: readonly number[]): string {
  const mapped = mappedIpv4(groups);
  if (mapped !== undefined) return [24, 16, 8, 0].map((shift) => (mapped >>> shift) & 255).join(".");
  let start = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (groups[end] === 0) end++;
    if (end - at <= length) continue;
    start = at;
    length = end - at;
  }
  const hex = groups.map((group) => group.toString(16));
  return start < 0 ? hex.join(":") : `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** The IPv4 address in `::ffff:0:0/96`; `undefined` elsewhere. */
function mappedIpv4(groups: readonly number[]): number | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0) ? high * 65_536 + low : undefined;
}

/**
 * A name with letters beyond ASCII as resolvers are asked for it: https://url.spec.whatwg.org/#idna.
 * `undefined` where IDNA has no form for it. Takes letters, digits, `-`, `_` and dots only.
 */
export function asciiHost(name: string): string | undefined {
  const url = `http://${name}/`;
  return /^[\p{L}\p{M}\p{N}._-]+$/u.test(name) && URL.canParse(url) ? new URL(url).hostname : undefined;
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
