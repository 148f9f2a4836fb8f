import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { RecordSlice } from "../../src/foundation/json.js";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { Eraser } from "../../src/sync/erasure/eraser.js";
import { createStore, type Page } from "../../src/sync/store/store.js";
import { consent, dataOf } from "../http/client.js";
import { type ConflictsWorld, createConflictsWorld } from "../schema/conflicts-world.js";
import { placesOf } from "../support/everywhere.js";
import { until } from "../support/until.js";

const secret = "Zanzibar Quillfeather";

let world: ConflictsWorld;
let eraser: Eraser;
/** Our own id. */
let ours: string;

beforeEach(async () => {
  world = await createConflictsWorld();
  eraser = new Eraser(world.gateway.services);
  ours = decodeId(world.connectionId)?.id ?? "";
});

afterEach(async () => {
  await eraser.stop();
  await world.stop();
});

const rows = () => world.gateway.database.prisma;
const places = () => placesOf(world.gateway.database, world.gateway.services.keyRing, [secret]);

/** The planted text wherever something of a company is kept. */
async function plant(): Promise<void> {
  const { pool } = world.gateway.database;
  const { customer, id } = await world.conflict({ notes: secret }, { Notes: `${secret} too` });
  await world.change(customer, { Notes: `${secret} again` });
  await world.decide("resolveConflict", { conflictId: id, default: "PLATFORM", expectedVersion: 2, note: secret });
  await world.mirror("Invoice", {
    ...{ Id: "77", TxnDate: "2026-05-01", CustomerRef: { value: "1", name: secret }, TotalAmt: 0, Balance: 0 },
    ...{ BillAddr: { Line1: secret }, CurrencyRef: { value: "USD" }, Line: [] },
  });
  await world.edit("createCustomer", { connectionId: world.connectionId, fields: { displayName: secret } });
  const failureId = randomUUID();
  const runId = (await rows().syncRun.findFirstOrThrow()).id;
  await pool.query(
    `INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, code, reason, payload, status, first_seen_at, last_seen_at)
     VALUES ($1, $2, 1, $3, 'Item', '99', 'INVALID', $4, $4, 'OPEN', now(), now())`,
    [failureId, ours, runId, secret],
  );
  const failureIds = [encodeId("RecordFailure", failureId)];
  await world.ask(
    "mutation ($input: DismissFailuresInput!) { dismissFailures(input: $input) { userErrors { code } } }",
    {
      input: { failureIds, note: secret },
    },
  );
  await pool.query(
    `INSERT INTO quickbooks_webhook_events (id, environment, connection_id, type, operation, received_at, status, next_attempt_at, payload)
     VALUES ($1, 'SIMULATOR', $2, 'Customer', 'UPDATE', now(), 'DONE', now(), $3)`,
    [randomUUID(), ours, secret],
  );
  await pool.query(
    "INSERT INTO mirror_drift (run_id, connection_id, entity, quickbooks_id, kind, reason) VALUES ($1, $2, 'Item', '99', 'REFUSED', $3)",
    [runId, ours, secret],
  );
  await pool.query(
    "INSERT INTO sync_pages (run_id, entity, range, statement, ids, committed_at) VALUES ($1, 'Item', 0, $2, ARRAY[$2], now())",
    [runId, secret],
  );
  await pool.query("UPDATE quickbooks_syncs SET error_message = $1", [secret]);
  await world.gateway.database.transaction((client) =>
    world.gateway.streams.append(client, `run:${runId}`, "PROGRESS", { secret }),
  );
}

const erasure = z.object({
  id: z.string(),
  finishedAt: z.string().nullable(),
  removed: z.number(),
  requestedBy: z.object({ kind: z.string() }),
});
const answer = z.object({ erasure: erasure.nullable(), userErrors: z.array(z.object({ code: z.string() })) });

async function erase(confirm: string, connectionId = world.connectionId) {
  const selection = "erasure { id finishedAt removed requestedBy { kind } } userErrors { code }";
  return answer.parse(await world.decide("eraseData", { connectionId, confirm }, selection));
}

/** Once the eraser has done its work. */
async function finished(id: string): Promise<z.infer<typeof erasure>> {
  eraser.poke();
  const query = `query ($id: ID!) { node(id: $id) { ... on Erasure { id finishedAt removed requestedBy { kind } } } }`;
  return until(async () => {
    const { node } = await world.ask(query, { id }, world.tokens.ADMIN);
    const now = erasure.parse(node);
    return now.finishedAt === null ? undefined : now;
  });
}

test("what was planted in every corner of a company is nowhere in the database after its erasure", async () => {
  await plant();
  expect((await places()).length).toBeGreaterThan(10);
  const asked = await erase("Hillside");
  expect(asked).toMatchObject({ erasure: { requestedBy: { kind: "MEMBER" } }, userErrors: [] });
  const { removed } = await finished(asked.erasure?.id ?? "");
  expect(removed).toBeGreaterThan(20);
  expect(await places()).toEqual([]);
});

test("an erasure disconnects the company and ends its runs, and the audit tells who asked for it", async () => {
  expect((await erase("Hillside")).userErrors).toEqual([]);
  expect(await rows().connection.findUniqueOrThrow({ where: { id: ours } })).toMatchObject({ status: "DISCONNECTED" });
  expect((await rows().syncRun.findMany()).map(({ status }) => status)).toEqual(["CANCELLED"]);
  expect(await rows().quickBooksToken.count()).toBe(0);
  expect(await rows().auditEntry.findFirst({ where: { action: "connection.erase" } })).toMatchObject({
    subjectId: ours,
    actorId: world.firm.memberId("ADMIN"),
  });
});

test("what is not confirmed with the company's name is not erased", async () => {
  expect(await erase("hillside")).toEqual({ erasure: null, userErrors: [{ code: "INVALID" }] });
  expect(await rows().connection.findUniqueOrThrow({ where: { id: ours } })).toMatchObject({ status: "CONNECTED" });
  expect(await rows().erasure.count()).toBe(0);
});

test("a company that is not of the organization cannot be erased", async () => {
  const foreign = await world.newCompany(await world.gateway.newFirm());
  expect(await erase("Hillside", foreign)).toEqual({ erasure: null, userErrors: [{ code: "NOT_FOUND" }] });
});

test("the data of another company stays", async () => {
  const other = await world.newCompany(world.firm);
  await storeCustomer(decodeId(other)?.id ?? "", secret);
  const { erasure: asked } = await erase("Hillside");
  await finished(asked?.id ?? "");
  expect(await rows().customer.count({ where: { displayName: secret } })).toBe(1);
});

const store = () => createStore(world.gateway.database, world.gateway.streams);

function customerPage(connectionId: string, DisplayName: string): Page {
  const plugin = world.gateway.services.plugins.find(({ name }) => name === "Customer");
  if (plugin === undefined) throw new Error("There are no customers.");
  const records = [new RecordSlice(Buffer.from(JSON.stringify({ Id: "500", SyncToken: "0", DisplayName })), "500")];
  return { connectionId, epoch: 1, plugin, runId: randomUUID(), records, answeredAt: new Date(), request: "a test" };
}

const storeCustomer = (connectionId: string, name: string) =>
  store().save(customerPage(connectionId, name), () => Promise.resolve());

test("whoever still brings a record of an erased company is refused", async () => {
  const { erasure: asked } = await erase("Hillside");
  await expect(storeCustomer(ours, secret)).rejects.toThrow("is erased");
  await finished(asked?.id ?? "");
  await expect(storeCustomer(ours, secret)).rejects.toThrow("is erased");
  expect(await places()).toEqual([]);
});

test("a page that is being written when the erasure is asked for is erased with the rest", async () => {
  let isWritten = false;
  let goOn = (): void => undefined;
  const released = new Promise<void>((resolve) => (goOn = resolve));
  const saving = store().save(customerPage(ours, secret), () => {
    isWritten = true;
    return released;
  });
  await until(() => isWritten || undefined);
  const { erasure: asked } = await erase("Hillside");
  eraser.poke();
  await until(async () => {
    const { rowCount } = await world.gateway.database.pool.query(
      "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    return (rowCount ?? 0) > 0 || undefined;
  });
  goOn();
  await saving;
  await finished(asked?.id ?? "");
  expect(await places()).toEqual([]);
});

test("an erasure that was interrupted is gone on with by whoever looks next", async () => {
  await plant();
  const { erasure: asked } = await erase("Hillside");
  eraser.poke();
  await eraser.stop();
  eraser = new Eraser(world.gateway.services);
  await finished(asked?.id ?? "");
  expect(await places()).toEqual([]);
});

test("two processes that erase at once come to the same end", async () => {
  await plant();
  const { erasure: asked } = await erase("Hillside");
  const other = new Eraser(world.gateway.services);
  other.poke();
  await finished(asked?.id ?? "");
  await other.stop();
  expect(await places()).toEqual([]);
});

test("asked for again while it goes on, it is the same erasure", async () => {
  const [one, other] = [await erase("Hillside"), await erase("Hillside")];
  expect(one.erasure?.id).toBe(other.erasure?.id);
});

async function connectAgain(): Promise<unknown> {
  const back = await consent(world.gateway, world.tokens.ADMIN, { returnTo: "/" });
  const handle = back.searchParams.get("connect");
  const query = `mutation ($input: CompleteConnectionInput!) { completeConnection(input: $input) { connection { id } userErrors { code } } }`;
  const variables = { input: { handle } };
  return (await dataOf(world.gateway, query, { token: world.tokens.ADMIN, variables }))["completeConnection"];
}

test("a company is connected again once its erasure has ended, and not before", async () => {
  const { erasure: asked } = await erase("Hillside");
  expect(await connectAgain()).toEqual({ connection: null, userErrors: [{ code: "BEING_ERASED" }] });
  await finished(asked?.id ?? "");
  expect(await connectAgain()).toEqual({ connection: { id: world.connectionId }, userErrors: [] });
  await storeCustomer(ours, "Ada");
  expect(await rows().customer.count()).toBe(1);
});

test("disconnecting keeps the mirror, or erases it, as asked", async () => {
  const disconnect = (input: object) =>
    world.decide(
      "disconnectQuickBooks",
      { connectionId: world.connectionId, ...input },
      "erasure { id } userErrors { code }",
    );
  expect(await disconnect({})).toEqual({ erasure: null, userErrors: [] });
  expect(await rows().customer.count()).toBeGreaterThan(0);
  const { erasure: asked } = z
    .object({ erasure: z.object({ id: z.string() }) })
    .parse(await disconnect({ eraseMirror: true }));
  await finished(asked.id);
  expect(await rows().customer.count()).toBe(0);
});

test("a cursor of the change feed from before an erasure is told to be too old", async () => {
  const query = `query ($id: ID!, $after: String) { entityChanges(connectionId: $id, first: 1, after: $after) { pageInfo { endCursor } nodes { id } } }`;
  const page = z.object({ pageInfo: z.object({ endCursor: z.string() }) });
  const before = page.parse((await world.ask(query, { id: world.connectionId }))["entityChanges"]).pageInfo.endCursor;
  const { erasure: asked } = await erase("Hillside");
  await finished(asked?.id ?? "");
  const { url } = world.gateway;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${world.tokens.VIEWER}` },
    body: JSON.stringify({ query, variables: { id: world.connectionId, after: before } }),
  });
  expect(await response.text()).toContain("CURSOR_TOO_OLD");
});
