/**
 * Whether a web server has something new, asked without node:http: that takes longer to load than all else takes where
 * nothing is new. Only a plain "no" counts; after any other answer the question is asked again as usual.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { CredentialsFile } from "../config.ts";
import { authorizationOf, secretOf } from "./authorization.ts";
import { ADDRESS_ATTEMPT_MS, MOST_HEADER_BYTES } from "./connection-limits.ts";

/** A conditional request, ready to be sent. */
export interface Question {
  readonly host: string;
  readonly port: number;
  /** Where TLS is wanted; with the name to ask for, unless the host is an address. */
  readonly tls?: { readonly servername?: string; readonly ALPNProtocols: string[] };
  /** All but `Authorization` and the empty line. */
  readonly head: string;
  readonly credentials?: CredentialsFile;
  /** Milliseconds until the answer must be there. */
  readonly patience: number;
}

/** 304, and headers with nothing behind them. */
const NOTHING_NEW =
  /^HTTP\/1\.[01] 304(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;

/** False for everything but "nothing is new", errors among it. */
export async function saysNothingNew({ head, tls, credentials, patience, ...to }: Question): Promise<boolean> {
  // Read anew: it rotates. The empty line ends the request.
  const secret = credentials && authorizationOf(credentials.kind, secretOf(readFileSync(credentials.path)));
  const text = `${head}${secret === undefined ? "" : `Authorization: ${secret}\r\n`}\r\n`;
  const options = { ...to, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS };
  const socket = tls === undefined ? connect(options) : (await import("node:tls")).connect({ ...options, ...tls });
  return await new Promise<boolean>((resolve) => {
    let answer = "";
    const end = (): void => {
      clearTimeout(timer);
      const isNothingNew = answer.length <= MOST_HEADER_BYTES && NOTHING_NEW.test(answer);
      // The server closes it as well, and ending the process takes no time.
      if (!isNothingNew) socket.destroy();
      resolve(isNothingNew);
    };
    const timer = setTimeout(end, patience);
    socket.on("error", end).on("close", end);
    socket.on("data", (bytes: Buffer) => {
      answer += bytes.toString("latin1");
      if (answer.length > MOST_HEADER_BYTES || answer.includes("\r\n\r\n")) end();
    });
    socket.write(text, "latin1");
  });
}
