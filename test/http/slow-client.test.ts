import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import WebSocket from "ws";
import { z } from "zod";
import { connectionStream } from "../../src/sync/run-view.js";
import { until } from "../support/until.js";
import { connectCompany } from "./client.js";
import { type Firm, type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;
let firm: Firm;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  await connectCompany(gateway, await firm.token("ADMIN"));
  // Answers large enough to fill what lies between the gateway and a client that does not read.
  await gateway.database.pool.query("UPDATE connections SET company_name = repeat('x', 4000)");
});

afterAll(() => gateway.stop());

const large = Array.from({ length: 25 }, (_, index) => `n${index}: companyName`).join(" ");
const message = z.object({ type: z.string(), payload: z.unknown().optional() });
const next = z.object({ data: z.object({ connectionEvents: z.object({ kind: z.string() }) }) });

/** A client that follows the organization's connections; what it hears are the kinds of events, and "complete". */
async function follow(): Promise<{ readonly socket: WebSocket; readonly heard: string[] }> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  const heard: string[] = [];
  socket.on("message", (text: Buffer) => {
    const { type, payload } = message.parse(JSON.parse(text.toString("utf8")));
    if (type === "next") heard.push(next.parse(payload).data.connectionEvents.kind);
    if (type === "complete") heard.push(type);
  });
  await once(socket, "open");
  const authorization = `Bearer ${await firm.token("VIEWER")}`;
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization } }));
  const query = `subscription { connectionEvents { kind connections { ${large} } } }`;
  await once(socket, "message");
  socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query } }));
  await until(() => heard[0]);
  return { socket, heard };
}

test("a client that stops reading harms nobody, and is told to begin again when it reads on", async () => {
  const [slow, quick] = await Promise.all([follow(), follow()]);
  slow.socket.pause();
  const events = 500;
  for (let number = 1; number <= events; number += 1) {
    await gateway.database.transaction(async (client) => {
      const { rows } = await client.query<{ id: string }>("SELECT id FROM connections");
      await gateway.streams.append(client, connectionStream(firm.organizationId), "CHANGED", {
        connectionId: rows[0]?.id,
      });
    });
  }
  await until(() => (quick.heard.length === events + 1 ? true : undefined), 20_000);
  expect(slow.heard).toEqual(["SNAPSHOT"]);
  slow.socket.resume();
  await until(() => (slow.heard.at(-1) === "complete" ? true : undefined), 20_000);
  expect(slow.heard.at(-2)).toBe("RESYNC_REQUIRED");
  expect(slow.heard.length).toBeLessThan(events);
  const { heard, socket } = await follow();
  expect(heard).toEqual(["SNAPSHOT"]);
  for (const each of [slow.socket, quick.socket, socket]) each.close();
});
