import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Registry } from "prom-client";
import WebSocket from "ws";
import { openDatabase } from "../../src/foundation/database/database.js";
import { createHttpApp } from "../../src/http/app.js";
import { send } from "./client.js";
import { type Gateway, startGateway } from "./gateway.js";

let gateway: Gateway;

beforeEach(async () => {
  gateway = await startGateway(({ connectFlow, ...services }) => ({
    connectFlow: {
      // Answers as slowly as QuickBooks may, until the test lets it go on.
      begin: async () => {
        begun();
        await mayGoOn;
        return { authorizationUrl: "https://example.com", expiresAt: services.clock.now() };
      },
      callback: (parameters) => connectFlow.callback(parameters),
      disconnected: (parameters) => connectFlow.disconnected(parameters),
      complete: (input, onConnected) => connectFlow.complete(input, onConnected),
      disconnect: (input) => connectFlow.disconnect(input),
    },
  }));
});

afterEach(() => gateway.stop());

let begun = (): void => undefined;
let goOn = (): void => undefined;
const hasBegun = new Promise<void>((resolve) => (begun = resolve));
const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));

const status = async (path: string) => (await fetch(`${gateway.url}${path}`)).status;

test("the gateway says whether it lives and whether it is ready", async () => {
  expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 200]);
  gateway.app.setReady(false);
  expect([await status("/healthz"), await status("/readyz")]).toEqual([200, 503]);
});

test("without its database the gateway is not ready, and says so without detail", async () => {
  const nowhere = openDatabase("postgresql://nobody:secret@127.0.0.1:1/nothing", { log: gateway.services.log });
  const lost = await createHttpApp({ ...gateway.services, database: nowhere, metrics: new Registry() });
  const { url } = await lost.listen(0, "127.0.0.1");
  lost.setReady(true);
  const response = await fetch(`${url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "the database does not answer" });
  await lost.stop();
  await nowhere.close();
});

test("metrics are for who brings METRICS_TOKEN", async () => {
  expect(await status("/metrics")).toBe(401);
  await send(gateway, "{ viewer { name } }", { token: await (await gateway.newFirm()).token("VIEWER") });
  const response = await fetch(`${gateway.url}/metrics`, { headers: { authorization: "Bearer metrics-token" } });
  const text = await response.text();
  expect(text).toContain('gateway_graphql_operations_total{operation="query",outcome="success"} 1');
  expect(text).toContain("process_cpu_seconds_total");
});

test("stopping sends sockets elsewhere with 1001, answers what was asked, and closes the port", async () => {
  const firm = await gateway.newFirm();
  const token = await firm.token("ADMIN");
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
  await once(socket, "message");
  const closed = once(socket, "close");
  const asked = send(gateway, 'mutation { connectQuickBooks(input: { returnTo: "/" }) { authorizationUrl } }', {
    token,
  });
  await hasBegun;
  const stopped = gateway.app.stop();
  expect((await closed)[0]).toBe(1001);
  goOn();
  expect((await asked).data).toEqual({ connectQuickBooks: { authorizationUrl: "https://example.com" } });
  await stopped;
  await expect(fetch(`${gateway.url}/healthz`)).rejects.toThrow();
});

test("a taken port is told at once", async () => {
  const other = await createHttpApp({ ...gateway.services, metrics: new Registry() });
  await expect(other.listen(Number(new URL(gateway.url).port), "127.0.0.1")).rejects.toThrow(/EADDRINUSE/);
});
