/**
 * Asks a web server whether it has something new, before the program is loaded. A plain "no" is all of a run then; any other
 * answer is handed to the program as it comes, for whom it is the first one.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { hrtime } from "node:process";
import { connect as connectSecurely } from "node:tls";
import type { CredentialsFile } from "../config.ts";
import { authorizationOf, secretOf } from "./authorization.ts";
import { ADDRESS_ATTEMPT_MS, MOST_HEADER_BYTES } from "./connection-limits.ts";
import { readTo } from "./feed.ts";
import type { Feed } from "./feed.ts";

/** A conditional request, ready to be sent. */
export interface Question {
  readonly host: string;
  readonly port: number;
  /** Where TLS is wanted; with the name to ask for, unless the host is an address. */
  readonly tls?: { readonly servername?: string; readonly ALPNProtocols: string[] };
  /** All but `Authorization` and the empty line. */
  readonly head: string;
  readonly credentials?: CredentialsFile;
  /** Milliseconds until the answer must have begun. */
  readonly patience: number;
}

/** A question that was asked. */
export interface Asked {
  readonly question: Question;
  /** In seconds, on the clock that does not jump. */
  readonly at: number;
  /** Undefined where nothing came, or not in time. Never rejected. */
  readonly answer: Promise<Heard | undefined>;
}

/** The beginning of an answer, and where the rest of it comes. */
export interface Heard {
  /** All that was asked, secrets included. */
  readonly request: string;
  /** A head at least, in whole or too large. No more is read for now. */
  readonly bytes: Buffer;
  readonly socket: Socket;
  /** Of the socket, where it has one. */
  readonly feed: Feed | undefined;
}

/** 304, and headers with nothing behind them. */
const NOTHING_NEW =
  /^HTTP\/1\.[01] 304(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;

/** @throws where the credentials cannot be read */
export function ask(question: Question): Asked {
  const { host, port, head, tls, credentials, patience } = question;
  // Read anew: it rotates. The empty line ends the request.
  const secret = credentials && authorizationOf(credentials.kind, secretOf(readFileSync(credentials.path)));
  const request = `${head}${secret === undefined ? "" : `Authorization: ${secret}\r\n`}\r\n`;
  const at = Number(hrtime.bigint()) / 1e9;
  const to = { host, port, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS };
  const feed = tls === undefined ? { take: (_bytes: Buffer): boolean => false } : undefined;
  const socket = feed === undefined ? connectSecurely({ ...to, ...tls }) : connect({ ...to, onread: readTo(feed) });
  const answer = new Promise<Heard | undefined>((resolve) => {
    let bytes = Buffer.alloc(0);
    const isEnough = (): boolean => bytes.length > MOST_HEADER_BYTES || bytes.includes("\r\n\r\n");
    const end = (): void => {
      clearTimeout(timer);
      socket.off("data", take).pause();
      if (!isEnough()) socket.destroy();
      resolve(isEnough() ? { request, bytes, socket, feed } : undefined);
    };
    const take = (more: Buffer): boolean => {
      bytes = Buffer.concat([bytes, more]);
      if (isEnough()) end();
      return !isEnough();
    };
    const timer = setTimeout(end, patience);
    socket.on("error", end).on("close", end);
    if (feed === undefined) socket.on("data", take);
    else feed.take = take;
    socket.write(request, "latin1");
  });
  return { question, at, answer };
}

/** Whether an answer is a plain "no". */
export function saysNothingNew({ bytes }: Heard): boolean {
  return bytes.length <= MOST_HEADER_BYTES && NOTHING_NEW.test(bytes.toString("latin1"));
}

/** Leaves an answer to itself. */
export function forget({ answer }: Asked): undefined {
  void answer.then((heard) => heard?.socket.destroy());
}
