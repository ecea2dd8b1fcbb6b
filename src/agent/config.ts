/** What the command line and the environment said, checked. Durations are seconds, sizes bytes. */
import type { Broker } from "../notify/amqp-broker.ts";

/** The files that an agent brings. */
export const FILE_NAMES = ["targets.json", "urls.json"] as const;
export type FileName = (typeof FILE_NAMES)[number];

/** Default of `--state`. */
export const DEFAULT_STATE = "/var/lib/promgen-agent";

/** Credentials lie in files, which are read again at every attempt: they rotate. */
export type CredentialsFile =
  /** The file holds a token. */
  | { readonly kind: "bearer"; readonly path: string }
  /** The file holds `user:password`. */
  | { readonly kind: "basic"; readonly path: string };

export interface TlsFiles {
  /** PEM of the authorities to trust besides Node's own; read again at every attempt. */
  readonly ca?: string;
  /** PEM of a client certificate and its key (mTLS). */
  readonly certificate?: string;
  readonly key?: string;
}

/** How sources are talked to. */
export interface SourceConfig {
  /** In order: the first fresh one wins. As written: `https://…`, `git+ssh://…#branch`, `github:owner/repo#branch`, `file:///…`. */
  readonly urls: readonly string[];
  readonly credentials?: CredentialsFile;
  readonly tls: TlsFiles;
  /** Plain http to other hosts than loopback. */
  readonly allowHttp: boolean;
  /** Redirects to other private or loopback addresses than the source's own. */
  readonly allowPrivateRedirects: boolean;
  /** Of one attempt at one source, in all. */
  readonly timeout: number;
  /** SHA256SUMS.sig is wanted: signatures are required. Sources that would have to ask for it leave it out otherwise. */
  readonly signatures?: boolean;
  /** Largest file, and largest sum of both files. */
  readonly maxBytes: number;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY as the environment has them (lower case wins, as in curl). */
  readonly proxy: { readonly https?: string; readonly http?: string; readonly none?: string };
  /** API of `github:`; another one for GitHub Enterprise. */
  readonly githubApi: string;
  /** What git and ssh get of our environment, where it is set. */
  readonly environment?: { readonly PATH?: string | undefined; readonly SSH_AUTH_SOCK?: string | undefined };
}

/** A queue whose messages bring the next run forward. */
export interface QueueConfig {
  readonly broker: Broker;
  readonly queue: string;
  /** A file with `user:password`; left out, RabbitMQ's `guest`. Read again at every attempt, as the next one. */
  readonly credentials?: string;
  readonly ca?: string;
}

export type ReloadPolicy = "always" | "auto" | "never" | "signal";

/** The Prometheus servers of this host. */
export interface PrometheusConfig {
  /** Base URLs, with a route prefix where there is one. None: nothing can be proven. */
  readonly urls: readonly string[];
  readonly credentials?: CredentialsFile;
  readonly tls: TlsFiles;
  /** The paths as Prometheus sees them (in a container, say), where they differ from ours. */
  readonly paths: Readonly<Partial<Record<FileName, string>>>;
  readonly reload: ReloadPolicy;
  /** Who gets SIGHUP with `signal`: a file with a process id, or a systemd unit. */
  readonly signal?: { readonly pidFile: string } | { readonly unit: string };
  /** Of the reload alone. */
  readonly reloadTimeout: number;
  /** Which rung of the proof ends a run with 0: Prometheus has read the file, or scrapes what it says. */
  readonly wait: "read" | "active";
  /** From rename to proof. */
  readonly proofTimeout: number;
  /** Nobody wants a proof: a swap ends with 0. */
  readonly noProof: boolean;
}

export interface TrustConfig {
  /** Configured means required: unsigned is refused. */
  readonly allowedSigners?: string;
  readonly identity?: string;
  /** A list of revoked keys (`ssh-keygen -Y verify -r`). */
  readonly revokedKeys?: string;
  /** The repository that artifacts must name; where left out, the one in place. */
  readonly repository?: string;
  /** Accept what the source has although the state is lost. One run only. */
  readonly bootstrap: boolean;
  /** Releases a held generation, and later ones that remove nothing further. */
  readonly accept?: number;
  readonly maxRemovedPercent: number;
}

export interface PlaceConfig {
  readonly targets: string;
  readonly urls?: string;
  /** Directory of state.json, last-known-good/ and lock. */
  readonly state: string;
  /** Mode of the files, such as 0o644. */
  readonly mode: number;
  /** Owner of the files; where left out, that of the file in place, else ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Parents of the targets that are symbolic links are refused, unless this is said. */
  readonly allowSymlinks: boolean;
}

/** Everything that `sync` needs; `run` repeats it. */
export interface AgentConfig {
  /** Name of the shard, or `*` for the whole inventory (`--all-shards`). */
  readonly shard: string;
  /** Nobody has said which, and the command needs none: it is for whatever this host has. */
  readonly isAnyShard?: true;
  readonly source: SourceConfig;
  readonly trust: TrustConfig;
  readonly place: PlaceConfig;
  readonly prometheus: PrometheusConfig;
  /** Seconds without reaching any source after which the run says `stale`. */
  readonly maxAge: number;
  /** Seconds that SHA256SUMS and files may disagree before it is refused. */
  readonly maxInconsistent: number;
}
