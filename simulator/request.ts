import type { IncomingMessage } from "node:http";

/** A request as handlers see it. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The simulator's clock when the request began, milliseconds since 1970, and the same on the clock of the host that answers. */
  readonly startedMs: number;
  readonly hostMs: number;
}

const largestBodyBytes = 2_000_000;

/** Reads a request's whole body as text. */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > largestBodyBytes)
      throw new Error(`The request's body is larger than ${String(largestBodyBytes)} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The token of an `Authorization: Bearer` header. */
export function bearerOf({ headers }: Pick<Request, "headers">): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}
