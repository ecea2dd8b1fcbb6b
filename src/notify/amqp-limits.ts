/**
 * Limits that the client library does not have. It reads whatever length a frame claims to have, and a length beyond what
 * Node can buffer is an exception that nobody catches; and it collects bodies of any length, of which a broker takes
 * 128 MiB by default. Both are parts of it that its types do not show: the tests of notify and of the agent's queue hold them.
 */
// oxlint-disable no-underscore-dangle -- no names of ours
import type { Socket } from "node:net";
import type { Channel, Connection } from "rabbitmq-client";

/** The library asks for frames of 8 KiB at most: bytes. */
const LARGEST_FRAME = 64 * 1024;

/** Ends a connection whose other side sends what cannot be a frame: it may speak HTTP. */
export function limitFrames(connection: Connection): void {
  const { _socket: socket } = connection as unknown as { readonly _socket: Socket };
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    if (size === undefined || size <= LARGEST_FRAME) return read(size);
    socket.destroy(Object.assign(new Error("a frame is too large"), { code: "FRAME_ERROR" }));
    return null;
  };
}

interface Incoming {
  _onHeader(frame: { readonly bodySize: number }): void;
  _onBody(frame?: { readonly payload: Buffer }): void;
}

/** Lets bodies of more bytes than `most` arrive empty. */
export function limitBodies(channel: Channel, most: number): void {
  const incoming = channel as unknown as Incoming;
  const onHeader = incoming._onHeader.bind(channel);
  const onBody = incoming._onBody.bind(channel);
  let isTooLong = false;
  incoming._onHeader = (frame) => {
    isTooLong = frame.bodySize > most;
    onHeader(frame);
  };
  incoming._onBody = (frame) =>
    onBody(isTooLong && frame !== undefined ? { ...frame, payload: Buffer.alloc(0) } : frame);
}
