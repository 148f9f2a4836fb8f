import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import WebSocket from "ws";
import type { Role } from "../../src/access/actor.js";
import type { Authenticator } from "../../src/access/authentication.js";
import { createStreams, type Streams } from "../../src/foundation/streams.js";
import { createHttpApp, type HttpApp } from "../../src/http/app.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { until } from "../support/until.js";

const operator = { kind: "SYSTEM", name: "operator" } as const;

let gateway: Gateway;
/** Another process on the same database: all that is done, is done by the first. */
let other: { readonly app: HttpApp; readonly streams: Streams; readonly url: string };
let firm: Firm;
/** Of whom it was asked again, each time that was answered. */
const asked: string[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  const { services, database } = gateway;
  const streams = createStreams({ database, log: services.log, pollIntervalMs: 3_600_000 });
  const authenticator: Authenticator = {
    async authenticate(authorization) {
      const caller = await services.authenticator.authenticate(authorization);
      return {
        ...caller,
        async askAgain() {
          const actor = await caller.askAgain();
          asked.push(caller.actor.id);
          return actor;
        },
      };
    },
  };
  const app = await createHttpApp({ ...services, authenticator, streams, metrics: new Registry() });
  await streams.start();
  other = { app, streams, url: (await app.listen(0, "127.0.0.1")).url };
});

beforeEach(async () => {
  firm = await gateway.newFirm();
});

afterAll(async () => {
  await other.app.stop();
  await other.streams.stop();
  await gateway.stop();
});

/** A socket of the other process that was let in; `closed` gives the code it is closed with. */
async function open(token: string): Promise<{ readonly socket: WebSocket; readonly closed: Promise<number> }> {
  const socket = new WebSocket(`${other.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const closed = once(socket, "close").then(([code]) => Number(code));
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  const [message] = (await once(socket, "message")) as [Buffer];
  expect(JSON.parse(message.toString())).toEqual({ type: "connection_ack" });
  return { socket, closed };
}

const newKey = (role: Role, more: { readonly expiresAt?: Date } = {}) =>
  gateway.services.apiKeys.create(operator, firm.organizationId, { name: "Program", role, ...more });

/** How often it has been asked who they are by now: once when they were let in, and once for each change since. */
const askedOf = (id: string, times: number) =>
  until(() => (asked.filter((one) => one === id).length >= times ? true : undefined));

/** Whoever is not meant is still there, and is answered. */
async function expectOpen({ socket }: { readonly socket: WebSocket }): Promise<void> {
  socket.send(JSON.stringify({ type: "ping" }));
  const [message] = (await once(socket, "message")) as [Buffer];
  expect(JSON.parse(message.toString())).toEqual({ type: "pong" });
  socket.close();
}

test("a revoked key closes its open sockets at once with 4403, in whatever process, and nobody else's", async () => {
  const [revoked, another] = [await newKey("VIEWER"), await newKey("VIEWER")];
  const [its, anothers, member] = [
    await open(revoked.key),
    await open(another.key),
    await open(await firm.token("VIEWER")),
  ];
  const bystanders = [another.apiKey.id, firm.memberId("VIEWER")];
  for (const id of bystanders) await askedOf(id, 1);
  await gateway.services.apiKeys.revoke(operator, firm.organizationId, revoked.apiKey.id);
  expect(await its.closed).toBe(4403);
  for (const id of bystanders) await askedOf(id, 2);
  await expectOpen(anothers);
  await expectOpen(member);
});

test("a member who is removed loses their open sockets at once", async () => {
  const [removed, stays] = [await open(await firm.token("OPERATOR")), await open(await firm.token("ADMIN"))];
  await gateway.services.organizations.removeMember(operator, firm.organizationId, firm.memberId("OPERATOR"));
  expect(await removed.closed).toBe(4403);
  await expectOpen(stays);
});

test("a member with another role loses their open sockets, and so does the key they made, for what they follow was for the old one", async () => {
  const { organizationId } = firm;
  const actor = {
    kind: "MEMBER",
    id: firm.memberId("ADMIN"),
    organizationId,
    role: "ADMIN",
    name: "Ada",
  } as const;
  const { key } = await gateway.services.apiKeys.create(actor, organizationId, { name: "Theirs", role: "ADMIN" });
  const [person, program] = [await open(await firm.token("ADMIN")), await open(key)];
  const { organizations } = gateway.services;
  await organizations.setRole(operator, organizationId, firm.memberId("OPERATOR"), "ADMIN");
  await organizations.setRole(operator, organizationId, firm.memberId("ADMIN"), "VIEWER");
  expect([await person.closed, await program.closed]).toEqual([4403, 4403]);
});

test("a socket is closed with 4403 when its key ends", async () => {
  const { key } = await newKey("VIEWER", { expiresAt: new Date(Date.now() + 1_000) });
  expect(await (await open(key)).closed).toBe(4403);
});

test("a key that is revoked while its socket is let in is not forgotten", async () => {
  const { apiKey, key } = await newKey("VIEWER");
  const { authenticator } = gateway.services;
  const late = await createHttpApp({
    ...gateway.services,
    metrics: new Registry(),
    authenticator: {
      async authenticate(authorization) {
        const caller = await authenticator.authenticate(authorization);
        await gateway.services.apiKeys.revoke(operator, firm.organizationId, apiKey.id);
        return caller;
      },
    },
  });
  const { url } = await late.listen(0, "127.0.0.1");
  const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const closed = once(socket, "close");
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${key}` } }));
  expect((await closed)[0]).toBe(4403);
  await late.stop();
});
