import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { z } from "zod";
import { signatureHeader, signatureOf } from "../../src/sync/alerts/webhook.js";
import { dataOf, send, socketClient } from "../http/client.js";
import { connectCompany, gatewayProgram, newAdmin, type GatewayProgram } from "../support/gateway.js";
import { startMiddleman, type Fault, type Middleman, type Passing } from "../support/middleman.js";
import { buildPrograms, type Programs } from "../support/program.js";
import { startSimulatorProgram, type SimulatorProgram } from "../support/simulator.js";
import { startTap, type Tap } from "../support/tap.js";
import { until } from "../support/until.js";
import { type Received, withReceiver } from "../simulator/receiver.js";
import { cloudBody, deliver, sign } from "../webhooks/bodies.js";

/**
 * A gateway lives through everything that has to do with secrets, with every line of its log and every byte that it says kept: nothing secret is
 * in them. QuickBooks meanwhile refuses, fails and breaks off, and quotes the gateway's own tokens while it does.
 */

const realmId = "9130000000000001";
const secret = (): string => randomBytes(30).toString("base64url");
const [verifierToken, metricsToken, authSecret, encryptionKey] = [
  secret(),
  secret(),
  secret(),
  randomBytes(32).toString("base64"),
];

let programs: Programs;
let simulator: SimulatorProgram;
let middleman: Middleman;
let tap: Tap;
let gateway: GatewayProgram;
let admin: string;
let apiKey: string;
const clients: Client[] = [];
let log: string;
/** What the alert webhook was sent, and the key that an operator is shown. */
let alertsReceived: readonly Received[];
let alertKey: string;
/** Those that somebody is told, once: a new key, and what a browser carries through the connect flow. */
const toldOnce = new Map<string, string>();
const told: unknown[] = [];
/** How QuickBooks failed, and how often it did. */
const failed = new Map<string, number>();

const sent = z.object({ id: z.string() });

/** Everything that QuickBooks could quote. */
const quoted = ({ headers, body }: Passing): string => `${headers["authorization"] ?? ""} ${body.slice(0, 4_000)}`;

const faults: Readonly<Record<string, (request: Passing) => Fault>> = {
  "401 once": (request) => asFault(401, "3200", quoted(request)),
  "500 as HTML": (request) => ({ status: 500, body: `<html><body>${quoted(request)}</body></html>` }),
  "500 as a fault": (request) => asFault(500, "10000", quoted(request)),
  "429": (request) => ({ ...asFault(429, "3001", quoted(request)), headers: { "retry-after": "1" } }),
  "403": (request) => asFault(403, "5020", quoted(request)),
  "400": (request) => asFault(400, "2010", `token=${bearerOf(request)}`),
  "200 with a fault": (request) => asFault(200, "6000", bearerOf(request)),
  "200 as no JSON": (request) => ({ status: 200, body: `${bearerOf(request)} {"QueryResponse": ${quoted(request)}` }),
};

const bearerOf = ({ headers }: Passing): string => (headers["authorization"] ?? "").replace("Bearer ", "");

function asFault(status: number, code: string, words: string): Fault {
  const error = { Message: `Something is wrong with ${words}`, Detail: words, code };
  return { status, body: JSON.stringify({ Fault: { Error: [error], type: "SERVICE" } }) };
}

const isApi = ({ path }: Passing): boolean => path.startsWith("/v3/");

beforeAll(async () => {
  programs = await buildPrograms();
  simulator = await startSimulatorProgram(programs, [{ realmId, seed: "secrets", size: 60 }]);
  middleman = await startMiddleman(simulator);
  tap = await startTap();
  await withReceiver(async (receiver) => {
    gateway = await gatewayProgram({
      programs,
      simulator: middleman.simulator,
      store: "server",
      settings: {
        PUBLIC_URL: tap.url,
        LOG_LEVEL: "trace",
        METRICS_TOKEN: metricsToken,
        QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: verifierToken,
        AUTH_SECRET: authSecret,
        ENCRYPTION_KEYS: `planted:${encryptionKey}`,
        ALERT_WEBHOOK_URL: `${receiver.url}/${alertPath}`,
      },
    });
    await gateway.start();
    tap.port = Number(new URL(gateway.url).port);
    await live();
    await until(() => receiver.received.some(isOfLostAuthorization) || undefined, 90_000, 200);
    alertsReceived = [...receiver.received];
    alertKey = (await gateway.operate("alert", "key")).trim();
    await gateway.process.stop();
    log = gateway.process.output;
  });
}, 300_000);

const isOfLostAuthorization = ({ body }: Received): boolean => body.includes("AUTHORIZATION_LOST");

const alertPath = secret();

afterAll(async () => {
  for (const client of clients) await client.dispose();
  await gateway.remove();
  await Promise.all([tap.stop(), middleman.stop()]);
  await simulator.stop();
  programs.remove();
});

const ask = (query: string, variables: object = {}, token = admin) => send(tap, query, { token, variables });
const data = (query: string, variables: object = {}, token = admin) => dataOf(tap, query, { token, variables });

async function live(): Promise<void> {
  admin = await newAdmin(gateway);
  const made = await data('mutation { createApiKey(input: { name: "Program", role: ADMIN }) { key } }');
  apiKey = z.object({ key: z.string() }).parse(made["createApiKey"]).key;
  toldOnce.set("the API key", apiKey);
  const connectionId = await connect();
  follow(admin);
  follow(apiKey);
  await pushAnEdit(connectionId);
  await webhooks();
  await fail(connectionId);
  await strangers();
  await loseAuthorization(connectionId);
  for (const path of ["/healthz", "/readyz", "/metrics", `/graphiql?authorization=${admin}`])
    await fetch(`${tap.url}${path}`, { headers: { authorization: `Bearer ${metricsToken}` } }).then((answer) =>
      answer.text(),
    );
}

/** As a browser does it; what it carries meanwhile is known from its way. */
async function connect(): Promise<string> {
  const before = tap.said().length;
  const { connectionId } = await connectCompany({ ...gateway, url: tap.url }, admin, realmId);
  const way = tap.said().slice(before);
  for (const [name, found] of [
    ["the state", /[?&]state=([\w%.~-]+)/.exec(way)?.[1]],
    ["the handle", /[?&]connect=([\w%.~-]+)/.exec(way)?.[1]],
  ] as const) {
    toldOnce.set(name, decodeURIComponent(found ?? ""));
  }
  await runsEnd(connectionId);
  return connectionId;
}

/** Subscriptions whose messages go through the tap. */
function follow(token: string): void {
  const client = socketClient(tap, token);
  clients.push(client);
  for (const query of [
    "connectionEvents { kind connections { id companyName } syncRun { id error { message } } }",
    "localChangeEvents { kind }",
  ]) {
    client.subscribe(
      { query: `subscription { ${query} }` },
      { next: (event) => void told.push(event), error: () => undefined, complete: () => undefined },
    );
  }
}

async function runsEnd(connectionId: string): Promise<void> {
  const query = "query ($id: ID!) { connection(id: $id) { currentRun { id status error { message } } } }";
  await until(
    async () =>
      z.object({ currentRun: z.unknown() }).parse((await data(query, { id: connectionId }))["connection"])
        .currentRun === null || undefined,
    120_000,
    200,
  );
}

const edit = `mutation ($id: ID!, $note: String!) {
  updateCustomer(input: { id: $id, fields: { notes: $note } }) { localChange { id } userErrors { message } } }`;

async function newEdit(connectionId: string, note: string): Promise<string> {
  const { customers } = await data("query ($id: ID!) { customers(connectionId: $id, first: 1) { nodes { id } } }", {
    id: connectionId,
  });
  const [customer] = z.object({ nodes: z.array(sent) }).parse(customers).nodes;
  const { updateCustomer } = await data(edit, { id: customer?.id, note });
  return z.object({ localChange: sent }).parse(updateCustomer).localChange.id;
}

async function editBecomes(id: string, status: string): Promise<void> {
  const query = "query ($id: ID!) { localChange(id: $id) { status error { code message } } }";
  await until(
    async () =>
      z.object({ status: z.string() }).parse((await data(query, { id }))["localChange"]).status === status || undefined,
    120_000,
    200,
  );
}

async function pushAnEdit(connectionId: string): Promise<void> {
  await editBecomes(await newEdit(connectionId, "A note."), "PUSHED");
}

async function webhooks(): Promise<void> {
  const notice = cloudBody([{ realmId, name: "Customer", id: "1", operation: "Update" }]);
  for (const body of [notice, "no JSON", JSON.stringify([{ realmId, token: verifierToken }])])
    await (await deliver(tap.url, body, { "intuit-signature": sign(body, verifierToken) })).text();
  await (await deliver(tap.url, notice, { "intuit-signature": verifierToken })).text();
}

/** Each fault once for whoever asks at once, for a run, and for an edit. */
async function fail(connectionId: string): Promise<void> {
  for (const [name, fault] of Object.entries(faults)) {
    let left = name === "401 once" ? 1 : 3;
    middleman.answer = (request) => {
      if (!isApi(request) || left === 0) return undefined;
      left--;
      failed.set(name, (failed.get(name) ?? 0) + 1);
      return fault(request);
    };
    const input = { connectionId };
    await ask(
      "mutation ($input: TestConnectionInput!) { testConnection(input: $input) { success error userErrors { message } } }",
      { input },
    );
    await ask(
      "mutation ($input: StartSyncInput!) { startSync(input: $input) { syncRun { id error { message } } userErrors { message } } }",
      {
        input: { connectionId, mode: "INCREMENTAL" },
      },
    );
    await runsEnd(connectionId);
  }
  middleman.answer = (request) => (isApi(request) && request.method === "POST" ? faults["400"]?.(request) : undefined);
  await editBecomes(await newEdit(connectionId, "Another note."), "REJECTED");
  middleman.answer = () => undefined;
  await ask("{ syncRuns(first: 50) { nodes { error { message } failures { nodes { reason payload } } } } }");
}

/** Who brings secrets where they do not belong, or wrong ones. */
async function strangers(): Promise<void> {
  await ask("{ viewer { name } }", {}, `${admin}x`);
  await ask("{ viewer { name } }", {}, `${apiKey}x`);
  for (const path of [
    `/graphql?query={viewer{name}}&authorization=${admin}&token=${apiKey}`,
    `/api/auth/quickbooks/callback?code=${secretCode}&state=${secretState}&realmId=${realmId}`,
    `/api/auth/quickbooks/callback?error=access_denied&state=${secretState}`,
    `/nowhere?token=${apiKey}`,
  ]) {
    const answer = await fetch(`${tap.url}${path}`, { redirect: "manual", headers: { cookie: `session=${admin}` } });
    await answer.text();
  }
  const body = `{"query": "{ viewer { name } }", "authorization": "${apiKey}"`;
  const headers = { "content-type": "application/json", authorization: `Bearer ${admin}` };
  await (await fetch(`${tap.url}/graphql`, { method: "POST", headers, body })).text();
  await ask('mutation { completeConnection(input: { handle: "wrong" }) { userErrors { message } } }');
}

const [secretCode, secretState] = [secret(), secret()];

/** QuickBooks refuses the access token, and then the refresh token too, and quotes both. */
async function loseAuthorization(connectionId: string): Promise<void> {
  middleman.answer = (request) => {
    if (request.path.includes("/tokens/")) {
      failed.set("400 invalid_grant", 1);
      const body = JSON.stringify({ error: "invalid_grant", error_description: `${request.body} ${quoted(request)}` });
      return { status: 400, body };
    }
    if (!isApi(request)) return undefined;
    failed.set("401", 1);
    return asFault(401, "3200", quoted(request));
  };
  const input = { connectionId };
  await ask("mutation ($input: TestConnectionInput!) { testConnection(input: $input) { success error } }", { input });
  const query = "query ($id: ID!) { connection(id: $id) { status authorization { warning } } }";
  await until(async () => {
    const { connection } = await data(query, { id: connectionId });
    return z.object({ status: z.string() }).parse(connection).status === "REAUTHORIZATION_REQUIRED" || undefined;
  });
}

/** By what they are, so that a failure names what leaked and does not print it. */
function secrets(): ReadonlyMap<string, string> {
  const passed = [...middleman.secrets].map(
    (value, index) => [`what passed to or from QuickBooks, ${index}`, value] as const,
  );
  return new Map([
    ...passed,
    ["the client secret", simulator.clientSecret],
    ["the verifier token", verifierToken],
    ["the metrics token", metricsToken],
    ["the encryption key", encryptionKey],
    ["the secret of tokens", authSecret],
    ["a member's token", admin],
    ["a stranger's code", secretCode],
    ["a stranger's state", secretState],
    ["the path of the alert webhook", alertPath],
  ]);
}

/** Whoever has the beginning of a secret has too much. */
const beginningOf = (value: string): string => value.slice(0, 16);
/** All tokens of members begin alike, and so do all keys. */
const distinct = (value: string): string =>
  value.startsWith("eyJ") || value.startsWith("qbgw_") ? value : beginningOf(value);

const leakedIn = (text: string, all: ReadonlyMap<string, string>): string[] =>
  [...all].filter(([, value]) => value.length > 0 && text.includes(distinct(value))).map(([name]) => name);

test("the gateway was asked, told, failed and refused everything that it was to be", () => {
  expect([...failed.keys()].sort()).toEqual([...Object.keys(faults), "400 invalid_grant", "401"].sort());
  expect(middleman.secrets.size).toBeGreaterThanOrEqual(6);
  for (const [name, value] of toldOnce) expect({ name, length: value.length > 15 }).toEqual({ name, length: true });
  expect(told.length).toBeGreaterThan(6);
  expect(tap.said()).toContain("REAUTHORIZATION_REQUIRED");
  expect(tap.said()).toContain("SYNC_FINISHED");
  expect(tap.said()).toContain("# HELP");
  expect(log).toContain("QuickBooks was called.");
  expect(log).toContain("A webhook was refused");
});

test("no secret is in the log, at its lowest level", () => {
  expect(leakedIn(log, new Map([...secrets(), ...toldOnce]))).toEqual([]);
  expect(log).not.toContain(realmId);
});

test("no secret is in an answer, a header, a metric or a message of a stream", () => {
  expect(leakedIn(tap.said(), secrets())).toEqual([]);
});

test("the alert webhook is told that the authorization is lost, signed by the key that an operator is shown, and no secret", () => {
  for (const { headers, body } of alertsReceived) {
    const at = /^t=(\d+)/.exec(String(headers[signatureHeader]))?.[1];
    expect(headers[signatureHeader]).toBe(signatureOf(alertKey, Number(at), body));
    expect(leakedIn(body + JSON.stringify(headers), new Map([...secrets(), ...toldOnce]))).toEqual([]);
    expect(body).not.toContain(realmId);
  }
  expect(alertsReceived.filter(isOfLostAuthorization)).toHaveLength(1);
  expect(JSON.parse(alertsReceived.find(isOfLostAuthorization)?.body ?? "")).toMatchObject({
    event: "alert.opened",
    connection: { companyName: expect.any(String) },
  });
});

test("a new key, the state and the handle are told to whom they are for, once", () => {
  const times = [...toldOnce].map(([name, value]) => [name, tap.said().split(value).length - 1]);
  expect(times).toEqual([...toldOnce].map(([name]) => [name, 1]));
});
