/** A source as it is written on the command line → what talks to it. */
import { join } from "node:path";
import { encodeName } from "../../render/file-name.ts";
import type { SourceConfig } from "../config.ts";
import { Failure } from "../failure.ts";
import { sha256 } from "../sha256.ts";
import { isLoopback } from "./address.ts";
import type { Asked } from "./question.ts";
import type { Source } from "./source.ts";

const KNOWN =
  "https://…, http://…, git+https://…#branch, git+ssh://…#branch, git+file:///…#branch, github:owner/repo#branch, file:///…";

/**
 * Nothing is asked of the source yet.
 *
 * @param text `https://…`, `git+ssh://…#branch`, `github:owner/repo#branch`, `file:///…`
 * @param shard its name, or `*` for the whole inventory
 * @param state directory of the agent's state; clones lie in `clones/` below it and may be lost at any time
 * @param asked of it already, where it is a web server
 * @throws {Failure} `configuration` for a source that is not one, never with a password in its words
 */
export async function openSource(
  text: string,
  config: SourceConfig,
  shard: string,
  state: string,
  asked?: Asked,
): Promise<Source> {
  const directory = directoryOf(shard);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case "https":
    case "http":
      return (await import("./http-source.ts")).openHttpSource(
        httpUrl(text, config),
        config,
        directory,
        undefined,
        asked,
      );
    case "file":
      return (await import("./file-source.ts")).openFileSource(fileUrl(text), config, directory);
    case "git+https":
    case "git+http":
    case "git+ssh":
    case "git+file": {
      const clone = join(state, "clones", sha256(text).slice(0, 16));
      return await (await import("./git-source.ts")).openGitSource(text, config, directory, clone);
    }
    case "github":
      return await (await import("./github-source.ts")).openGitHubSource(text, config, directory);
    case undefined:
      throw bad("a --source has no scheme", unwritten(text));
    default:
      throw bad(`a --source has the scheme ${scheme}:, which is not known`, `use one of ${KNOWN}`);
  }
}

/** Where the files of a shard lie below a source's root; its name is percent-encoded in it. */
function directoryOf(shard: string): string {
  if (["", ".", ".."].includes(shard)) throw bad(`no shard is called "${shard}"`, "name the shard of this host");
  return shard === "*" ? "" : `shards/${encodeName(shard)}/`;
}

function httpUrl(text: string, config: SourceConfig): URL {
  const url = parse(text);
  refuseUserInfo(url);
  // Neither is shown: signed URLs carry their credentials there.
  if (url.search !== "")
    throw bad(
      `the source at ${url.host} has a query`,
      "name the directory alone; credentials belong into the file of --credentials",
    );
  if (url.hash !== "") throw bad(`the source at ${url.host} has a fragment`, "leave out # and what follows");
  if (url.protocol === "http:" && !config.allowHttp && !isLoopback(url.hostname))
    throw bad(`the source at ${url.host} is plain http`, "use https, or say --allow-http and require signatures");
  return url;
}

function fileUrl(text: string): URL {
  const url = parse(text);
  if (!/^file:\/\/(localhost)?\//i.test(text) || /%2f|%00/i.test(url.pathname))
    throw bad("a file: source is not an absolute path", "write it as file:///path/to/directory");
  if (url.search !== "" || url.hash !== "")
    throw bad("a file: source has a query or a fragment", "write ? as %3F and # as %23 where they are of the path");
  return url;
}

function refuseUserInfo(url: URL): void {
  if (url.username === "" && url.password === "") return;
  throw bad(
    `the source at ${url.host} has credentials in its URL, where process lists and logs show them`,
    "write them into a file and name it with --credentials",
  );
}

function parse(text: string): URL {
  if (!URL.canParse(text)) throw bad("a --source is not a URL", `use one of ${KNOWN}`);
  return new URL(text);
}

function unwritten(text: string): string {
  if (/^[^@/\s]+@[^:/\s]+:/.test(text)) return "write user@host:path as git+ssh://user@host/path#branch";
  return text.startsWith("/") ? "write a directory as file:///path/to/directory" : `use one of ${KNOWN}`;
}

function bad(message: string, help: string): Failure {
  return new Failure("configuration", message, { help });
}
