import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { codesOf, connectCompany, dataOf, send } from "../http/client.js";
import { type Firm, type Gateway, realmId, startGateway, webhookVerifierTokens } from "../http/gateway.js";
import { cloudBody, deliver, sign, type Told } from "./bodies.js";

/** What people see of webhook events, and how they have them applied again. */

let gateway: Gateway;
let firm: Firm;
let operator: string;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  operator = await firm.token("OPERATOR");
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
});

beforeEach(() =>
  post([
    told({ id: "1", operation: "Update" }),
    told({ id: "2", operation: "Merge", deletedId: "3" }),
    told({ id: "4", operation: "Update", name: "Estimate" }),
    told({ id: "5", operation: "Update", realmId: "9130000000000999" }),
  ]),
);

afterEach(() => gateway.database.prisma.webhookEvent.deleteMany());

afterAll(() => gateway.stop());

const told = (one: Partial<Told> & Pick<Told, "id" | "operation">): Told => ({
  realmId,
  name: "Customer",
  at: new Date("2026-11-22T10:00:00Z"),
  ...one,
});

async function post(notices: readonly Told[]): Promise<void> {
  const body = cloudBody(notices);
  const response = await deliver(gateway.url, body, { "intuit-signature": sign(body, webhookVerifierTokens[0]) });
  expect(response.status).toBe(200);
}

const list = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ id: z.string(), quickbooksId: z.string(), payload: z.string().nullable() }).loose()),
});

async function eventsOf(token: string, filter: object | null = null, connection: string | null = null) {
  const { webhookEvents } = await dataOf(
    gateway,
    `query ($filter: WebhookEventFilter, $connection: ID) {
      webhookEvents(connectionId: $connection, filter: $filter) {
        totalCount
        nodes {
          id type entity operation quickbooksId mergedQuickbooksId occurredAt receivedAt status attempts nextAttemptAt error payload
          connection { companyName } syncRun { id }
        }
      }
    }`,
    { token, variables: { filter, connection } },
  );
  return list.parse(webhookEvents);
}

const replay = (token: string, input: object) =>
  send(
    gateway,
    `mutation ($input: ReplayWebhookEventsInput!) {
      replayWebhookEvents(input: $input) { replayed userErrors { field code message } }
    }`,
    { token, variables: { input } },
  );

test("an organization sees the notices of its companies, whatever became of them, and no other's", async () => {
  const { totalCount, nodes } = await eventsOf(operator);
  expect(totalCount).toBe(3);
  expect(nodes.find(({ quickbooksId }) => quickbooksId === "2")).toMatchObject({
    type: "qbo.customer.merged.v1",
    entity: "CUSTOMER",
    operation: "MERGE",
    mergedQuickbooksId: "3",
    occurredAt: "2026-11-22T10:00:00.000Z",
    status: "PENDING",
    attempts: 0,
    nextAttemptAt: expect.any(String),
    error: null,
    connection: { companyName: "Hillside" },
    syncRun: null,
  });
  expect(nodes.find(({ quickbooksId }) => quickbooksId === "4")).toMatchObject({
    entity: null,
    status: "IGNORED",
    nextAttemptAt: null,
    error: "Records of this kind are not mirrored.",
  });
  const other = await (await gateway.newFirm()).token("ADMIN");
  expect(await eventsOf(other)).toEqual({ totalCount: 0, nodes: [] });
  const id = nodes[0]?.id;
  const node = "query ($id: ID!) { node(id: $id) { __typename id } }";
  expect(await dataOf(gateway, node, { token: operator, variables: { id } })).toEqual({
    node: { __typename: "WebhookEvent", id },
  });
  expect(await dataOf(gateway, node, { token: other, variables: { id } })).toEqual({ node: null });
});

test("payloads are for OPERATOR and above", async () => {
  const { nodes } = await eventsOf(operator);
  for (const { payload } of nodes) expect(JSON.parse(payload ?? "null")).toMatchObject({ specversion: "1.0" });
  const hidden = await eventsOf(await firm.token("VIEWER"));
  expect(hidden.nodes.map(({ payload }) => payload)).toEqual([null, null, null]);
});

test("notices are filtered by status, entity, connection and the time they came", async () => {
  const count = async (filter: object, connection?: string) =>
    (await eventsOf(operator, filter, connection)).totalCount;
  const hour = 3_600_000;
  const before = new Date(Date.now() - hour).toISOString();
  expect(await count({ status: { eq: "PENDING" } })).toBe(2);
  expect(await count({ status: { in: ["IGNORED", "DONE"] } })).toBe(1);
  expect(await count({ status: { in: [] } })).toBe(0);
  expect(await count({ entity: { eq: "CUSTOMER" } }, connectionId)).toBe(2);
  expect(await count({ receivedAt: { gte: before } })).toBe(3);
  expect(await count({ receivedAt: { lt: before } })).toBe(0);
  expect(await count({ receivedAt: { in: [] } })).toBe(0);
});

test("an OPERATOR has notices applied again by ids or by filter, audited; those that nothing mirrors stay as they are", async () => {
  await gateway.database.prisma.webhookEvent.updateMany({
    data: { status: "PARKED", attempts: 8, reason: "It failed." },
  });
  const { nodes } = await eventsOf(operator);
  const [first] = nodes.filter(({ quickbooksId }) => quickbooksId === "1").map(({ id }) => id);
  expect((await replay(operator, { ids: [first] })).data).toEqual({
    replayWebhookEvents: { replayed: 1, userErrors: [] },
  });
  expect(await eventsOf(operator, { status: { eq: "PENDING" } })).toMatchObject({
    totalCount: 1,
    nodes: [{ id: first, attempts: 0, error: null }],
  });
  const rest = await replay(operator, { connectionId, filter: { status: { eq: "PARKED" } } });
  expect(rest.data).toEqual({ replayWebhookEvents: { replayed: 1, userErrors: [] } });
  const audited = await gateway.database.prisma.auditEntry.findMany({ where: { action: "webhookEvents.replay" } });
  expect(audited).toMatchObject([
    { subjectType: "WebhookEvent", actorName: "OPERATOR", after: { replayed: 1 } },
    { after: { replayed: 1 } },
  ]);
});

test("ids that are missing, foreign or malformed are answered alike, and change nothing", async () => {
  const stranger = await (await gateway.newFirm()).token("OPERATOR");
  const ids = (await eventsOf(operator)).nodes.map(({ id }) => id);
  const made = Buffer.from("WebhookEvent:00000000-0000-4000-8000-000000000000").toString("base64url");
  await gateway.database.prisma.webhookEvent.updateMany({ data: { status: "DONE" } });
  for (const [token, input] of [
    [stranger, { ids }],
    [operator, { ids: [...ids, made] }],
    [operator, { ids: ["nothing"] }],
  ] as const) {
    const { data } = await replay(token, input);
    expect(data).toMatchObject({
      replayWebhookEvents: { replayed: null, userErrors: [{ field: ["input", "ids"], code: "NOT_FOUND" }] },
    });
  }
  expect((await eventsOf(operator, { status: { eq: "DONE" } })).totalCount).toBe(3);
});

test("a replay that says both ids and a filter, or neither, or comes from a VIEWER, is refused", async () => {
  for (const input of [{}, { ids: [], filter: {} }]) {
    expect((await replay(operator, input)).data).toMatchObject({
      replayWebhookEvents: { replayed: null, userErrors: [{ code: "INVALID" }] },
    });
  }
  const foreign = await replay(operator, { filter: {}, connectionId: "nothing" });
  expect(foreign.data).toMatchObject({ replayWebhookEvents: { userErrors: [{ code: "NOT_FOUND" }] } });
  expect(codesOf(await replay(await firm.token("VIEWER"), { filter: {} }))).toEqual(["FORBIDDEN"]);
});
