import type { IncomingMessage } from "node:http";
import { CloseCode, type Server as Protocol } from "graphql-ws";
import { WebSocket, type WebSocketServer } from "ws";
import type { Log } from "../foundation/log.js";

const heartbeatMs = 12_000;
const closingMs = 2_000;

/** What the protocol knows of a socket, besides what is said over it. */
export interface Line {
  readonly socket: WebSocket;
  /** Where it was opened from. */
  readonly address: string;
}

interface Carrier {
  readonly log: Pick<Log, "debug" | "error">;
  readonly addressOf: (request: IncomingMessage) => string;
}

export interface Transport {
  /** Tells every client to go elsewhere (1001) and waits until they have gone; who stays is cut off. */
  stop(): Promise<void>;
}

/**
 * Carries the protocol over WebSockets as the library's own adapter does, but what goes wrong is written to the log, where
 * secrets are left out, and one timer looks after all sockets.
 */
export function carry(protocol: Protocol<Line>, sockets: WebSocketServer, { log, addressOf }: Carrier): Transport {
  const heard = new WeakSet<WebSocket>();
  sockets.on("connection", (socket, request) => {
    heard.add(socket);
    socket.on("pong", () => heard.add(socket));
    connect(protocol, { socket, address: addressOf(request) }, log);
  });
  const heartbeat = setInterval(() => {
    for (const socket of sockets.clients) {
      if (heard.delete(socket)) socket.ping();
      else socket.terminate();
    }
  }, heartbeatMs);
  heartbeat.unref();
  return {
    async stop() {
      clearInterval(heartbeat);
      const closed = new Promise((resolve) => sockets.close(resolve));
      for (const socket of sockets.clients) socket.close(1001, "Going away");
      const cutOff = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate();
      }, closingMs);
      await closed;
      clearTimeout(cutOff);
    },
  };
}

function connect(protocol: Protocol<Line>, line: Line, log: Pick<Log, "debug" | "error">): void {
  const { socket } = line;
  const fail = (error: unknown): void => {
    log.error({ err: error }, "A WebSocket failed unexpectedly.");
    socket.close(CloseCode.InternalServerError, "Internal server error");
  };
  // Whatever breaks the WebSocket protocol: `ws` then closes the socket itself, with the code that fits.
  socket.on("error", (error) => log.debug({ err: error }, "A WebSocket was closed for what its client sent."));
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => send(socket, message),
      close: (code, reason) => socket.close(code, reason),
      onMessage(receive) {
        socket.on("message", (message: Buffer) => void receive(message.toString("utf8")).catch(fail));
      },
    },
    line,
  );
  socket.once("close", (code, reason) => void closed(code, reason.toString("utf8")).catch(fail));
}

/** Resolves when the message has left, which is what slows a subscription down to its client's pace. */
function send(socket: WebSocket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) resolve();
    else socket.send(message, (error) => (error && socket.readyState === WebSocket.OPEN ? reject(error) : resolve()));
  });
}
