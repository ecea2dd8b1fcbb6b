/**
 * What git runs with: nothing of the user's or the system's configuration, no questions, no hooks, one transport, and
 * credentials where `ps` does not show them.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourceConfig } from "../config.ts";
import { readAuthorization, readTlsFiles } from "./credentials.ts";
import type { Warn } from "./credentials.ts";
import { makeDirectory, onDisk } from "./git-directory.ts";
import type { GitPlace } from "./git-url.ts";

/** Where programs are, if nobody says. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Nobody is there to be asked, a key that is not known is never taken, and nothing outlives the connection or goes the
 * other way through it. Who we are, and the server's key, ssh reads from the user's ~/.ssh as ever.
 */
const SSH = [
  "ssh",
  "-oBatchMode=yes",
  "-oStrictHostKeyChecking=yes",
  "-oConnectTimeout=15",
  "-oServerAliveInterval=10",
  "-oControlMaster=no",
  "-oControlPath=none",
  "-oClearAllForwardings=yes",
  "-oForwardAgent=no",
  "-oPermitLocalCommand=no",
].join(" ");

const ALWAYS: Readonly<Record<string, string>> = {
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
  "transfer.fsckObjects": "true",
  "transfer.bundleURI": "false",
  // Each fetch is one pack: what a killed one leaves is one file, and packs can be counted.
  "fetch.unpackLimit": "1",
  "fetch.writeCommitGraph": "false",
  "gc.auto": "0",
  "maintenance.auto": "false",
  // Git would go on to the new place with our credentials.
  "http.followRedirects": "false",
  // Large files go through in pieces: the agent may be allowed little memory, and git shares it.
  "core.bigFileThreshold": "1m",
  "core.deltaBaseCacheLimit": "16m",
  "pack.threads": "1",
};

/** A name → value environment for a child process, and what of it must not be shown to anybody. */
export interface GitEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

/**
 * Reads the credentials and certificates, as they are now.
 *
 * @param directory for what git wants as a file
 * @throws {Failure} `configuration` where one of them cannot be read
 */
export async function gitEnvironment(
  place: GitPlace,
  config: SourceConfig,
  directory: string,
  warn: Warn,
): Promise<GitEnvironment> {
  const isHttp = place.transport === "https" || place.transport === "http";
  const { credentials } = config;
  const authorization = isHttp && credentials !== undefined ? await readAuthorization(credentials, warn) : undefined;
  const settings = {
    ...ALWAYS,
    ...(authorization === undefined ? {} : { "http.extraHeader": `Authorization: ${authorization}` }),
    ...(place.transport === "https" ? await tlsSettings(config, directory, warn) : {}),
  };
  const { environment = {}, proxy } = config;
  const variables: Record<string, string | undefined> = {
    PATH: environment.PATH ?? PATH,
    SSH_AUTH_SOCK: environment.SSH_AUTH_SOCK,
    // No ~/.gitconfig, no ~/.netrc. ssh does not ask this variable where the user is at home.
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
    // Above all not `ext::`, which runs a command, wherever it might be written.
    GIT_ALLOW_PROTOCOL: place.transport,
    GIT_SSH_COMMAND: SSH,
    GIT_SSH_VARIANT: "ssh",
    https_proxy: proxy.https,
    http_proxy: proxy.http,
    no_proxy: proxy.none,
    ...asVariables(settings),
  };
  return {
    variables: Object.fromEntries(Object.entries(variables).filter(hasValue)),
    authorization,
  };
}

/** Git takes one file of authorities in place of its own, so ours go into it with Node's. */
async function tlsSettings(config: SourceConfig, directory: string, warn: Warn): Promise<Record<string, string>> {
  const { tls } = config;
  const { ca } = await readTlsFiles(tls, warn);
  const settings: Record<string, string> = {};
  if (ca !== undefined) {
    const { rootCertificates } = await import("node:tls");
    const path = join(directory, "authorities.pem");
    await makeDirectory(directory);
    await onDisk(`write ${path}`, () =>
      writeFile(path, `${rootCertificates.join("\n")}\n${ca.toString("latin1")}\n`, { mode: 0o600 }),
    );
    settings["http.sslCAInfo"] = path;
  }
  if (tls.certificate !== undefined) settings["http.sslCert"] = tls.certificate;
  if (tls.key !== undefined) settings["http.sslKey"] = tls.key;
  return settings;
}

/** `git -c name=value`, but not on the command line. */
function asVariables(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings);
  return Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(entries.length)],
    ...entries.flatMap(([name, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, name],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]);
}

function hasValue(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
