import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { z } from "zod";

/** The way from one process to the database. Cut, it is as if the process had died: no statement arrives any more, its locks are gone. */
export interface Line {
  readonly url: string;
  cut(): Promise<void>;
}

const address = z.object({ port: z.number() });

export async function openLine(databaseUrl: string): Promise<Line> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    keep(near);
    keep(far);
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(address.parse(server.address()).port);
  return { url: url.href, cut: () => cut(server, sockets) };
}

async function cut(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.resetAndDestroy();
  await closed;
}
