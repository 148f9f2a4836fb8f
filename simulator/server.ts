import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { json, throttleExceeded } from "./answers.js";
import type { Answer } from "./answers.js";
import { apiRequest, statementOf } from "./api.js";
import type { Api, ApiRequest } from "./api.js";
import type { Clock } from "./clock.js";
import type { Throttle } from "./limits.js";
import type { RequestLog } from "./log.js";
import { paths } from "./oauth/endpoints.js";
import type { OAuthEndpoints } from "./oauth/endpoints.js";
import { answerTime } from "./pacific.js";
import { readBody } from "./request.js";
import type { Request } from "./request.js";
import type { Switches } from "./switches.js";

/** The parts a simulator is made of. */
export interface Parts {
  readonly clock: Clock;
  readonly switches: Switches;
  readonly oauth: OAuthEndpoints;
  readonly api: Api;
  readonly throttle: Throttle;
  readonly log: RequestLog;
  readonly randomHex: (bytes: number) => string;
}

const discoveryPaths = ["/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration"];

/** The simulator's HTTP server, not yet listening. */
export function simulatorServer(parts: Parts): Server {
  const server = createServer((incoming, response) => {
    answer(parts, incoming, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        send(response, json(500, { error: error instanceof Error ? error.message : "The simulator failed." }), parts);
    });
  });
  server.keepAliveTimeout = 30_000;
  return server;
}

/** Listens on loopback only and answers the origin. */
export async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The simulator listens on no port.");
  return `http://127.0.0.1:${String(address.port)}`;
}

export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeAllConnections();
  await closed;
}

async function answer(parts: Parts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = Date.now();
  const request = await requestOf(parts, incoming);
  const api = apiRequest(request);
  const result = api ? throttled(parts, api) : route(parts, request, incoming);
  send(response, result, parts);
  const statement = api && statementOf(api);
  parts.log.add({
    at,
    durationMs: Date.now() - at,
    method: request.method,
    path: request.path,
    ...(statement === undefined ? {} : { query: statement }),
    ...(api ? { realmId: api.realmId } : {}),
    status: result.status,
    rows: result.rows ?? 0,
    bytes: result.body.length,
  });
}

async function requestOf({ clock, switches, log }: Parts, incoming: IncomingMessage): Promise<Request> {
  const startedMs = clock.now();
  const url = new URL(incoming.url ?? "/", "http://simulator");
  const skewMs = switches.hostSkewsMs[log.total % Math.max(1, switches.hostSkewsMs.length)] ?? 0;
  const body = incoming.method === "GET" ? "" : await readBody(incoming);
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
    startedMs,
    hostMs: startedMs + skewMs,
  };
}

function throttled({ api, throttle, switches }: Parts, request: ApiRequest): Answer {
  const refusal = api.refuse(request);
  if (refusal) return refusal;
  const leave = throttle.enter(request.realmId, request.rest[0] === "batch");
  if (!leave)
    return throttleExceeded(
      switches.throttleBody,
      switches.retryAfterSeconds,
      answerTime(request.hostMs),
      request.hostMs,
    );
  try {
    return api.handle(request);
  } finally {
    leave();
  }
}

function route({ oauth }: Parts, request: Request, { headers }: IncomingMessage): Answer {
  const path = request.path.replace(/\/$/, "");
  if (discoveryPaths.includes(path)) return oauth.discovery(`http://${headers.host ?? ""}`);
  if (path === paths.authorize) return oauth.authorize(request);
  if (path === paths.token && request.method === "POST") return oauth.token(request);
  if (path === paths.revoke && request.method === "POST") return oauth.revoke(request);
  if (path === paths.userinfo) return oauth.userinfo(request);
  if (path === paths.jwks) return oauth.idTokens.keys();
  return json(404, { error: `Nothing is at ${request.method} ${request.path}.` });
}

function send(response: ServerResponse, { status, headers, body }: Answer, { randomHex }: Parts): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...headers,
    "Content-Length": bytes.length,
    intuit_tid: `1-${randomHex(4)}-${randomHex(12)}`,
  });
  response.end(bytes);
}
