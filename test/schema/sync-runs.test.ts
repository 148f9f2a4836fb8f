import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { connectCompany, dataOf, send } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

let gateway: Gateway;
let firm: Firm;
let operator: string;
let connectionId: string;
let syncRunId: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  operator = await firm.token("OPERATOR");
});

beforeEach(async () => {
  ({ connectionId, syncRunId } = await connectCompany(gateway, await firm.token("ADMIN")));
});

afterEach(async () => {
  const { prisma } = gateway.database;
  await prisma.syncRun.deleteMany();
  await prisma.recordFailure.deleteMany();
  await prisma.mirrorDrift.deleteMany();
  await prisma.connection.deleteMany();
});

afterAll(() => gateway.stop());

const start = async (input: object, token = operator) =>
  (
    await dataOf(
      gateway,
      `mutation ($input: StartSyncInput!) {
        startSync(input: $input) { outcome syncRun { id mode status requestedBy { kind name } } userErrors { field code } }
      }`,
      { token, variables: { input: { connectionId, mode: "FULL", ...input } } },
    )
  )["startSync"];

const cancel = async (id: string, token = operator) =>
  (
    await dataOf(
      gateway,
      "mutation ($id: ID!) { cancelSync(input: { syncRunId: $id }) { syncRun { id status } userErrors { field code } } }",
      { token, variables: { id } },
    )
  )["cancelSync"];

test("asking for what already waits joins it, and what reads less waits behind it", async () => {
  expect(await start({})).toMatchObject({ outcome: "JOINED", syncRun: { id: syncRunId }, userErrors: [] });
  await cancel(syncRunId);
  expect(await start({ transactionsFrom: "2026-01-01" })).toMatchObject({
    outcome: "STARTED",
    syncRun: { mode: "FULL", status: "QUEUED", requestedBy: { kind: "MEMBER", name: "OPERATOR" } },
  });
  expect(await start({})).toMatchObject({ outcome: "QUEUED" });
});

test("the same idempotency key gives the same run, and with other input it is refused", async () => {
  const idempotencyKey = randomUUID();
  const first = await start({ idempotencyKey });
  expect(await start({ idempotencyKey })).toEqual(first);
  expect(await start({ idempotencyKey, transactionsFrom: "2026-01-01" })).toEqual({
    outcome: null,
    syncRun: null,
    userErrors: [{ field: ["input", "idempotencyKey"], code: "IDEMPOTENCY_KEY_REUSED" }],
  });
});

test("a run is stopped once; stopping it again is ALREADY_FINISHED", async () => {
  expect(await cancel(syncRunId)).toEqual({ syncRun: { id: syncRunId, status: "CANCELLED" }, userErrors: [] });
  expect(await cancel(syncRunId)).toEqual({
    syncRun: null,
    userErrors: [{ field: ["input", "syncRunId"], code: "ALREADY_FINISHED" }],
  });
});

test("ids of another organization are NOT_FOUND in mutations and null in queries, like ids of nothing", async () => {
  const other = await (await gateway.newFirm()).token("ADMIN");
  const notFound = (field: string) => ({ syncRun: null, userErrors: [{ field: ["input", field], code: "NOT_FOUND" }] });
  expect(await start({}, other)).toEqual({ outcome: null, ...notFound("connectionId") });
  expect(await start({ connectionId: "nothing" })).toEqual({ outcome: null, ...notFound("connectionId") });
  expect(await cancel(syncRunId, other)).toEqual(notFound("syncRunId"));
  const query = `query ($run: ID!, $connection: ID!) {
    syncRun(id: $run) { id } connection(id: $connection) { id } node(id: $run) { id }
    syncRuns(connectionId: $connection) { totalCount } failures(connectionId: $connection) { totalCount }
    all: syncRuns { totalCount } connections { totalCount }
  }`;
  const empty = {
    syncRun: null,
    connection: null,
    node: null,
    syncRuns: null,
    failures: null,
    all: { totalCount: 0 },
    connections: { totalCount: 0 },
  };
  expect(
    await dataOf(gateway, query, { token: other, variables: { run: syncRunId, connection: connectionId } }),
  ).toEqual(empty);
  expect(await dataOf(gateway, query, { token: other, variables: { run: "nothing", connection: "WzEsMl0" } })).toEqual(
    empty,
  );
});

test("a viewer reads runs and may not start or stop them", async () => {
  const token = await firm.token("VIEWER");
  const { data, errors } = await send(
    gateway,
    `mutation ($id: ID!, $connection: ID!) {
      startSync(input: { connectionId: $connection, mode: FULL }) { outcome }
      cancelSync(input: { syncRunId: $id }) { syncRun { id } }
    }`,
    { token, variables: { id: syncRunId, connection: connectionId } },
  );
  expect(data).toEqual({ startSync: null, cancelSync: null });
  expect(errors?.map(({ extensions }) => extensions["code"])).toEqual(["FORBIDDEN", "FORBIDDEN"]);
  const { syncRun } = await dataOf(gateway, "query ($id: ID!) { syncRun(id: $id) { status } }", {
    token,
    variables: { id: syncRunId },
  });
  expect(syncRun).toEqual({ status: "QUEUED" });
});

const page = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ id: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});

test("runs are paged from the latest to the first, each once, whatever comes in between", async () => {
  const insert = (count: number) =>
    gateway.database.pool.query(
      `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at)
       SELECT gen_random_uuid(), connection_id, 1, 'INCREMENTAL', 'SCHEDULE', 'SUCCEEDED', '{}', now()
       FROM quickbooks_syncs, generate_series(1, $1) LIMIT $1`,
      [count],
    );
  await insert(7);
  const seen: string[] = [];
  let after: string | null = null;
  for (let hasNextPage = true; hasNextPage;) {
    const { syncRuns } = await dataOf(
      gateway,
      "query ($after: String) { syncRuns(first: 3, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }",
      { token: operator, variables: { after } },
    );
    const { nodes, pageInfo } = page.parse(syncRuns);
    seen.push(...nodes.map(({ id }) => id));
    ({ hasNextPage, endCursor: after } = pageInfo);
    if (hasNextPage) await insert(1);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toHaveLength(8);
  expect(seen.at(-1)).toBe(syncRunId);
});

test("runs are filtered by all that is given, an empty list matches nothing, and cursors are bound to the filter", async () => {
  const count = async (filter: object) => {
    const { syncRuns } = await dataOf(
      gateway,
      "query ($filter: SyncRunFilter) { syncRuns(filter: $filter) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }",
      { token: operator, variables: { filter } },
    );
    return page.parse(syncRuns).totalCount;
  };
  expect(await count({ status: { eq: "QUEUED" }, mode: { in: ["FULL", "VERIFY"] } })).toBe(1);
  expect(await count({ status: { eq: "QUEUED" }, trigger: { eq: "SCHEDULE" } })).toBe(0);
  expect(await count({ status: { in: [] } })).toBe(0);
  expect(await count({ status: null })).toBe(1);
  const { syncRuns } = await dataOf(gateway, "{ syncRuns { edges { cursor } } }", { token: operator });
  const [edge] = z.object({ edges: z.array(z.object({ cursor: z.string() })) }).parse(syncRuns).edges;
  const { errors } = await send(
    gateway,
    "query ($after: String) { syncRuns(after: $after, filter: { status: { eq: QUEUED } }) { totalCount } }",
    { token: operator, variables: { after: edge?.cursor } },
  );
  expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "after", reason: "INVALID_CURSOR" });
});

test("progress, rate, totals and the end are told of a run that is being worked on", async () => {
  const { prisma, pool } = gateway.database;
  const [row] = await prisma.syncRun.findMany();
  await pool.query(
    `UPDATE quickbooks_syncs SET status = 'RUNNING', started_at = now() - interval '10 s', api_calls = 12 WHERE id = $1`,
    [row?.id],
  );
  await pool.query(
    `UPDATE sync_run_entities SET phase = CASE WHEN position = 1 THEN 'READING' ELSE 'SKIPPED' END::"EntityPhase",
       expected = CASE WHEN position = 1 THEN 300 ELSE 0 END, read = CASE WHEN position = 1 THEN 100 ELSE 0 END,
       created = CASE WHEN position = 1 THEN 90 ELSE 0 END, failed = CASE WHEN position = 1 THEN 10 ELSE 0 END,
       started_at = now() - interval '10 s', finished_at = CASE WHEN position = 1 THEN NULL ELSE now() END
     WHERE run_id = $1`,
    [row?.id],
  );
  const { syncRun } = await dataOf(
    gateway,
    `query ($id: ID!) { syncRun(id: $id) {
      status apiCalls estimatedCompletionAt totals { expected read created failed }
      entities { phase recordsPerSecond secondsLeft complete proof } connection { currentRun { id } }
    } }`,
    { token: operator, variables: { id: syncRunId } },
  );
  const [reading, skipped] = z.object({ entities: z.array(z.record(z.string(), z.unknown())) }).parse(syncRun).entities;
  expect(syncRun).toMatchObject({
    status: "RUNNING",
    apiCalls: 12,
    estimatedCompletionAt: expect.any(String),
    totals: { expected: 300, read: 100, created: 90, failed: 10 },
    connection: { currentRun: { id: syncRunId } },
  });
  expect(reading).toMatchObject({ phase: "READING", complete: null, proof: null });
  expect(reading?.["recordsPerSecond"]).toBeCloseTo(10, 0);
  expect(reading?.["secondsLeft"]).toBeGreaterThan(15);
  expect(skipped).toMatchObject({ phase: "SKIPPED", secondsLeft: 0, complete: false });
});

test("runs are filtered by when a worker began them, from an instant on and up to another", async () => {
  await gateway.database.pool.query("UPDATE quickbooks_syncs SET started_at = '2026-11-20T08:00:00Z'");
  const count = async (startedAt: object) => {
    const { syncRuns } = await dataOf(
      gateway,
      "query ($filter: SyncRunFilter) { syncRuns(filter: $filter) { totalCount } }",
      { token: operator, variables: { filter: { startedAt } } },
    );
    return syncRuns;
  };
  expect(await count({ gte: "2026-11-20T08:00:00Z", lt: "2026-11-21T00:00:00Z" })).toEqual({ totalCount: 1 });
  expect(await count({ gt: "2026-11-20T08:00:00Z" })).toEqual({ totalCount: 0 });
  expect(await count({ lt: "2026-11-20T08:00:00Z" })).toEqual({ totalCount: 0 });
  expect(await count({ in: [] })).toEqual({ totalCount: 0 });
});

const previewed = `query ($id: ID!, $after: String, $filter: PreviewFilter) { syncRun(id: $id) { isDryRun
  preview(first: 2, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor } nodes { id entity quickbooksId kind reason fields { path before after } }
  }
} }`;

test("a dry run lists what it would do page by page, with values for an OPERATOR and without for a VIEWER", async () => {
  const { pool } = gateway.database;
  const fields = [{ path: "notes", before: null, after: "called" }];
  await pool.query("UPDATE quickbooks_syncs SET is_dry_run = true");
  await pool.query(
    `INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind, fields, reason)
     SELECT id, connection_id, d.entity, d.quickbooks_id, d.kind::"DriftKind", d.fields::jsonb, d.reason FROM quickbooks_syncs,
       (VALUES ('Customer', '7', 'DIFFERENT', $1, NULL), ('Customer', '8', 'REFUSED', NULL, 'Line: expected a list'),
         ('Invoice', '1', 'MISSING', NULL, NULL), ('Payment', '1', 'EXTRA', NULL, NULL)) AS d(entity, quickbooks_id, kind, fields, reason)`,
    [JSON.stringify(fields)],
  );
  const ask = async (variables: object, token = operator) =>
    (await dataOf(gateway, previewed, { token, variables: { id: syncRunId, ...variables } }))["syncRun"];
  const plain = { reason: null, fields: [] };
  const first = await ask({});
  expect(first).toMatchObject({
    isDryRun: true,
    preview: {
      totalCount: 4,
      nodes: [
        { entity: "CUSTOMER", quickbooksId: "7", kind: "UPDATED", reason: null, fields },
        { entity: "CUSTOMER", quickbooksId: "8", kind: "FAILED", reason: "Line: expected a list", fields: [] },
      ],
    },
  });
  const { preview } = z.object({ preview: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) }).parse(first);
  expect(await ask({ after: preview.pageInfo.endCursor })).toMatchObject({
    preview: {
      pageInfo: { hasNextPage: false },
      nodes: [
        { entity: "INVOICE", quickbooksId: "1", kind: "CREATED", ...plain },
        { entity: "PAYMENT", quickbooksId: "1", kind: "REMOVED", ...plain },
      ],
    },
  });
  expect(await ask({ filter: { kind: { in: ["REMOVED", "CREATED"] }, entity: { eq: "INVOICE" } } })).toMatchObject({
    preview: { totalCount: 1, nodes: [{ entity: "INVOICE", kind: "CREATED" }] },
  });
  const { preview: listed } = z
    .object({ preview: z.object({ nodes: z.array(z.object({ id: z.string() })) }) })
    .parse(first);
  const byId = "query ($id: ID!) { node(id: $id) { ... on PreviewedRecord { quickbooksId kind } } }";
  const variables = { id: listed.nodes[0]?.id };
  const ofFirm = await dataOf(gateway, byId, { token: operator, variables });
  expect(ofFirm).toEqual({ node: { quickbooksId: "7", kind: "UPDATED" } });
  const { token } = await gateway.newFirm();
  expect(await dataOf(gateway, byId, { token: await token("ADMIN"), variables })).toEqual({ node: null });
  expect(await ask({}, await firm.token("VIEWER"))).toMatchObject({
    preview: { nodes: [{ fields: [{ path: "notes", before: null, after: null }] }, { fields: [] }] },
  });
  await pool.query("UPDATE quickbooks_syncs SET is_dry_run = false");
  expect(await ask({})).toEqual({ isDryRun: false, preview: null });
});

test("a failure shows its payload to an OPERATOR and hides it from a VIEWER", async () => {
  await gateway.database.pool.query(
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, payload, status, first_seen_at, last_seen_at)
     SELECT gen_random_uuid(), connection_id, 1, id, 'Invoice', '7', 'INVALID_RECORD', 'Line: expected a list', '{"Id":"7"}', 'OPEN', now(), now()
     FROM quickbooks_syncs`,
  );
  const query = `query ($connection: ID!) { failures(connectionId: $connection, filter: { entity: { eq: INVOICE }, status: { eq: OPEN } }) {
    totalCount nodes { entity quickbooksId code reason payload status attempts syncRun { id } connection { companyName } }
  } }`;
  const failure = {
    entity: "INVOICE",
    quickbooksId: "7",
    code: "INVALID_RECORD",
    reason: "Line: expected a list",
    status: "OPEN",
    attempts: 1,
    syncRun: { id: syncRunId },
    connection: { companyName: "Hillside" },
  };
  const variables = { connection: connectionId };
  expect(await dataOf(gateway, query, { token: operator, variables })).toEqual({
    failures: { totalCount: 1, nodes: [{ ...failure, payload: '{"Id":"7"}' }] },
  });
  expect(await dataOf(gateway, query, { token: await firm.token("VIEWER"), variables })).toEqual({
    failures: { totalCount: 1, nodes: [{ ...failure, payload: null }] },
  });
  const { connection } = await dataOf(
    gateway,
    "query ($connection: ID!) { connection(id: $connection) { mirror { entity failures } syncRuns { nodes { failures { totalCount } } } } }",
    { token: operator, variables },
  );
  expect(connection).toMatchObject({
    mirror: expect.arrayContaining([{ entity: "INVOICE", failures: 1 }]),
    syncRuns: { nodes: [{ failures: { totalCount: 1 } }] },
  });
});
