import { on, once } from "node:events";
import WebSocket from "ws";
import { z } from "zod";

/** What is followed: a subscription with `$after`, whose one field is named. */
export interface Followed<Event> {
  readonly query: string;
  readonly field: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly event: z.ZodType<Event>;
}

interface Hearing {
  readonly token: string;
  /** The processes of the gateway; after each loss the next is asked. */
  readonly urls: readonly string[];
  /** The socket is lost after so many events. */
  readonly eventsPerSocket: number;
  /** Nothing more is awaited. */
  readonly isDone: (last: { readonly kind: string }) => boolean;
  readonly onFirst: () => void;
}

export interface Heard<Event> {
  readonly events: readonly Event[];
  /** Sockets that were lost on the way. */
  readonly losses: number;
}

/** The arguments of a "message" event: what came, and whether it is binary. */
const received = z.tuple([z.instanceof(Buffer), z.boolean()]);
const message = z.object({ type: z.string(), payload: z.unknown().optional() });

/** Follows through sockets that are lost again and again, in the midst of what is sent, and goes on behind the last event heard. */
export async function followRestlessly<Event extends { readonly kind: string; readonly cursor: string }>(
  followed: Followed<Event>,
  { token, urls, eventsPerSocket, isDone, onFirst }: Hearing,
): Promise<Heard<Event>> {
  const events: Event[] = [];
  for (let losses = 0; ; losses += 1) {
    const socket = await open(urls[losses % urls.length] ?? "", token);
    const variables = { ...followed.variables, after: events.at(-1)?.cursor };
    socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query: followed.query, variables } }));
    let heard = 0;
    for await (const each of on(socket, "message", { close: ["close"] })) {
      const { type, payload } = message.parse(JSON.parse(received.parse(each)[0].toString("utf8")));
      if (type === "error") throw new Error(`The subscription was refused: ${JSON.stringify(payload)}`);
      if (type === "next") {
        events.push(eventOf(followed, payload));
        heard += 1;
        if (events.length === 1) onFirst();
      }
      const last = events.at(-1);
      if (type === "complete" || (last !== undefined && isDone(last))) {
        socket.terminate();
        return { events, losses };
      }
      if (heard === eventsPerSocket) break;
    }
    // No close frame, no farewell: as when a network goes.
    socket.terminate();
  }
}

function eventOf<Event>({ field, event }: Followed<Event>, payload: unknown): Event {
  const { data } = z.object({ data: z.record(z.string(), z.unknown()) }).parse(payload);
  return event.parse(data[field]);
}

async function open(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  await once(socket, "message");
  return socket;
}
