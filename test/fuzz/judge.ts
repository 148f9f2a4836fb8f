import { once } from "node:events";
import WebSocket from "ws";
import { z } from "zod";
import type { FuzzRequest, Target } from "./requests.js";

/** What a request was answered with, as far as it matters. */
interface Answered {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly location: string | null;
}

const timeoutMs = 30_000;

const errors = z
  .array(z.looseObject({ message: z.string().min(1), extensions: z.looseObject({ code: z.string().min(1) }) }))
  .min(1);
const graphqlAnswer = z
  .object({ data: z.record(z.string(), z.unknown()).nullish(), errors: errors.optional() })
  .refine(({ data, errors: told }) => data !== undefined || told !== undefined, "neither data nor errors");
const refusal = z.object({ errors });

/** How a request is sent and looked at. */
export interface Judging {
  readonly target: Target;
  /** Stands in the other organization's data alone. */
  readonly planted: string;
  /** Where it comes from, as the proxy before the gateway tells it. */
  readonly address: string;
  /** Hears the status of every answer over HTTP. */
  readonly onStatus: (status: number) => void;
}

/** Sends it, and says what is wrong with the answer; undefined where nothing is. */
export async function judge(request: FuzzRequest, judging: Judging): Promise<string | undefined> {
  const { target, planted, address, onStatus } = judging;
  if (request.over === "WebSocket") return judgeSocket(request.messages, judging);
  const { method, path, headers, body } = request;
  const response = await fetch(`${target.url}${path}`, {
    method,
    headers: { ...fit(headers), "x-forwarded-for": address },
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    ...(body !== undefined && { body }),
  });
  const { status, headers: told } = response;
  onStatus(status);
  const answered = {
    status,
    type: told.get("content-type") ?? "",
    body: await response.text(),
    location: told.get("location"),
  };
  if (hasLeaked(answered.body + [...told].join(), planted)) return "what belongs to another organization was shown";
  return method === "HEAD" ? tooBad(status) : (tooBad(status) ?? wrongShape(path, method, answered, target));
}

const tooBad = (status: number): string | undefined => (status >= 500 ? `HTTP ${status}` : undefined);
const hasLeaked = (text: string, planted: string): boolean => text.toLowerCase().includes(planted);

/** A header can hold no line break, no NUL and nothing beyond Latin-1: what is left is as odd as a client can be. */
const fit = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(/[^\t\x20-\x7e\xa0-\xff]/g, "").trim()]),
  );

function wrongShape(
  path: string,
  method: string,
  { status, type, body, location }: Answered,
  { url }: Target,
): string | undefined {
  if (status >= 300 && status < 400)
    return location !== null && (location.startsWith(url) || /^\/(?!\/)/.test(location))
      ? undefined
      : `a redirect to ${location ?? "nowhere"}`;
  if (status === 204 || (method === "OPTIONS" && /^[A-Z, ]*$/.test(body))) return undefined;
  // Pages, and what operators' tools read, when all is well with them.
  if (status === 200 && /^\/(graphiql|metrics|healthz|readyz)/.test(path)) return undefined;
  if (status === 401 && path.startsWith("/metrics")) return undefined;
  if (!/^application\/(graphql-response\+)?json/.test(type)) return `HTTP ${status} with the type "${type}"`;
  const answer = parsed(body);
  if (path.startsWith("/api/webhooks") && status === 200) return body === "{}" ? undefined : "an odd acknowledgement";
  const { error } = (status === 200 ? graphqlAnswer : refusal.or(graphqlAnswer)).safeParse(answer);
  if (error !== undefined) return `HTTP ${status} with an answer of another shape: ${z.prettifyError(error)}`;
  return internal(body);
}

const internal = (body: string): string | undefined =>
  body.includes("INTERNAL_SERVER_ERROR") ? "an internal error" : undefined;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const serverMessage = z.looseObject({ type: z.enum(["connection_ack", "ping", "pong", "next", "error", "complete"]) });
/** Codes of the protocol for what a client did wrong; 4500 and 1011 are ours. */
const isOurFault = (code: number): boolean => code === 4500 || code === 1011 || code === 1006;
const marker = { type: "ping", payload: { last: true } };
/** For what is still on its way when the ping is answered: a subscription's first event is read from the database. */
const graceMs = 150;

/** Says it all, then waits for the answer to a ping and what comes with it, or for the end. */
async function judgeSocket(
  messages: readonly string[],
  { target: { url }, planted, address }: Judging,
): Promise<string | undefined> {
  const headers = { "x-forwarded-for": address };
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws", { headers });
  const heard: string[] = [];
  let code = 1000;
  const ended = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8");
      heard.push(text);
      if (text.includes('"last":true')) setTimeout(resolve, graceMs);
    });
    socket.on("close", (closedWith: number) => {
      code = closedWith;
      resolve();
    });
    socket.on("error", () => undefined);
    setTimeout(resolve, timeoutMs).unref();
  });
  await once(socket, "open");
  for (const message of [...messages, JSON.stringify(marker)]) socket.send(message);
  await ended;
  socket.terminate();
  if (isOurFault(code)) return `the socket was closed with ${code}`;
  if (code === 1000 && !heard.some((text) => text.includes('"last":true'))) return "the socket gave no answer";
  const odd = heard.find((text) => !serverMessage.safeParse(parsed(text)).success);
  if (odd !== undefined) return `a message of another shape: ${odd.slice(0, 200)}`;
  if (heard.some((text) => hasLeaked(text, planted))) return "what belongs to another organization was shown";
  return heard.map(internal).find((wrong) => wrong !== undefined);
}
