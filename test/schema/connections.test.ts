import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import type { PrismaClient } from "../../src/generated/prisma/client.js";
import { connectCompany, dataOf } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

let gateway: Gateway;
let firm: Firm;
let viewer: string;
let connectionId: string;
let asked = 0;

beforeAll(async () => {
  gateway = await startGateway(({ database }) => ({
    database: Object.assign(Object.create(database) as typeof database, { prisma: counting(database.prisma) }),
  }));
  firm = await gateway.newFirm();
  viewer = await firm.token("VIEWER");
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
});

afterAll(() => gateway.stop());

/** The same client, which counts what it is asked. */
function counting(prisma: PrismaClient): PrismaClient {
  const counted = prisma.$extends({
    query: {
      $allOperations({ args, query }) {
        asked += 1;
        return query(args);
      },
    },
  });
  return counted as unknown as PrismaClient;
}

/** More companies of the firm, each like the first. */
const addCompanies = (count: number) =>
  gateway.database.pool.query(
    `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, company_name, status, entities, connected_at, created_at)
     SELECT gen_random_uuid(), organization_id, environment, realm_id, gen_random_uuid(), 'Branch ' || n, 'DISCONNECTED', entities, now(), now()
     FROM connections, generate_series(1, $1) n WHERE company_name = 'Hillside'`,
    [count],
  );

const companies = `{ connections(first: 100) { totalCount nodes {
  id companyName lastSyncAt isConnected settings { entities transactionsSince isPaused } authorization { refreshTokenEndsAt }
  apiUsage { reads writes throttledSeconds } mirror { entity records completeUpTo lagSeconds lastVerifiedAt failures }
  currentRun { id status totals { read } entities { phase } connection { id } }
} } }`;

test("many companies are read with as few statements as one", async () => {
  asked = 0;
  await dataOf(gateway, companies, { token: viewer });
  const forOne = asked;
  await addCompanies(40);
  asked = 0;
  const { connections } = await dataOf(gateway, companies, { token: viewer });
  expect(asked).toBe(forOne);
  expect(connections).toMatchObject({
    totalCount: 41,
    nodes: expect.arrayContaining([expect.objectContaining({ companyName: "Hillside" })]),
  });
});

test("companies are filtered by status and by environment", async () => {
  const count = async (filter: string) =>
    (await dataOf(gateway, `{ connections(filter: ${filter}) { totalCount } }`, { token: viewer }))["connections"];
  expect(await count("{ status: { eq: CONNECTED } }")).toEqual({ totalCount: 1 });
  expect(await count("{ status: { in: [CONNECTED, DISCONNECTED] }, environment: { eq: SIMULATOR } }")).toEqual({
    totalCount: 41,
  });
  expect(await count("{ environment: { eq: PRODUCTION } }")).toEqual({ totalCount: 0 });
});

test("a company tells how completely each entity of its scope is mirrored", async () => {
  const { pool } = gateway.database;
  await pool.query(
    `INSERT INTO mirror_counts SELECT id, 'Invoice', state, 5 FROM connections, unnest(enum_range(NULL::"RecordState")) state WHERE company_name = 'Hillside'
     ON CONFLICT (connection_id, epoch, entity, state) DO UPDATE SET records = 5`,
  );
  await pool.query(
    `INSERT INTO mirror_status (connection_id, entity, epoch, watermark) SELECT id, 'Invoice', 1, now() - interval '90 s' FROM connections WHERE company_name = 'Hillside'`,
  );
  const { connection } = await dataOf(
    gateway,
    "query ($id: ID!) { connection(id: $id) { mirror { entity records completeUpTo lagSeconds failures } } }",
    { token: viewer, variables: { id: connectionId } },
  );
  const { mirror } = z.object({ mirror: z.array(z.record(z.string(), z.unknown())) }).parse(connection);
  // Active, inactive and voided ones; deleted and merged ones are gone.
  expect(mirror).toContainEqual({
    entity: "INVOICE",
    records: 15,
    completeUpTo: expect.any(String),
    lagSeconds: expect.any(Number),
    failures: 0,
  });
  expect(mirror).toContainEqual({ entity: "ITEM", records: 0, completeUpTo: null, lagSeconds: null, failures: 0 });
});

test("what was mirrored, refused and synced of a company before it was reset counts no more", async () => {
  const { pool } = gateway.database;
  const query = `query ($id: ID!) { connection(id: $id) { lastSyncAt mirror { records completeUpTo lastVerifiedAt failures drift { missing } } } }`;
  const ask = async () =>
    (await dataOf(gateway, query, { token: viewer, variables: { id: connectionId } }))["connection"];
  const ofHillside = "FROM connections WHERE company_name = 'Hillside'";
  for (const statement of [
    `INSERT INTO mirror_counts (connection_id, epoch, entity, state, records) SELECT id, epoch, 'Customer', 'ACTIVE', 7 ${ofHillside}`,
    `INSERT INTO quickbooks_syncs (id, connection_id, epoch, mode, trigger, status, entities, queued_at, finished_at)
     SELECT gen_random_uuid(), id, epoch, 'VERIFY', 'MANUAL', 'SUCCEEDED', entities, now(), now() ${ofHillside}`,
    `INSERT INTO mirror_status (connection_id, entity, epoch, watermark, last_verified_at, verified_by)
     SELECT r.connection_id, 'Customer', r.epoch, now(), now(), r.id FROM quickbooks_syncs r WHERE mode = 'VERIFY'`,
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, code, reason, status, first_seen_at, last_seen_at)
     SELECT gen_random_uuid(), id, epoch, gen_random_uuid(), 'Customer', 'A', 'test', 'OPEN', now(), now() ${ofHillside}`,
  ]) {
    await pool.query(statement);
  }
  const customers = { records: 7, completeUpTo: expect.any(String), lastVerifiedAt: expect.any(String), failures: 1 };
  expect(await ask()).toMatchObject({
    lastSyncAt: expect.any(String),
    mirror: expect.arrayContaining([expect.objectContaining({ ...customers, drift: { missing: 0 } })]),
  });
  await pool.query("UPDATE connections SET epoch = epoch + 1 WHERE company_name = 'Hillside'");
  const nothing = { records: 0, completeUpTo: null, lastVerifiedAt: null, failures: 0, drift: null };
  expect(await ask()).toEqual({ lastSyncAt: null, mirror: Array(5).fill(nothing) });
});

test("the id of the company at QuickBooks is shown to an OPERATOR and hidden from a VIEWER", async () => {
  const query = "query ($id: ID!) { connection(id: $id) { realmId } }";
  const variables = { id: connectionId };
  expect(await dataOf(gateway, query, { token: viewer, variables })).toEqual({ connection: { realmId: null } });
  expect(await dataOf(gateway, query, { token: await firm.token("OPERATOR"), variables })).toEqual({
    connection: { realmId: "9130000000000001" },
  });
});

test("whatever has an id can be asked for by it, in order, with null for what is not there or not ours", async () => {
  const { syncRuns } = await dataOf(gateway, "{ syncRuns { nodes { id } } }", { token: viewer });
  const [run] = z.object({ nodes: z.array(z.object({ id: z.string() })) }).parse(syncRuns).nodes;
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on ConnectedCompany { companyName } } }";
  const variables = { ids: [run?.id, "nothing", connectionId] };
  expect(await dataOf(gateway, query, { token: viewer, variables })).toEqual({
    nodes: [
      { __typename: "SyncRun", id: run?.id },
      null,
      { __typename: "ConnectedCompany", id: connectionId, companyName: "Hillside" },
    ],
  });
  const other = await (await gateway.newFirm()).token("ADMIN");
  expect(await dataOf(gateway, query, { token: other, variables })).toEqual({ nodes: [null, null, null] });
});
