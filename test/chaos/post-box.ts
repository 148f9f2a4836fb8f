import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";

/** Takes what Intuit tells, and acknowledges it once it is kept. */
export interface PostBox {
  readonly url: string;
  stop(): Promise<void>;
}

const address = z.object({ port: z.number() });

export async function openPostBox(keep: (body: Buffer) => Promise<void>): Promise<PostBox> {
  const server = createServer((request, response) => {
    buffer(request)
      .then(keep)
      .then(
        () => response.writeHead(200).end(),
        () => response.writeHead(500).end(),
      );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${address.parse(server.address()).port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
