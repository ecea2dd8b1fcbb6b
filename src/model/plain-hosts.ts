/**
 * A quick look at a whole list of hosts, one after the other with `HOST_SEPARATOR` between: nearly every host is a plain
 * lower-case name or an ordinary IPv4 address, about which there is nothing to say. False says nothing.
 */

/** No name that can be right holds it; JSON takes it as it is. */
export const HOST_SEPARATOR = " ";

const NAME = "(?:[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?\\.){1,7}[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?";
const BYTE = "(?:0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])";
const PRIVATE_IPV4 = `(?:10\\.${BYTE}|192\\.168|172\\.(?:1[6-9]|2\\d|3[01]))\\.${BYTE}\\.${BYTE}`;

/** Up to eight parts of 30 cannot be longer than a name may be. */
const PLAIN_HOSTS = new RegExp(`^(?:(?:${NAME}|${PRIVATE_IPV4})(?:${HOST_SEPARATOR}|$))+$`);
/** The last ones are no names: `10.1.2.x` stands for a network. */
const SPECIAL_NAMES = new RegExp(`localhost|localdomain|(?:^|${HOST_SEPARATOR})ip6-|\\.x+(?:${HOST_SEPARATOR}|$)`);
/** A server that nothing can be said about. */
const PLAIN_HOST_PORT = new RegExp(
  `^(?:${PRIVATE_IPV4}|(?!ip6-)(?!.*(?:local(?:host|domain)|\\.x+)(?::|$))${NAME})(?::[1-9]\\d{0,3})?$`,
);

/** A regular expression keeps its way back: over a very long text that is more than V8 gives it. */
const LONGEST_AT_ONCE = 50_000;

/** True for hosts in which no rule finds anything. They are canonical, and ASCII without colons. */
export function arePlainlyFine(hosts: string): boolean {
  return hosts.length <= LONGEST_AT_ONCE && PLAIN_HOSTS.test(hosts) && !SPECIAL_NAMES.test(hosts);
}

/** The same for one host with or without a port, except that the port may be an unusual one. */
export function isPlainHostPort(text: string): boolean {
  return PLAIN_HOST_PORT.test(text);
}

/** Anything but lower-case letters, digits, dots and dashes; a dot at the end; a zero in front of a digit. */
const NOT_CANONICAL = new RegExp(
  `[^a-z0-9.${HOST_SEPARATOR}-]|\\.(?:${HOST_SEPARATOR}|$)|(?:^|[.${HOST_SEPARATOR}])0\\d`,
);

/** True for hosts that are surely all their own canonical form. */
export function areCanonical(hosts: string): boolean {
  return !NOT_CANONICAL.test(hosts);
}

/** What is not ASCII, and quotes, colons, backslashes and what cannot be seen. */
const NOT_PLAIN_ASCII = new RegExp(`[^${HOST_SEPARATOR}!#-9;-[\\]-~]`);

/** True for hosts that are ASCII without colons: they are rendered as they are. */
export function arePlainAscii(hosts: string): boolean {
  return !NOT_PLAIN_ASCII.test(hosts);
}
