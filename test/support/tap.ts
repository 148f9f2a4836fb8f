import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { z } from "zod";

/** What stands before a server on loopback and keeps all that it says: answers, headers, and what goes over WebSockets. */
export interface Tap {
  readonly url: string;
  /** Where the server listens; told once it is known. */
  port: number;
  /** Everything the server has said so far, as text. */
  said(): string;
  stop(): Promise<void>;
}

export async function startTap(): Promise<Tap> {
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(tap.port, "127.0.0.1");
    upstream.on("data", (chunk) => chunks.push(chunk));
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // The end of the one ends the other; what went wrong on the way is for the test's client to notice.
      from.on("error", () => to.destroy()).on("close", () => sockets.delete(from));
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const tap: Tap = {
    url: `http://127.0.0.1:${port}`,
    port: 0,
    said: () => Buffer.concat(chunks).toString("utf8"),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return tap;
}
