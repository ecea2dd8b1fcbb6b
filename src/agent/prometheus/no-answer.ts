/** Why a server did not answer as a Prometheus should, in words, and what to do. */
import { Failure } from "../failure.ts";

export type NoAnswerKind =
  /** Nobody listens. */
  | "refused"
  | "timeout"
  | "tls"
  /** A file of ours with credentials or certificates cannot be used. */
  | "files"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "redirect"
  | "starting"
  /** Another status. */
  | "status"
  /** Something else than Prometheus answers. */
  | "not-prometheus"
  | "broken";

/** Waiting does not help with these: somebody has to change something. */
const LASTING: ReadonlySet<NoAnswerKind> = new Set([
  "tls",
  "files",
  "unauthorized",
  "forbidden",
  "not-found",
  "redirect",
  "not-prometheus",
]);

export class NoAnswer extends Error {
  readonly kind: NoAnswerKind;
  readonly help: string | undefined;

  constructor(kind: NoAnswerKind, message: string, more: { help?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "NoAnswer";
    this.kind = kind;
    this.help = more.help;
  }

  get isLasting(): boolean {
    return LASTING.has(this.kind);
  }
}

/** What an error of Node's means. One that is told already stays as it is. */
export function networkTrouble(error: unknown, url: string): NoAnswer {
  if (error instanceof NoAnswer) return error;
  if (error instanceof Failure)
    return new NoAnswer("files", error.message, {
      cause: error,
      ...(error.help === undefined ? {} : { help: error.help }),
    });
  const { code = "", message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  if (code === "ECONNREFUSED")
    return new NoAnswer("refused", `nobody listens at ${url}`, {
      help: "start Prometheus, or give its address with --prometheus",
      cause: error,
    });
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new NoAnswer("refused", `${url}: the name of the host is not known`, {
      help: "give the address of Prometheus with --prometheus",
      cause: error,
    });
  if (/self.signed|UNABLE_TO|ISSUER/i.test(code))
    return new NoAnswer("tls", `${url}: no authority that is trusted here has signed the certificate (${code})`, {
      help: "give the certificate of its authority with --prometheus-ca",
      cause: error,
    });
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return new NoAnswer("tls", `${url}: the certificate is for another name`, {
      help: "give --prometheus a name that the certificate has",
      cause: error,
    });
  if (/^(CERT_|ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO)/.test(code))
    return new NoAnswer("tls", `${url}: no TLS connection (${code})`, {
      help: "see whether Prometheus speaks TLS at all (--web.config.file), and its certificate is valid",
      cause: error,
    });
  return new NoAnswer("broken", `${url}: ${code === "" ? message : code}`, { cause: error });
}

/** What a status other than 200 means for any path of a Prometheus. `body` is its text, `location` of a redirect. */
export function statusTrouble(url: string, status: number, body: string, location?: string): NoAnswer {
  const said = `${url} answers ${status}`;
  if (status === 401)
    return new NoAnswer("unauthorized", `${said}: it wants other credentials`, {
      help: "give those of its --web.config.file with --prometheus-credentials basic:FILE",
    });
  if (status === 403)
    return new NoAnswer("forbidden", `${said}: ${firstLine(body) || "it refuses"}`, {
      help: "let the agent in, or give it the address of Prometheus itself instead of that of a proxy",
    });
  if (status === 404)
    return new NoAnswer("not-found", `${said}: no Prometheus lives at this path`, {
      help: "give --prometheus the route prefix as well (--web.route-prefix, --web.external-url), such as http://localhost:9090/prometheus",
    });
  if (status >= 300 && status < 400)
    return new NoAnswer("redirect", `${said} and points to ${location ?? "nowhere"}`, {
      help: "give --prometheus the address that answers by itself",
    });
  if (status === 400 && /HTTPS server/.test(body))
    return new NoAnswer("tls", `${url} speaks TLS`, { help: "write https:// in --prometheus" });
  if (status === 503)
    return new NoAnswer("starting", `${said}: it is not ready, probably starting`, {
      help: "wait: it replays its write-ahead log, which can take minutes",
    });
  return new NoAnswer("status", `${said}: ${firstLine(body)}`);
}

/** For messages: one line, not too long. */
export function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
