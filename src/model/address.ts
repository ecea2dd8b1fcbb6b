/**
 * Host names and addresses: the form that is rendered, and the form in which two of them are the same host.
 */

/** IPv6 without brackets, as the URL standard reads it (https://url.spec.whatwg.org/#concept-ipv6-parser); zone ids are not part of it. */
export function isIpv6(text: string): boolean {
  return text.includes(":") && canonicalIpv6(text) !== undefined;
}

/** The host as it stands in a target: as written, IPv6 in brackets. */
export function renderHost(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

/**
 * The form in which two hosts are compared: lower case, NFC, no trailing dot, no leading zeros in IPv4, IPv6 in the form of
 * RFC 5952 without brackets, IPv4-mapped IPv6 as IPv4. Text that is neither comes back in lower case.
 */
export function canonicalHost(host: string): string {
  if (host.includes(":")) {
    const inner = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
    return canonicalIpv6(inner) ?? host.toLowerCase();
  }
  let text = host.normalize("NFC").toLowerCase();
  if (text.endsWith(".")) text = text.slice(0, -1);
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return text.split(".").map((part) => part.replace(/^0+(?=\d)/, "")).join(".");
  return text;
}

function canonicalIpv6(text: string): string | undefined {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined;
  const hostname = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(hostname);
  if (mapped === null) return hostname;
  const high = Number.parseInt(mapped[1] ?? "0", 16);
  const low = Number.parseInt(mapped[2] ?? "0", 16);
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
