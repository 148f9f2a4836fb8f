import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { decodeId } from "../../src/schema/relay.js";
import { removeOld } from "../../src/sync/retention.js";
import { type Answer, dataOf, send } from "../http/client.js";
import { createEditingWorld, type EditingWorld, usd } from "../schema/editing-world.js";
import { instantOf } from "./instant.js";

/** Lists as of an instant where a company's versions are kept for some days only. */

const day = 86_400_000;

let world: EditingWorld;
let named = 1;

beforeAll(async () => {
  world = await createEditingWorld();
});

afterAll(() => world.stop());

const instant = (): Promise<Date> => instantOf(world.gateway.database);

/** QuickBooks says that Ada is called otherwise now. */
async function rename(): Promise<string> {
  named += 1;
  const LastUpdatedTime = new Date(Date.UTC(2026, 5, 1) + named * 1_000).toISOString();
  const MetaData = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime };
  const DisplayName = `Ada ${named}`;
  await world.mirror("Customer", { Id: "1", DisplayName, ...usd, SyncToken: String(named), MetaData });
  return DisplayName;
}

async function limitTo(versionDays: number | null): Promise<void> {
  const mutation = `mutation ($input: UpdateSyncSettingsInput!) { updateSyncSettings(input: $input) { userErrors { code } } }`;
  const variables = { input: { connectionId: world.connectionId, retention: { versionDays } } };
  const data = await dataOf(world.gateway, mutation, { token: world.tokens.ADMIN, variables });
  expect(data).toEqual({ updateSyncSettings: { userErrors: [] } });
}

/** The sweep that comes so many days after an instant. */
const sweep = (days: number, at: Date) =>
  removeOld(world.gateway.database, new Date(at.getTime() + days * day), new AbortController().signal);

const connection = () =>
  world.gateway.database.prisma.connection.findUniqueOrThrow({
    where: { id: decodeId(world.connectionId)?.id ?? "" },
  });

const list = (asOf: Date, plural = "customers", token = world.tokens.VIEWER): Promise<Answer> => {
  const filter = plural === "customers" ? ', filter: { quickbooksId: { eq: "1" } }, first: 1' : "";
  const page = "nodes { id } totalCount";
  const query = `query ($c: ID!, $at: DateTime) { list: ${plural}(connectionId: $c, asOf: $at ${filter}) { ${page} } }`;
  return send(world.gateway, query, { token, variables: { c: world.connectionId, at: asOf.toISOString() } });
};

const pageOfNames = z.object({ customers: z.object({ nodes: z.array(z.object({ displayName: z.string() })) }) });

async function nameAt(at: Date): Promise<string | undefined> {
  const query = `query ($c: ID!, $at: DateTime) {
    customers(connectionId: $c, asOf: $at, filter: { quickbooksId: { eq: "1" } }) { nodes { displayName } } }`;
  const variables = { c: world.connectionId, at: at.toISOString() };
  const { customers } = pageOfNames.parse(
    await dataOf(world.gateway, query, { token: world.tokens.VIEWER, variables }),
  );
  return customers.nodes[0]?.displayName;
}

const refusedFrom = (from: Date) => ({
  data: { list: null },
  errors: [
    {
      message: `The company's past is kept from ${from.toISOString()} on. Give that instant or a later one as \`asOf\`.`,
      path: ["list"],
      extensions: { code: "BAD_USER_INPUT", field: "asOf", reason: "NOT_KEPT" },
    },
  ],
});

/** Ada was renamed twice, and what she was before the first time is kept no longer. */
async function forget() {
  const before = await instant();
  const first = await rename();
  const between = await instant();
  const second = await rename();
  const after = await instant();
  await limitTo(7);
  await sweep(7, between);
  const { versionsFrom: from } = await connection();
  if (from === null) throw new Error("Nothing was removed.");
  return { before, first, between, second, after, from };
}

test("an instant before what is kept is refused with the earliest that is not, and that one is whole", async () => {
  const { before, first, between, second, after, from } = await forget();
  expect(from.getTime()).toBeGreaterThan(before.getTime());
  expect(from.getTime()).toBeLessThan(between.getTime());
  for (const at of [before, new Date(from.getTime() - 1)]) {
    for (const plural of ["accounts", "customers", "invoices", "items", "payments"]) {
      expect(await list(at, plural)).toMatchObject(refusedFrom(from));
    }
  }
  expect(await Promise.all([from, between, after].map(nameAt))).toEqual([first, first, second]);
});

test("what was removed does not come back with more days, and fewer days move on what is kept", async () => {
  const { before, between, after, from } = await forget();
  for (const versionDays of [30, null]) {
    await limitTo(versionDays);
    await sweep(7, after);
    expect(await list(before)).toMatchObject(refusedFrom(from));
    expect((await list(between)).errors).toBeUndefined();
  }
  await limitTo(7);
  await sweep(7, after);
  const { versionsFrom } = await connection();
  expect(versionsFrom?.getTime()).toBeGreaterThan(between.getTime());
  expect((await list(between)).errors).toHaveLength(1);
  expect((await list(after)).errors).toBeUndefined();
});

test("before the company was connected there was nothing, whatever is removed", async () => {
  const { from } = await forget();
  const { createdAt } = await connection();
  expect(await list(new Date(createdAt.getTime() - 1))).toMatchObject({ data: { list: { totalCount: 0, nodes: [] } } });
  expect(await list(createdAt)).toMatchObject(refusedFrom(from));
});

test("a list that is paged through ends with the refusal where its instant is kept no longer", async () => {
  const at = await instant();
  const query = `query ($c: ID!, $at: DateTime, $after: String) {
    list: customers(connectionId: $c, asOf: $at, first: 1, after: $after) { pageInfo { endCursor } } }`;
  const page = (after?: string) =>
    send(world.gateway, query, {
      token: world.tokens.VIEWER,
      variables: { c: world.connectionId, at: at.toISOString(), after },
    });
  const cursor = z.object({ list: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) });
  const { endCursor } = cursor.parse((await page()).data).list.pageInfo;
  expect((await page(endCursor)).errors).toBeUndefined();
  const { from } = await forget();
  expect(await page(endCursor)).toMatchObject(refusedFrom(from));
});

test("I10: another organization is not told how far back a company's past is kept", async () => {
  const { before } = await forget();
  const stranger = await (await world.gateway.newFirm()).token("ADMIN");
  const answer = await list(before, "customers", stranger);
  expect([answer.data, answer.errors]).toEqual([{ list: null }, undefined]);
});
