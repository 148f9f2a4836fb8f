import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { listen, stop } from "../../simulator/server.js";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
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

export async function withReceiver(use: (receiver: Receiver) => Promise<void>): Promise<void> {
  const received: Received[] = [];
  let arrived: () => void = () => undefined;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      if (receiver.answer !== "nothing") response.writeHead(receiver.answer).end();
      arrived();
    });
  });
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
