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
  const groups: number[] = [];
  let gap = text.startsWith("::") ? 0 : -1;
  let at = gap === 0 ? 2 : 0;
  while (at < text.length) {
    const start = at;
    let group = 0;
    let digit = hexDigit(text.charCodeAt(at));
    while (digit >= 0 && at - start < 5) {
      group = group * 16 + digit;
      digit = hexDigit(text.charCodeAt(++at));
    }
    if (text.charCodeAt(at) === DOT) {
      const embedded = readEmbedded(text.slice(start));
      if (embedded === undefined) return undefined;
      groups.push(Math.floor(embedded / 65_536), embedded % 65_536);
      break;
    }
    if (at === start || at - start > 4) return undefined;
    groups.push(group);
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON || ++at === text.length) return undefined;
    if (text.charCodeAt(at) !== COLON) continue;
    if (gap >= 0) return undefined;
    gap = groups.length;
    at++;
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  return [...groups.slice(0, gap), ...ZEROS.slice(groups.length), ...groups.slice(gap)];
}

const COLON = 58;
const DOT = 46;
const ZEROS: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0];

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The IPv4 address at the end of an IPv6 address: there, leading zeros are not allowed. */
function readEmbedded(text: string): number | undefined {
  return /(?:^|\.)0\d/.test(text) ? undefined : readIpv4(text);
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
  let text = "";
  for (let at = 0; at < 8; at++) {
    if (at === start) {
      text += "::";
      at += length - 1;
    } else text += `${at === 0 || at === start + length ? "" : ":"}${(groups[at] ?? 0).toString(16)}`;
  }
  return text;
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
  if (!/^[\p{L}\p{M}\p{N}._-]+$/u.test(name)) return undefined;
  // Not URL.canParse: once Node 20 has compiled a call of it, it takes the Latin-1 bytes of `é` for UTF-8 and says no.
  try {
    return new URL(`http://${name}/`).hostname;
  } catch {
    return undefined;
  }
}

export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
