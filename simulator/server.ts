import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { json, throttleExceeded } from "./answers.js";
import type { Answer } from "./answers.js";
import { apiRequest, entitiesOf, isRead, questionOf } from "./api.js";
import type { Api, ApiRequest } from "./api.js";
import type { Clock } from "./clock.js";
import type { Control } from "./control/control.js";
import { faultAfter, faultAnswer } from "./fault-answers.js";
import type { Faults } from "./faults.js";
import type { Meter, Throttle } from "./limits.js";
import type { RequestLog } from "./log.js";
import { paths } from "./oauth/endpoints.js";
import type { OAuthEndpoints } from "./oauth/endpoints.js";
import { answerTime } from "./pacific.js";
import { readBody } from "./request.js";
import type { Request } from "./request.js";
import type { Switches } from "./switches.js";
import { kindOf } from "./writes/kind.js";
import { asXml } from "./xml.js";

/** The parts a simulator is made of. */
export interface Parts {
  readonly clock: Clock;
  readonly switches: Switches;
  readonly oauth: OAuthEndpoints;
  readonly api: Api;
  readonly throttle: Throttle;
  readonly meter: Meter;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly control: Control;
  readonly randomHex: (bytes: number) => string;
}

/** An answer, or a connection that ends without one. */
type Outcome = Answer | "dropped";

const discoveryPaths = ["/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration"];

/** The simulator's HTTP server, not yet listening. */
export function simulatorServer(parts: Parts): Server {
  const server = createServer((incoming, response) => {
    serve(parts, incoming, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        void send(
          parts,
          response,
          json(500, { error: error instanceof Error ? error.message : "The simulator failed." }),
        );
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

async function serve(parts: Parts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = Date.now();
  const request = await requestOf(parts, incoming);
  if (request.path.startsWith("/control/")) {
    await send(parts, response, await parts.control.handle(request));
    return;
  }
  const api = apiRequest(request);
  const outcome = api ? await throttled(parts, api) : await faulty(parts, request, () => route(parts, request));
  const question = api && questionOf(api);
  const answer = outcome === "dropped" ? undefined : outcome;
  parts.log.add({
    at,
    durationMs: Date.now() - at,
    method: request.method,
    path: request.path,
    ...(question === undefined ? {} : { query: question }),
    ...(api ? { realmId: api.realmId } : {}),
    status: answer?.status ?? 0,
    rows: answer?.rows ?? 0,
    bytes: answer ? sizeOf(answer) : 0,
  });
  if (answer) await send(parts, response, answer);
  else response.destroy();
}

async function requestOf({ clock, switches, log }: Parts, incoming: IncomingMessage): Promise<Request> {
  const startedMs = clock.now();
  const url = new URL(incoming.url ?? "/", "http://simulator");
  const skewMs = switches.hostSkewsMs[log.total % Math.max(1, switches.hostSkewsMs.length)] ?? 0;
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: incoming.method === "GET" ? "" : await readBody(incoming),
    startedMs,
    hostMs: startedMs + skewMs,
  };
}

async function throttled(parts: Parts, request: ApiRequest): Promise<Outcome> {
  const { api, throttle, switches } = parts;
  const refusal = api.refuse(request);
  if (refusal) return refusal;
  const leave = throttle.enter(request.realmId, request.rest[0] === "batch");
  if (!leave) {
    return throttleExceeded(
      switches.throttleBody,
      switches.retryAfterSeconds,
      answerTime(request.hostMs),
      request.hostMs,
    );
  }
  try {
    return await faulty(parts, request, () => metered(parts, request), request);
  } finally {
    leave();
  }
}

function metered({ api, meter }: Parts, request: ApiRequest): Answer {
  const answer = api.handle(request);
  meter.count(request.realmId, answer.reads ?? (answer.status < 300 && isRead(request) ? 1 : 0));
  return inAcceptedForm(request, answer);
}

/** The API answers in XML unless JSON is asked for, by header or parameter (recorded). */
function inAcceptedForm({ headers, query }: Request, answer: Answer): Answer {
  const wantsJson = headers.accept?.includes("json") === true || query.get("format") === "json";
  return wantsJson ? answer : asXml(answer);
}

/** Handles a request, unless an injected fault meets it. */
async function faulty(parts: Parts, request: Request, handle: () => Answer, api?: ApiRequest): Promise<Outcome> {
  const injected = parts.faults.take({
    path: request.path,
    query: (api && questionOf(api)) ?? "",
    entities: api ? entitiesOf(api) : [],
    realmId: api?.realmId ?? "",
    operation: api && (isRead(api) ? "read" : kindOf(api)),
  });
  if (!injected) return handle();
  const { kind, delayMs } = injected.spec;
  if (delayMs !== undefined && kind !== "delay-after") await delay(delayMs, undefined, { ref: false });
  if (kind === "hold") await injected.released;
  if (kind === "drop") return "dropped";
  const replaced = faultAnswer(kind, request, parts.switches);
  if (replaced) return replaced;
  return (await faultAfter(injected, handle(), request, parts.switches)) ?? "dropped";
}

function route({ oauth }: Parts, request: Request): Answer {
  const path = request.path.replace(/\/$/, "");
  if (discoveryPaths.includes(path)) return oauth.discovery(`http://${request.headers.host ?? ""}`);
  if (path === paths.authorize) return oauth.authorize(request);
  if (path === paths.token && request.method === "POST") return oauth.token(request);
  if (path === paths.revoke && request.method === "POST") return oauth.revoke(request);
  if (path === paths.userinfo) return oauth.userinfo(request);
  if (path === paths.jwks) return oauth.idTokens.keys();
  return json(404, { error: `Nothing is at ${request.method} ${request.path}.` });
}

function sizeOf({ body }: Answer): number {
  return typeof body === "string" || Buffer.isBuffer(body) ? body.length : 0;
}

async function send({ randomHex }: Parts, response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  const all = { ...headers, intuit_tid: `1-${randomHex(4)}-${randomHex(12)}` };
  if (typeof body !== "string" && !Buffer.isBuffer(body)) {
    response.writeHead(status, all);
    await pipeline(Readable.from(body), response);
    return;
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...all, "Content-Length": bytes.length });
  response.end(bytes);
}
