import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { writeAudit, type AuditInput } from "../../src/access/audit.js";
import type { Role } from "../../src/access/actor.js";
import { newId } from "../../src/foundation/ids.js";
import { encodeId } from "../../src/schema/relay.js";
import { codesOf, connectCompany, dataOf, send } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway.stop());

const entries = z.object({
  auditEntries: z.object({
    totalCount: z.number(),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    nodes: z.array(z.record(z.string(), z.unknown())),
  }),
});

const list = `query ($first: Int, $after: String, $filter: AuditEntryFilter) {
  auditEntries(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id at actor { kind name } actorId action subjectType subjectId before after intuitTid requestId }
  }
}`;

/** Later than whatever was done to set an organization up. */
const begin = "2031-05-01T09:00:00.000Z";

async function read(
  firm: Firm,
  { filter, ...page }: { readonly filter?: object; readonly first?: number; readonly after?: unknown } = {},
): Promise<z.infer<typeof entries>["auditEntries"]> {
  const variables = { ...page, filter: { at: { gte: begin }, ...filter } };
  return entries.parse(await dataOf(gateway, list, { token: await firm.token("ADMIN"), variables })).auditEntries;
}

/** Appends entries, a second apart. */
async function audited(firm: Firm, ...given: Partial<AuditInput>[]): Promise<void> {
  for (const [index, entry] of given.entries()) {
    await gateway.database.transaction((client) =>
      writeAudit(client, {
        organizationId: firm.organizationId,
        actor: { kind: "SYSTEM", name: "operator" },
        action: "member.add",
        subjectType: "Member",
        at: new Date(Date.parse(begin) + index * 1000),
        ...entry,
      }),
    );
  }
}

const member = (firm: Firm, role: Role) => ({
  kind: "MEMBER" as const,
  id: firm.memberId(role),
  organizationId: firm.organizationId,
  role,
  name: role,
});

test("an ADMIN reads who did what to what, before and after, with Intuit's transaction, the latest first", async () => {
  const firm = await gateway.newFirm();
  const subjectId = newId();
  await audited(
    firm,
    {},
    {
      actor: { ...member(firm, "OPERATOR"), requestId: "request-1" },
      action: "localChange.push",
      subjectType: "LocalChange",
      subjectId,
      before: { status: "PUSHING" },
      after: { status: "PUSHED" },
      intuitTid: "1-65f0c0de",
    },
  );
  const { nodes, totalCount } = await read(firm);
  expect(totalCount).toBe(2);
  expect(nodes).toEqual([
    {
      id: expect.any(String),
      at: "2031-05-01T09:00:01.000Z",
      actor: { kind: "MEMBER", name: "OPERATOR" },
      actorId: encodeId("Member", firm.memberId("OPERATOR")),
      action: "localChange.push",
      subjectType: "LocalChange",
      subjectId: encodeId("LocalChange", subjectId),
      before: { status: "PUSHING" },
      after: { status: "PUSHED" },
      intuitTid: "1-65f0c0de",
      requestId: "request-1",
    },
    expect.objectContaining({
      actor: { kind: "SYSTEM", name: "operator" },
      actorId: null,
      subjectId: null,
      before: null,
    }),
  ]);
});

test("the audit is paged by keyset: entries of one instant once each, and an entry that comes meanwhile moves nothing", async () => {
  const firm = await gateway.newFirm();
  const at = new Date(begin);
  await audited(firm, ...Array.from({ length: 7 }, () => ({ at })));
  const { nodes: all } = await read(firm, { first: 100 });
  const first = await read(firm, { first: 3 });
  await audited(firm, { at: new Date("2031-05-01T10:00:00.000Z") });
  const second = await read(firm, { first: 3, after: first.pageInfo.endCursor });
  const third = await read(firm, { first: 3, after: second.pageInfo.endCursor });
  expect([...first.nodes, ...second.nodes, ...third.nodes]).toEqual(all);
  expect([second.pageInfo.hasNextPage, third.pageInfo.hasNextPage, third.totalCount]).toEqual([true, false, 8]);
});

test("the audit is found by who, what, on what and when, and by all of it at once", async () => {
  const firm = await gateway.newFirm();
  const subjectId = newId();
  const actor = member(firm, "ADMIN");
  await audited(
    firm,
    { action: "syncRun.start", subjectType: "SyncRun", subjectId, actor },
    { action: "syncRun.cancel", subjectType: "SyncRun", subjectId },
    { action: "member.add", actor },
  );
  const found = async (filter: object) => (await read(firm, { filter })).nodes.map(({ action }) => action);
  const who = encodeId("Member", actor.id);
  const what = encodeId("SyncRun", subjectId);
  expect(await found({ actorId: { eq: who } })).toEqual(["member.add", "syncRun.start"]);
  expect(await found({ actorId: { in: [] } })).toEqual([]);
  expect(await found({ actorId: { eq: "nobody" } })).toEqual([]);
  expect(await found({ action: { eq: "syncRun.start" } })).toEqual(["syncRun.start"]);
  expect(await found({ action: { in: ["syncRun.start", "member.add"] } })).toEqual(["member.add", "syncRun.start"]);
  expect(await found({ action: { contains: "SYNCRUN." } })).toEqual(["syncRun.cancel", "syncRun.start"]);
  expect(await found({ subjectId: { eq: what } })).toEqual(["syncRun.cancel", "syncRun.start"]);
  expect(await found({ at: { gt: "2031-05-01T09:00:00Z", lte: "2031-05-01T09:00:01Z" } })).toEqual(["syncRun.cancel"]);
  expect(await found({ actorId: { eq: who }, subjectId: { eq: what } })).toEqual(["syncRun.start"]);
  const { pageInfo } = await read(firm, { first: 1 });
  const variables = { after: pageInfo.endCursor, filter: { action: { contains: "s" } } };
  const token = await firm.token("ADMIN");
  expect(codesOf(await send(gateway, list, { token, variables }))).toEqual(["BAD_USER_INPUT"]);
});

test("the audit of an organization is its ADMINs' alone: no other organization's, no lower role's", async () => {
  const [firm, other] = [await gateway.newFirm(), await gateway.newFirm()];
  await audited(firm, { action: "member.add" });
  const { nodes } = await read(firm);
  expect((await read(other)).nodes).toEqual([]);
  const id = nodes[0]?.["id"];
  const node = async (token: string) =>
    dataOf(gateway, "query ($id: ID!) { node(id: $id) { id __typename } }", { token, variables: { id } });
  expect(await node(await firm.token("ADMIN"))).toEqual({ node: { id, __typename: "AuditEntry" } });
  expect(await node(await firm.token("OPERATOR"))).toEqual({ node: null });
  expect(await node(await other.token("ADMIN"))).toEqual({ node: null });
  expect(codesOf(await send(gateway, list, { token: await firm.token("OPERATOR") }))).toEqual(["FORBIDDEN"]);
});

test("what an entry is about can be asked for by its subjectId", async () => {
  const firm = await gateway.newFirm();
  const token = await firm.token("ADMIN");
  const { connectionId } = await connectCompany(gateway, token);
  const { nodes } = await read(firm, {
    filter: { action: { eq: "connection.connect" }, at: null },
  });
  expect(nodes.map(({ subjectId }) => subjectId)).toEqual([connectionId]);
});
