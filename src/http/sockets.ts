import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import type { GraphQLError, GraphQLFormattedError, GraphQLSchema } from "graphql";
import { type ConnectionInitMessage, type Context, handleProtocols, makeServer } from "graphql-ws";
import { Gauge } from "prom-client";
import { WebSocket, WebSocketServer } from "ws";
import type { Actor } from "../access/actor.js";
import { Unauthenticated } from "../access/errors.js";
import { newId } from "../foundation/ids.js";
import { createContext } from "../schema/context.js";
import { formatError, logUnexpected, publicError, unauthenticated, withRequestId } from "../schema/errors.js";
import { lapse } from "./lapse.js";
import { limits } from "./limits.js";
import { trustedOrigins } from "./origins.js";
import type { HttpServices } from "./services.js";
import { carry, type Line, type Transport } from "./transport.js";
import { prepareSubscription, subscribeAfresh } from "./subscribing.js";

/** Clients of graphql-ws connect again after this code, and ask for a new token before. */
const forbidden = 4403;
const mostOperations = 100;

/** Who is at the other end of a socket that has been let in. */
interface Session {
  readonly actor: Actor;
  readonly requestId: string;
  readonly leaving: AbortController;
}

type Payload = ConnectionInitMessage["payload"];
type Extra = Line & { session?: Session };
type Socket = Context<Payload, Extra>;

/** Subscriptions over WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export function acceptSockets(services: HttpServices, schema: GraphQLSchema, server: Server): Transport {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const open = new Set<Socket>();
  countSockets(services, open);
  acceptUpgrades(services, server, sockets);
  const protocol = makeServer<Payload, Extra>({
    onConnect: (socket) => letIn(services, open, socket),
    onSubscribe(socket, _id, payload) {
      const { session } = socket.extra;
      if (session === undefined) return [unauthenticated()];
      if (Object.keys(socket.subscriptions).length > mostOperations) {
        return [publicError("RATE_LIMITED", `A socket carries at most ${mostOperations} operations at a time.`)];
      }
      const caller = { actor: session.actor, requestId: session.requestId, signal: session.leaving.signal };
      return prepareSubscription(schema, payload, createContext(services, caller));
    },
    subscribe: subscribeAfresh,
    onError: (socket, _id, _payload, errors) => tell(services, socket, errors),
    onNext(socket, _id, _payload, _args, { data, errors }) {
      if (errors === undefined) return;
      return { ...(data === undefined ? {} : { data }), errors: tell(services, socket, errors) };
    },
    onClose(socket) {
      socket.extra.session?.leaving.abort();
      open.delete(socket);
    },
  });
  return carry(protocol, sockets, services.log);
}

function countSockets({ metrics }: HttpServices, open: ReadonlySet<Socket>): void {
  const registers = [metrics];
  new Gauge({
    name: "gateway_websockets",
    help: "WebSockets that were let in.",
    registers,
    collect() {
      this.set(open.size);
    },
  });
  new Gauge({
    name: "gateway_subscriptions",
    help: "Subscriptions that are followed.",
    registers,
    collect() {
      this.set([...open].reduce((sum, { subscriptions }) => sum + Object.keys(subscriptions).length, 0));
    },
  });
}

/** CORS does not apply to WebSockets, so pages of other origins are turned away here. Programs send no origin. */
function acceptUpgrades({ settings }: HttpServices, server: Server, sockets: WebSocketServer): void {
  const trusted = trustedOrigins(settings);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { origin } = request.headers;
    if (request.url?.split("?")[0] !== "/graphql") refuse(socket, "404 Not Found");
    else if (origin !== undefined && !trusted.has(origin)) refuse(socket, "403 Forbidden");
    else sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
  });
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Lets in who brings a valid token, for as long as it is valid. False closes the socket with 4403. */
async function letIn(services: HttpServices, open: Set<Socket>, socket: Socket): Promise<boolean> {
  const requestId = newId();
  try {
    const authorization = socket.connectionParams?.["authorization"];
    const caller = await services.authenticator.authenticate(
      typeof authorization === "string" ? authorization : undefined,
    );
    // Who has gone meanwhile would never be seen to go.
    if (socket.extra.socket.readyState !== WebSocket.OPEN) return false;
    const leaving = new AbortController();
    socket.extra.session = { actor: caller.actor, requestId, leaving };
    open.add(socket);
    void lapse({ ...services, caller, requestId, signal: leaving.signal }).then((hasLapsed) => {
      if (hasLapsed) socket.extra.socket.close(forbidden, "Forbidden");
    });
    return true;
  } catch (error) {
    if (!(error instanceof Unauthenticated)) {
      services.log.error({ err: error, requestId }, "It could not be told who opens a WebSocket.");
    }
    return false;
  }
}

function tell(
  { log }: HttpServices,
  { extra }: Socket,
  errors: readonly GraphQLError[],
): readonly GraphQLFormattedError[] {
  const requestId = extra.session?.requestId ?? "";
  logUnexpected(errors, { log, requestId });
  return errors.map((error) => withRequestId(formatError(error), requestId));
}
