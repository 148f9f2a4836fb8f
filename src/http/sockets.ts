import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type ExecutionArgs, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import {
  type ConnectionInitMessage,
  type Context,
  type ExecutionResult,
  handleProtocols,
  makeServer,
} from "graphql-ws";
import { Gauge } from "prom-client";
import { WebSocket, WebSocketServer } from "ws";
import type { Actor } from "../access/actor.js";
import { Unauthenticated } from "../access/errors.js";
import { newId } from "../foundation/ids.js";
import { createContext } from "../schema/context.js";
import { formatError, logUnexpected, publicError, unauthenticated, withRequestId } from "../schema/errors.js";
import { costOf, operationPoints } from "./cost.js";
import { lapse } from "./lapse.js";
import { limits } from "./limits.js";
import { trustedOrigins } from "./origins.js";
import type { GuardedServices, HttpServices } from "./services.js";
import { carry, type Line, type Transport } from "./transport.js";
import { prepareSubscription, subscribeAfresh } from "./subscribing.js";

/** Clients of graphql-ws connect again after this code, and ask for a new token before. */
const forbidden = 4403;
/** And after this one, later and later. */
const tryAgainLater = 1013;
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
export function acceptSockets(services: GuardedServices, schema: GraphQLSchema, server: Server): Transport {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols,
  });
  const open = new Set<Socket>();
  countSockets(services, open);
  acceptUpgrades(services, server, sockets);
  const eventPoints = new WeakMap<ExecutionArgs, number>();
  const protocol = makeServer<Payload, Extra>({
    onConnect: (socket) => letIn(services, open, socket),
    onSubscribe(socket, _id, payload) {
      const { session } = socket.extra;
      if (session === undefined) return [unauthenticated()];
      if (Object.keys(socket.subscriptions).length > mostOperations) {
        return [publicError("RATE_LIMITED", `A socket carries at most ${mostOperations} operations at a time.`)];
      }
      const { actor, requestId, leaving } = session;
      const contextValue = createContext(services, { actor, requestId, signal: leaving.signal });
      const prepared = prepareSubscription(schema, payload, { contextValue, actor });
      if (!("args" in prepared)) return prepared;
      eventPoints.set(prepared.args, prepared.eventPoints);
      return prepared.args;
    },
    subscribe: subscribeAfresh,
    onError: (socket, _id, _payload, errors) => refuse(services, socket, errors),
    onNext: (socket, _id, _payload, args, result) => tellEvent(services, socket, result, eventPoints.get(args) ?? 0),
    onClose(socket) {
      socket.extra.session?.leaving.abort();
      open.delete(socket);
    },
  });
  return carry(protocol, sockets, services);
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
    if (request.url?.split("?")[0] !== "/graphql") turnAway(socket, "404 Not Found");
    else if (origin !== undefined && !trusted.has(origin)) turnAway(socket, "403 Forbidden");
    else sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
  });
}

function turnAway(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Lets in who brings a valid token, for as long as it is valid. False closes the socket with 4403, if it is not closed yet. */
async function letIn(services: GuardedServices, open: Set<Socket>, socket: Socket): Promise<boolean> {
  const requestId = newId();
  try {
    const authorization = socket.connectionParams?.["authorization"];
    const given = typeof authorization === "string" ? authorization : undefined;
    const caller = await services.door(given, socket.extra.address);
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
    if (error instanceof GraphQLError) socket.extra.socket.close(tryAgainLater, "Try again later");
    else if (!(error instanceof Unauthenticated)) {
      services.log.error({ err: error, requestId }, "It could not be told who opens a WebSocket.");
    }
    return false;
  }
}

/** An event and what it cost: it is never held back for that, but what is left for other operations becomes less. */
function tellEvent(services: HttpServices, socket: Socket, { data, errors }: ExecutionResult, points: number) {
  const { session } = socket.extra;
  if (session === undefined) throw new Error("An event is told to nobody.");
  services.budgets.drain(session.actor, points);
  return {
    ...(data !== undefined && { data }),
    ...(errors !== undefined && { errors: tell(services, socket, errors) }),
    extensions: { cost: costOf(services.budgets, session.actor, points) },
  };
}

/** Errors that are all of an answer tell the cost themselves. */
function refuse(services: HttpServices, socket: Socket, errors: readonly GraphQLError[]) {
  const { session } = socket.extra;
  const cost = session && costOf(services.budgets, session.actor, operationPoints);
  return tell(services, socket, errors).map((error) => ({ ...error, extensions: { cost, ...error.extensions } }));
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
