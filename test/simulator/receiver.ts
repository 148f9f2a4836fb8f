import { createServer } from "node:http";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { text } from "node:stream/consumers";
import { TLSSocket } from "node:tls";
import { listen, stop } from "../../simulator/server.js";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Over TLS, by which name it was asked for (SNI). */
  readonly serverName?: TLSSocket["servername"];
}

/** An app that takes notifications. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What it answers from now on: a status, or nothing at all. */
  answer: number | "nothing";
  /** Settles once so many notifications have come. */
  count(wanted: number): Promise<void>;
}

/** With a certificate and its key it is reached over TLS alone. */
export async function withReceiver(
  use: (receiver: Receiver) => Promise<void>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<void> {
  const received: Received[] = [];
  let arrived: () => void = () => undefined;
  const take: RequestListener = (request, response) => {
    void text(request).then((body) => {
      const { headers, socket } = request;
      received.push({ headers, body, ...(socket instanceof TLSSocket && { serverName: socket.servername }) });
      if (receiver.answer !== "nothing") response.writeHead(receiver.answer).end();
      arrived();
    });
  };
  const server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  const count = async (wanted: number): Promise<void> => {
    while (received.length < wanted) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  };
  const receiver: Receiver = { url: `${await listen(server, 0)}/webhooks`, received, answer: 200, count };
  try {
    await use(receiver);
  } finally {
    await stop(server);
  }
}
