import { bindingOf, decodeCursor, encodeCursor } from "./relay.js";

/** Where an event stands in its stream; opaque to clients, and good for that stream alone. */
export function streamCursor(stream: string, number: bigint): string {
  return encodeCursor(bindingOf(["stream", stream]), [number.toString()]);
}

/** The number that a cursor of this stream names. Throws BAD_USER_INPUT with the reason INVALID_CURSOR. */
export function numberOfCursor(stream: string, cursor: string): bigint {
  const [number] = decodeCursor(cursor, bindingOf(["stream", stream]), [isNumber]);
  return BigInt(number ?? 0);
}

/** Numbers of events fill a signed 64-bit column. */
function isNumber(value: string | null): boolean {
  return value !== null && /^(0|[1-9]\d{0,17})$/.test(value);
}
