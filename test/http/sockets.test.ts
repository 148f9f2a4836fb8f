import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import WebSocket from "ws";
import { until } from "../support/until.js";
import { socketClient } from "./client.js";
import { type Firm, type Gateway, publicUrl, startGateway, trustedOrigin } from "./gateway.js";

const leak = "SELECT refresh_token FROM quickbooks_tokens -- secret-of-the-test";
let gateway: Gateway;
let firm: Firm;

beforeAll(async () => {
  gateway = await startGateway(({ streams }) => ({
    streams: {
      append: (...event) => streams.append(...event),
      start: () => streams.start(),
      stop: () => streams.stop(),
      // A stream that fails as nobody foresaw, after its first event; not the one by which sockets are guarded.
      async *follow(options) {
        for await (const event of streams.follow(options)) {
          yield event;
          if (!options.stream.startsWith("access:")) throw new Error(leak);
        }
      },
    },
  }));
  firm = await gateway.newFirm();
});

afterAll(() => gateway.stop());

const protocol = "graphql-transport-ws";
const address = () => `${gateway.url.replace("http", "ws")}/graphql`;

/** The code a socket is closed with after these messages. */
async function closeCode(messages: readonly object[], protocols: string | string[] = protocol): Promise<number> {
  const socket = new WebSocket(address(), protocols);
  const closed = once(socket, "close");
  await once(socket, "open");
  for (const message of messages) socket.send(JSON.stringify(message));
  const [code] = (await closed) as [number];
  return code;
}

const init = async (validMs?: number) => ({
  type: "connection_init",
  payload: { authorization: `Bearer ${await firm.token("VIEWER", validMs)}` },
});

/** How the gateway answers the attempt to open a socket. */
async function upgradeStatus(origin: string | undefined, path = "/graphql"): Promise<number> {
  const socket = new WebSocket(address().replace("/graphql", path), protocol, origin === undefined ? {} : { origin });
  return new Promise((resolve) => {
    socket.once("open", () => {
      socket.close();
      resolve(101);
    });
    socket.once("unexpected-response", (_request, { statusCode }) => resolve(statusCode ?? 0));
    socket.once("error", () => undefined);
  });
}

test("a socket without a token, or with a wrong one, is closed with 4403", async () => {
  expect(await closeCode([{ type: "connection_init" }])).toBe(4403);
  expect(await closeCode([{ type: "connection_init", payload: { authorization: "Bearer not.a.token" } }])).toBe(4403);
  expect(await closeCode([{ type: "connection_init", payload: { authorization: 7 } }])).toBe(4403);
});

test("a socket is closed with 4403 when its token ends, so that clients come again with a new one", async () => {
  const started = Date.now();
  expect(await closeCode([await init(1_500)])).toBe(4403);
  expect(Date.now() - started).toBeLessThan(4_000);
});

test("breaches of the protocol have its close codes", async () => {
  expect(await closeCode([{ type: "subscribe", id: "1", payload: { query: "{ viewer { name } }" } }])).toBe(4401);
  expect(await closeCode([await init(), await init()])).toBe(4429);
  expect(await closeCode([{ type: "nonsense" }])).toBe(4400);
});

test("a socket that never says who opens it is closed with 4408, and one of no protocol with 4406", async () => {
  expect(await Promise.all([closeCode([]), closeCode([], [])])).toEqual([4408, 4406]);
});

test("a second operation of the same id closes the socket with 4409", async () => {
  const socket = new WebSocket(address(), protocol);
  const closed = once(socket, "close");
  await once(socket, "open");
  socket.send(JSON.stringify(await init()));
  await once(socket, "message");
  const query = "subscription { connectionEvents { kind } }";
  for (let time = 0; time < 2; time += 1) {
    socket.send(JSON.stringify({ type: "subscribe", id: "same", payload: { query } }));
  }
  expect((await closed)[0]).toBe(4409);
});

test("a message of more than 64 KiB closes the socket", async () => {
  expect(await closeCode([{ type: "ping", payload: { text: "x".repeat(70_000) } }])).toBe(1009);
});

test("pages of other origins cannot open a socket, trusted ones and programs can", async () => {
  expect(await upgradeStatus("https://evil.example.com")).toBe(403);
  expect(await upgradeStatus(trustedOrigin)).toBe(101);
  expect(await upgradeStatus(publicUrl)).toBe(101);
  expect(await upgradeStatus(undefined)).toBe(101);
  expect(await upgradeStatus(undefined, "/elsewhere")).toBe(404);
});

test("an error that nobody foresaw is masked over WebSocket as well", async () => {
  const client = socketClient(gateway, await firm.token("VIEWER"));
  const messages: unknown[] = [];
  await new Promise<void>((resolve) => {
    client.subscribe(
      { query: "subscription { connectionEvents { kind } }" },
      {
        next: (message) => messages.push(message),
        error: (error) => resolve(void messages.push(error)),
        complete: resolve,
      },
    );
  });
  await client.dispose();
  expect(messages).toEqual([
    { data: { connectionEvents: { kind: "SNAPSHOT" } }, extensions: { cost: expect.anything() } },
    [
      {
        message: expect.stringContaining("Internal server error"),
        extensions: { code: "INTERNAL_SERVER_ERROR", requestId: expect.any(String), cost: expect.anything() },
      },
    ],
  ]);
  expect(JSON.stringify(messages)).not.toContain("secret-of-the-test");
  expect(gateway.logged()).toContain("An operation failed unexpectedly.");
});

test("a subscription to nothing is NOT_FOUND", async () => {
  const client = socketClient(gateway, await firm.token("VIEWER"));
  const failure = await new Promise<unknown>((resolve) => {
    client.subscribe(
      { query: 'subscription { connectionEvents(connectionId: "nothing") { kind } }' },
      { next: resolve, error: resolve, complete: () => resolve(undefined) },
    );
  });
  await client.dispose();
  expect(failure).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
});

test("sockets are counted while they are open, also those that close while they are let in", async () => {
  const isOpen = (count: number) =>
    until(async () => {
      const headers = { authorization: "Bearer metrics-token" };
      const text = await (await fetch(`${gateway.url}/metrics`, { headers })).text();
      return text.includes(`gateway_websockets ${count}\n`) ? true : undefined;
    });
  await isOpen(0);
  const socket = new WebSocket(address(), protocol);
  await once(socket, "open");
  socket.send(JSON.stringify(await init()));
  await isOpen(1);
  expect(await closeCode([await init(), await init()])).toBe(4429);
  await isOpen(1);
  socket.close();
  await isOpen(0);
});
