/** Largest head of an answer, all header lines together. */
export const MOST_HEADER_BYTES = 16 * 1024;

/**
 * How long one of a host's addresses is tried before the next. Node's quarter of a second loses hosts on the other side
 * of the world (https://github.com/nodejs/node/issues/52216).
 */
export const ADDRESS_ATTEMPT_MS = 1000;
