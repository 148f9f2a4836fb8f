import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Client } from "graphql-ws";
import { z } from "zod";
import { decodeId } from "../../src/schema/relay.js";
import { dataOf, send, socketClient } from "../http/client.js";
import { countingStatements } from "../support/statements.js";
import { createEditingWorld, type EditingWorld, usd } from "./editing-world.js";

let world: EditingWorld;
const sockets: Client[] = [];

beforeAll(async () => {
  world = await createEditingWorld();
});

afterAll(async () => {
  for (const socket of sockets) await socket.dispose();
  await world.stop();
});

const ask = (query: string, variables: object = {}) =>
  dataOf(world.gateway, query, { token: world.tokens.VIEWER, variables: { c: world.connectionId, ...variables } });

const page = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ id: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
const selected = "{ totalCount nodes { id } pageInfo { hasNextPage endCursor } }";

async function newCustomer(displayName: string): Promise<{ change: string; record: string }> {
  const made = await world.edit("createCustomer", { connectionId: world.connectionId, fields: { displayName } });
  return { change: made.localChange?.id ?? "", record: z.string().parse(made.record?.["id"]) };
}

/** A field of a customer that QuickBooks has is edited; gives the id of the local change. */
async function edited(quickbooksId: string, notes: string): Promise<string> {
  const id = await world.idOf("customers", quickbooksId);
  return (await world.edit("updateCustomer", { id, fields: { notes } })).localChange?.id ?? "";
}

const setStatus = (id: string, status: string, code: string | null = null) =>
  world.gateway.database.pool.query(
    `UPDATE local_changes SET status = $2::"LocalChangeStatus", error_code = $3, error_message = $3, error_intuit_tid = $3
     WHERE id = $1`,
    [Buffer.from(id, "base64url").toString().split(":")[1], status, code],
  );

test("local changes page from the latest to the first without a gap, and only within their own list", async () => {
  const made = [];
  for (const name of ["Page A", "Page B", "Page C", "Page D", "Page E"]) made.push((await newCustomer(name)).change);
  const list = async (args: string) =>
    page.parse((await ask(`query ($c: ID!) { localChanges(connectionId: $c, ${args}) ${selected} }`))["localChanges"]);
  const seen: string[] = [];
  let cursor = "";
  do {
    const { nodes, pageInfo, totalCount } = await list(`first: 2${cursor}`);
    expect(totalCount).toBe(5);
    seen.push(...nodes.map(({ id }) => id));
    cursor = pageInfo.hasNextPage ? `, after: "${pageInfo.endCursor ?? ""}"` : "";
  } while (cursor !== "");
  expect(seen).toEqual(made.toReversed());
  const { pageInfo } = await list("first: 1");
  const elsewhere = `query ($c: ID!) { localChanges(connectionId: $c, filter: { status: { eq: PENDING } }, after: "${pageInfo.endCursor ?? ""}") { totalCount } }`;
  const { errors } = await send(world.gateway, elsewhere, {
    token: world.tokens.VIEWER,
    variables: { c: world.connectionId },
  });
  expect(errors?.[0]?.extensions).toMatchObject({ reason: "INVALID_CURSOR" });
});

test("local changes are filtered by status and by entity", async () => {
  const one = await edited("1", "Filtered");
  await setStatus(one, "REJECTED", "6240");
  const found = async (filter: string) => {
    const { localChanges } = await ask(
      `query ($c: ID!) { localChanges(connectionId: $c, filter: ${filter}) { totalCount nodes { id } } }`,
    );
    return z
      .object({ nodes: z.array(z.object({ id: z.string() })) })
      .parse(localChanges)
      .nodes.map(({ id }) => id);
  };
  expect(await found("{ status: { eq: REJECTED } }")).toEqual([one]);
  expect(await found("{ status: { in: [REJECTED, UNKNOWN] }, entity: { eq: CUSTOMER } }")).toEqual([one]);
  expect(await found("{ status: { eq: REJECTED }, entity: { eq: ITEM } }")).toEqual([]);
  expect(await found("{ status: { in: [] } }")).toEqual([]);
});

test("a local change tells whose it is, who asked for it, and what QuickBooks said", async () => {
  const { change } = await newCustomer("Told");
  await setStatus(change, "REJECTED", "6240");
  const query = `query ($id: ID!) { node(id: $id) { id ... on LocalChange { connection { id } entity operation status attempts createdAt
    record { id ... on Customer { displayName localChanges { totalCount } } } requestedBy { kind } error { code message intuitTid } } } }`;
  expect(await ask(query, { id: change })).toMatchObject({
    node: {
      id: change,
      connection: { id: world.connectionId },
      entity: "CUSTOMER",
      operation: "CREATE",
      status: "REJECTED",
      attempts: 0,
      record: { displayName: "Told", localChanges: { totalCount: 1 } },
      requestedBy: { kind: "MEMBER" },
      error: { code: "6240", message: "6240", intuitTid: "6240" },
    },
  });
});

test("the local changes of many records, with their values, are read with as few statements as those of one", async () => {
  const { gateway } = world;
  const account = await world.idOf("accounts", "1");
  for (const name of ["Lot A", "Lot B", "Lot C", "Lot D"]) {
    const fields = { name, type: "SERVICE", incomeAccountId: account, unitPrice: "3" };
    await world.edit("createItem", { connectionId: world.connectionId, fields });
  }
  const query = (
    first: number,
  ) => `query ($c: ID!) { items(connectionId: $c, first: ${first}) { nodes { localChanges(first: 3) { nodes {
    id fields { path before { text value } after { text value record { id ... on Account { name } } } } record { id ... on Item { name } } } } } } }`;
  const { pool } = gateway.database;
  const count = (first: number) => countingStatements(pool, () => ask(query(first)));
  const [one, many] = [await count(3), await count(50)];
  expect(JSON.stringify(many.answer).length).toBeGreaterThan(JSON.stringify(one.answer).length);
  expect(many.statements).toBe(one.statements);
});

test("a refused edit is tried again, and one that waits is given up with its record", async () => {
  const { change, record } = await newCustomer("Refused");
  await setStatus(change, "REJECTED", "6240");
  const payload = "localChange { id status } userErrors { code field message }";
  const settle = async (name: string, id: string) => {
    const data = await dataOf(world.gateway, `mutation { ${name}(input: { id: "${id}" }) { ${payload} } }`, {
      token: world.tokens.OPERATOR,
    });
    return data[name];
  };
  expect(await settle("retryLocalChange", change)).toEqual({
    localChange: { id: change, status: "PENDING" },
    userErrors: [],
  });
  expect(await settle("cancelLocalChange", change)).toEqual({
    localChange: { id: change, status: "CANCELLED" },
    userErrors: [],
  });
  expect(await ask("query ($id: ID!) { customer(id: $id) { state } }", { id: record })).toEqual({
    customer: { state: "DELETED" },
  });
  expect(await settle("cancelLocalChange", change)).toMatchObject({
    localChange: null,
    userErrors: [{ code: "ALREADY_FINISHED", field: ["input", "id"] }],
  });
  const sent = (await newCustomer("Sent")).change;
  await setStatus(sent, "PUSHING");
  expect(await settle("cancelLocalChange", sent)).toMatchObject({ userErrors: [{ code: "IN_FLIGHT" }] });
  expect(await settle("retryLocalChange", "nothing")).toMatchObject({ userErrors: [{ code: "NOT_FOUND" }] });
});

const told = z.object({
  cursor: z.string(),
  kind: z.string(),
  localChange: z.object({ id: z.string(), status: z.string() }).nullable(),
  openLocalChanges: z.array(z.object({ id: z.string() })),
});

/** Follows the edits of the company as a VIEWER. */
function follow(args = "") {
  const socket = socketClient(world.gateway, world.tokens.VIEWER);
  sockets.push(socket);
  const query = `subscription ($c: ID!) { localChangeEvents(connectionId: $c${args}) { cursor kind localChange { id status } openLocalChanges { id } } }`;
  const events = socket.iterate({ query, variables: { c: world.connectionId } });
  return {
    async next() {
      const { value } = await events.next();
      const { data, errors } = z
        .object({ data: z.record(z.string(), z.unknown()).nullish(), errors: z.unknown().optional() })
        .parse(value);
      expect(errors).toBeUndefined();
      return told.parse(data?.["localChangeEvents"]);
    },
    events,
  };
}

test("followers see what is open first, then every change of a local change; who comes back misses none", async () => {
  const open = (await newCustomer("Open")).change;
  const live = follow();
  const snapshot = await live.next();
  expect(snapshot).toMatchObject({ kind: "SNAPSHOT", localChange: null });
  expect(snapshot.openLocalChanges[0]).toEqual({ id: open });
  const made = (await newCustomer("Live")).change;
  const created = await live.next();
  expect(created).toMatchObject({
    kind: "CHANGED",
    localChange: { id: made, status: "PENDING" },
    openLocalChanges: [],
  });
  await dataOf(world.gateway, `mutation { cancelLocalChange(input: { id: "${made}" }) { userErrors { code } } }`, {
    token: world.tokens.OPERATOR,
  });
  expect(await live.next()).toMatchObject({ localChange: { id: made, status: "CANCELLED" } });
  const back = follow(`, after: "${created.cursor}"`);
  expect(await back.next()).toMatchObject({ localChange: { id: made, status: "CANCELLED" } });
});

test("I10: another firm follows none of our edits", async () => {
  const stranger = await world.gateway.newFirm();
  const socket = socketClient(world.gateway, await stranger.token("ADMIN"));
  sockets.push(socket);
  const events = socket.iterate({ query: "subscription { localChangeEvents { kind openLocalChanges { id } } }" });
  expect((await events.next()).value).toMatchObject({
    data: { localChangeEvents: { kind: "SNAPSHOT", openLocalChanges: [] } },
  });
  const ours = socket.iterate({
    query: "subscription ($c: ID!) { localChangeEvents(connectionId: $c) { kind } }",
    variables: { c: world.connectionId },
  });
  const { value } = await ours.next();
  expect(z.object({ errors: z.array(z.unknown()) }).parse(value).errors).toMatchObject([
    { extensions: { code: "NOT_FOUND" } },
  ]);
});

test("I10: what waits in other firms takes no place in a snapshot", async () => {
  const { gateway, newCompany } = world;
  const stranger = await gateway.newFirm();
  const [connectionId, token] = [await newCompany(stranger), await stranger.token("ADMIN")];
  const mutation = `mutation ($c: ID!) {
    createCustomer(input: { connectionId: $c, fields: { displayName: "Theirs" } }) { localChange { id } }
  }`;
  const { createCustomer } = await dataOf(gateway, mutation, { token, variables: { c: connectionId } });
  const { localChange } = z.object({ localChange: z.object({ id: z.string() }) }).parse(createCustomer);
  const { change } = await newCustomer("One of a hundred");
  await gateway.database.pool.query(
    `INSERT INTO local_changes
     SELECT (jsonb_populate_record(l, jsonb_build_object('id', md5(n::text)::uuid, 'number', l.number + n))).*
     FROM local_changes l, generate_series(1, 100) n WHERE l.id = $1`,
    [decodeId(change)?.id],
  );
  const socket = socketClient(gateway, token);
  sockets.push(socket);
  const events = socket.iterate({ query: "subscription { localChangeEvents { openLocalChanges { id } } }" });
  expect((await events.next()).value).toMatchObject({
    data: { localChangeEvents: { openLocalChanges: [localChange] } },
  });
  await gateway.database.pool.query(
    "DELETE FROM local_changes WHERE id IN (SELECT md5(n::text)::uuid FROM generate_series(1, 100) n)",
  );
});

test("the entity types tell what can be done and what can be edited", async () => {
  const { entityTypes } = await ask("{ entityTypes { entity capabilities fields { path editable } } }");
  const types = z
    .array(
      z.object({
        entity: z.string(),
        capabilities: z.array(z.string()),
        fields: z.array(z.object({ path: z.string(), editable: z.boolean() })),
      }),
    )
    .parse(entityTypes);
  const of = (entity: string) => types.find((type) => type.entity === entity);
  expect(of("CUSTOMER")?.capabilities).toEqual(["READ", "CREATE", "UPDATE", "DEACTIVATE", "REACTIVATE"]);
  expect(of("INVOICE")?.capabilities.toSorted()).toEqual(["CREATE", "DELETE", "READ", "UPDATE", "VOID"]);
  const editable = of("INVOICE")
    ?.fields.filter((field) => field.editable)
    .map(({ path }) => path);
  expect(editable).toEqual(expect.arrayContaining(["txnDate", "customer", "lines.amount"]));
  expect(editable).not.toEqual(expect.arrayContaining(["balance"]));
});

test("values of a record that is kept in another currency name it", async () => {
  await world.mirror("Customer", {
    Id: "30",
    DisplayName: "Euro",
    ...usd,
    CurrencyRef: { value: "EUR" },
    Active: true,
  });
  const { database } = world.gateway;
  await database.pool.query("UPDATE connections SET is_multi_currency = true");
  const input = {
    connectionId: world.connectionId,
    dryRun: true,
    fields: { customerId: await world.idOf("customers", "30"), totalAmount: "5" },
  };
  const { preview, userErrors } = await world.edit("createPayment", input);
  expect(userErrors).toEqual([]);
  expect(preview?.fields).toContainEqual(
    expect.objectContaining({ path: "totalAmount", after: { text: "5 EUR", value: "5" } }),
  );
});
