import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { connectionStream } from "../../src/sync/run-view.js";
import { codesOf, dataOf, send, socketClient } from "../http/client.js";
import { type ConflictsWorld, createConflictsWorld } from "../schema/conflicts-world.js";
import { mutations, naming, queries, subscriptions } from "../schema/operations.js";
import { until } from "../support/until.js";

const operator = { kind: "SYSTEM", name: "operator" } as const;

let world: ConflictsWorld;
/** The company that the key reaches. */
let reached: string;
let key: string;
/** An ADMIN of another organization. */
let stranger: string;
/** Global ids of what belongs to the other company, one of each type. */
let others: readonly string[];

beforeAll(async () => {
  world = await createConflictsWorld();
  const { gateway, firm, tokens, connectionId } = world;
  await world.conflict();
  const { prisma } = gateway.database;
  const own = { connectionId: decodeId(connectionId)?.id ?? "" };
  reached = await world.newCompany(firm);
  const limit = { connectionIds: [decodeId(reached)?.id ?? ""] };
  ({ key } = await gateway.services.apiKeys.create(operator, firm.organizationId, {
    name: "One",
    role: "ADMIN",
    ...limit,
  }));
  stranger = await (await gateway.newFirm()).token("ADMIN");
  const run = await prisma.syncRun.findFirstOrThrow({ where: own });
  const failure = {
    ...own,
    epoch: 1,
    entity: "Customer",
    runId: run.id,
    code: "INVALID",
    reason: "Broken",
    status: "OPEN",
  } as const;
  const seenAt = { firstSeenAt: new Date(), lastSeenAt: new Date() };
  const failureId = (await prisma.recordFailure.create({ data: { ...failure, ...seenAt, id: randomUUID() } })).id;
  const [admin] = await prisma.member.findMany({ where: { organizationId: firm.organizationId, role: "ADMIN" } });
  const asked = { ...own, entities: ["Item"], format: "CSV" } as const;
  const of = {
    kind: "MEMBER",
    id: admin?.id ?? "",
    organizationId: firm.organizationId,
    role: "ADMIN",
    name: "Ada",
  } as const;
  const alert = {
    ...own,
    organizationId: firm.organizationId,
    kind: "FRESHNESS",
    status: "OPEN",
    message: "",
  } as const;
  const alertId = (await prisma.alert.create({ data: { ...alert, id: randomUUID(), openedAt: new Date() } })).id;
  others = [
    connectionId,
    encodeId("DataExport", (await gateway.services.exports.create(of, asked)).id),
    encodeId("Alert", alertId),
    encodeId("SyncRun", run.id),
    encodeId("RecordFailure", failureId),
    encodeId("Customer", (await prisma.customer.findFirstOrThrow({ where: own })).id),
    encodeId("Invoice", (await prisma.invoice.findFirstOrThrow({ where: own })).id),
    encodeId("LocalChange", (await prisma.localChange.findFirstOrThrow({ where: own })).id),
    encodeId("Conflict", (await prisma.conflict.findFirstOrThrow({ where: own })).id),
    encodeId("EntityChange", (await prisma.entityChange.findFirstOrThrow({ where: own })).id),
  ];
  const nodes = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  const seen = await dataOf(gateway, nodes, { token: tokens.ADMIN, variables: { ids: others } });
  expect(seen).toEqual({ nodes: others.map((id) => ({ id })) });
});

afterAll(() => world.stop());

const told = ({ data, errors = [] }: Awaited<ReturnType<typeof send>>) => ({
  data,
  messages: errors.map(({ message }) => message),
});
/** Nothing was found, or only then would it be looked for. */
const isDenied = (data: unknown): boolean => /"(NOT_FOUND|INVALID)"|:null|:\[null\]/.test(JSON.stringify(data));

test("I10: a key limited to some connections is answered about the others as a stranger is, by every operation that names one", async () => {
  const found: string[] = [];
  for (const [kind, fields] of [
    ["query", queries],
    ["mutation", mutations],
  ] as const) {
    for (const field of fields) {
      const queriesOf = (id: string) => naming(kind, field, { connectionId: world.connectionId, id });
      for (const query of new Set(others.flatMap(queriesOf))) {
        const its = told(await send(world.gateway, query, { token: key }));
        if (its.messages[0]?.startsWith("This is for people") === true) continue;
        expect({ query, ...its }).toEqual({ query, ...told(await send(world.gateway, query, { token: stranger })) });
        if (!isDenied(its.data)) found.push(field.name);
      }
    }
  }
  // It tells of each conflict by itself why it was not resolved.
  expect([...new Set(found)]).toEqual(["resolveConflicts"]);
});

test("I10: no list that a key asks for holds anything of the connections that it does not reach", async () => {
  const lists = `{ connections { nodes { id } } syncRuns { totalCount } failures { totalCount } conflicts { totalCount }
    localChanges { totalCount } webhookEvents { totalCount } alerts { totalCount } dashboard { activeConnections openConflicts recentRuns { id } recentFailures { id } } }`;
  expect(await dataOf(world.gateway, lists, { token: key })).toEqual({
    ...{ connections: { nodes: [{ id: reached }] }, syncRuns: { totalCount: 0 }, failures: { totalCount: 0 } },
    ...{
      conflicts: { totalCount: 0 },
      localChanges: { totalCount: 0 },
      webhookEvents: { totalCount: 0 },
      alerts: { totalCount: 0 },
    },
    dashboard: { activeConnections: 1, openConflicts: 0, recentRuns: [], recentFailures: [] },
  });
  const audit = "{ auditEntries { totalCount } }";
  expect(codesOf(await send(world.gateway, audit, { token: key }))).toEqual(["FORBIDDEN"]);
});

test("I10: no subscription tells a key of connections that it does not reach", async () => {
  const { gateway, firm, connectionId } = world;
  for (const field of subscriptions) {
    for (const query of naming("subscription", field, { connectionId, id: others[3] ?? "" })) {
      const client = socketClient(gateway, key);
      const first = await new Promise<unknown>((resolve) => {
        client.subscribe({ query }, { next: resolve, error: resolve, complete: () => resolve(undefined) });
      });
      await client.dispose();
      expect({ query, first }).toMatchObject({ query, first: { errors: [{ extensions: { code: "NOT_FOUND" } }] } });
    }
  }
  const client = socketClient(gateway, key);
  const told: unknown[] = [];
  const query = "subscription { connectionEvents { kind connections { id } } }";
  client.subscribe(
    { query },
    { next: ({ data }) => told.push(data), error: () => undefined, complete: () => undefined },
  );
  await until(() => (told.length === 1 ? true : undefined));
  for (const id of [connectionId, reached]) {
    const about = { connectionId: decodeId(id)?.id };
    await gateway.database.transaction((tx) =>
      gateway.streams.append(tx, connectionStream(firm.organizationId), "CHANGED", about),
    );
  }
  await until(() => (told.length === 2 ? true : undefined));
  await client.dispose();
  const connections = [{ id: reached }];
  expect(told).toEqual([
    { connectionEvents: { kind: "SNAPSHOT", connections } },
    { connectionEvents: { kind: "CHANGED", connections } },
  ]);
});

test("I10: no key can be limited to another organization's connection, not even by an operator", async () => {
  const { services, newFirm } = world.gateway;
  const { organizationId } = await newFirm();
  const foreign = { name: "Foreign", role: "VIEWER", connectionIds: [decodeId(reached)?.id ?? ""] } as const;
  await expect(services.apiKeys.create(operator, organizationId, foreign)).rejects.toMatchObject({
    code: "NOT_FOUND",
    field: "connectionIds",
  });
});

test("a limited key works on the connections that it reaches, and connects no other company", async () => {
  const start = "mutation ($input: StartSyncInput!) { startSync(input: $input) { outcome userErrors { code } } }";
  const input = { connectionId: reached, mode: "INCREMENTAL" };
  expect(await dataOf(world.gateway, start, { token: key, variables: { input } })).toEqual({
    startSync: { outcome: "STARTED", userErrors: [] },
  });
  const connect = `mutation ($input: ConnectQuickBooksInput!) { connectQuickBooks(input: $input) { authorizationUrl userErrors { code } } }`;
  const again = { token: key, variables: { input: { returnTo: "/", connectionId: reached } } };
  expect(await dataOf(world.gateway, connect, again)).toMatchObject({
    connectQuickBooks: { authorizationUrl: expect.any(String), userErrors: [] },
  });
  const another = { token: key, variables: { input: { returnTo: "/" } } };
  expect(codesOf(await send(world.gateway, connect, another))).toEqual(["FORBIDDEN"]);
});

test("I10: whoever asks for an organization's connections asks the one rule", () => {
  const sources = ["src/sync", "src/schema", "src/quickbooks"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => join(folder, file)),
  );
  const aside = sources.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const asked = [
      /\bc(onnections)?\.organization_id = \$/,
      /FROM connections[^`"]*WHERE[^`"]*\borganization_id = \$/,
      /connection\.\w+\(\{\s*where: \{ organizationId/,
    ];
    return asked.some((pattern) => pattern.test(text)) ? [file] : [];
  });
  // Counts for all who follow an organization's conflicts; each is shown what they reach of it.
  expect(aside).toEqual(["src/sync/conflicts/open-counts.ts"]);
});
