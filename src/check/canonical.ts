/**
 * A quick look at whether a host is its own canonical form, as nearly all are: canonicalHost takes ten times as long, and
 * there may be a million hosts.
 */
const DASH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;

/** Groups without zeros in front, none of them zero: what `::` stands for is then the only run of zeros. */
const PLAIN_IPV6 =
  /^(?:(?:[1-9a-f][0-9a-f]{0,3}:){7}|(?:[1-9a-f][0-9a-f]{0,3}:){1,5}(?::[1-9a-f][0-9a-f]{0,3}){0,4}:)[1-9a-f][0-9a-f]{0,3}$/;

/** True for what is surely its own canonical form; false for what canonicalHost has to look at. */
export function isCanonical(host: string): boolean {
  let before = DOT;
  for (let at = 0; at < host.length; at++) {
    const code = host.charCodeAt(at);
    const isDigit = code >= 48 && code <= 57;
    if (!isDigit && !(code >= 97 && code <= 122) && code !== DASH && code !== DOT) {
      return code === COLON && isCanonicalIpv6(host);
    }
    // In an IPv4 address, zeros in front of a number do not count.
    if (isDigit && before === ZERO && (at === 1 || host.charCodeAt(at - 2) === DOT)) return false;
    before = code;
  }
  return before !== DOT;
}

function isCanonicalIpv6(host: string): boolean {
  if (!PLAIN_IPV6.test(host)) return false;
  // A `::` stands for two groups or more.
  return host.split(":").length <= 7 || !host.includes("::");
}
