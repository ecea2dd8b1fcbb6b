/** Where a redirect may lead: a source that is compromised, or a proxy on the way, must not aim us at this host's network. */
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { bareHost, isLoopback, isPrivateAddress } from "./address.ts";
import { shown } from "./shown.ts";

const STATUSES = [301, 302, 303, 307, 308];

/** Whether an answer sends us elsewhere. 300 and 304 to 306 do not. */
export function isRedirect(status: number): boolean {
  return STATUSES.includes(status);
}

/** What a redirect is judged by. */
export interface Home {
  /** The source as configured. */
  readonly url: URL;
  /** The addresses that it was reached at: it may send us to itself. */
  readonly addresses: ReadonlySet<string>;
}

type Policy = Pick<SourceConfig, "allowHttp" | "allowPrivateRedirects">;

/**
 * The URL that a redirect leads to.
 *
 * @throws {Failure} `redirect` where it must not be followed
 */
export function redirectTarget(from: URL, location: string | undefined, home: Home, policy: Policy): URL {
  const refuse = (why: string, help: string): Failure =>
    new Failure("redirect", `${shown(from)} redirects ${why}`, { help });
  if (location === undefined) throw refuse("without saying where", "mend the server");
  if (!URL.canParse(location, from.href)) throw refuse("to something that is not a URL", "mend the server");

  const to = new URL(location, from);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    throw refuse(`to ${to.protocol}, which is not followed`, "redirect to https");
  if (to.username !== "" || to.password !== "")
    throw refuse(`to a URL with credentials at ${to.host}`, "redirect without credentials");
  if (from.protocol === "https:" && to.protocol === "http:")
    throw refuse(`from https to plain http at ${to.host}`, "redirect to https, or name the last URL as --source");
  if (to.protocol === "http:" && !policy.allowHttp && !isLoopback(to.hostname))
    throw refuse(`to plain http at ${to.host}`, "redirect to https, or say --allow-http");
  // Names are judged again by what they resolve to, while connecting.
  if (!policy.allowPrivateRedirects && !isHome(to, home) && (isLoopback(to.hostname) || isPrivateAddress(to.hostname)))
    throw privateRedirect(to.host);
  return to;
}

/**
 * A name look-up that refuses addresses of private networks other than the source's own.
 * It is the last word: the connection is made to what it gives, so that a name cannot be public once and private then.
 */
export function publicLookup(to: URL, home: Home, lookup: LookupFunction): LookupFunction {
  if (isHome(to, home)) return lookup;
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, family) => {
      const addresses: readonly LookupAddress[] =
        typeof found === "string" ? [{ address: found, family: family ?? 0 }] : (found ?? []);
      const bad = addresses.some(({ address }) => isPrivateAddress(address) && !home.addresses.has(bareHost(address)));
      if (error === null && bad) callback(privateRedirect(to.host), []);
      else callback(error, found, family);
    });
  };
}

function isHome(to: URL, { url, addresses }: Home): boolean {
  return bareHost(to.hostname) === bareHost(url.hostname) || addresses.has(bareHost(to.hostname));
}

function privateRedirect(host: string): Failure {
  return new Failure("redirect", `a redirect leads to ${host}, an address of this host or a private network`, {
    help: "name the last URL as --source, or say --allow-private-redirects",
  });
}
