import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { RecordSlice } from "../../src/foundation/json.js";
import { customer } from "../../src/plugins/customer/index.js";
import { createStore } from "../../src/sync/store/store.js";
import { codesOf, connectCompany, dataOf, send, socketClient } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { until } from "../support/until.js";

let gateway: Gateway;
let firm: Firm;
let connectionId: string;
let ownId: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
  ownId = (await gateway.database.prisma.connection.findFirstOrThrow()).id;
});

afterAll(() => gateway.stop());

/** Takes records in as a sync does. */
async function takeIn(ids: readonly string[], token = 0): Promise<void> {
  const records = ids.map((id) => {
    const time = `2026-01-01T00:00:0${token}-08:00`;
    const times = `{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"${time}"}`;
    const text = `{"Id":"${id}","SyncToken":"${token}","MetaData":${times},"DisplayName":"Customer ${id} at ${token}"}`;
    return new RecordSlice(Buffer.from(text), id);
  });
  const page = {
    connectionId: ownId,
    epoch: 1,
    plugin: customer,
    runId: ownId,
    request: "a test",
    answeredAt: new Date(),
  };
  await createStore(gateway.database, gateway.streams).save({ ...page, records }, () => Promise.resolve());
}

const change = z.object({ kind: z.string(), version: z.number(), recordId: z.string(), entity: z.string() });
const page = z.object({
  entityChanges: z.object({
    totalCount: z.number(),
    nodes: z.array(change),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});
const list = `query ($id: ID!, $after: String, $entities: [EntityName!]) {
  entityChanges(connectionId: $id, first: 2, after: $after, entities: $entities) {
    totalCount nodes { kind version recordId entity } pageInfo { hasNextPage endCursor }
  }
}`;

test("the feed is read page by page, oldest first, and goes on where it was left", async () => {
  await takeIn(["1", "2", "3"]);
  const token = await firm.token("VIEWER");
  const first = page.parse(await dataOf(gateway, list, { token, variables: { id: connectionId } })).entityChanges;
  expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
  expect(first.nodes.map(({ kind, version, entity }) => [kind, version, entity])).toEqual(
    Array(2).fill(["CREATED", 1, "CUSTOMER"]),
  );
  const after = first.pageInfo.endCursor;
  const rest = page.parse(await dataOf(gateway, list, { token, variables: { id: connectionId, after } })).entityChanges;
  expect(rest.nodes).toHaveLength(1);
  await takeIn(["2"], 1);
  const later = rest.pageInfo.endCursor;
  const news = page.parse(
    await dataOf(gateway, list, { token, variables: { id: connectionId, after: later } }),
  ).entityChanges;
  expect(news.nodes).toMatchObject([{ kind: "UPDATED", version: 2 }]);
  const none = page.parse(
    await dataOf(gateway, list, { token, variables: { id: connectionId, entities: ["INVOICE"] } }),
  );
  expect(none.entityChanges.totalCount).toBe(0);
});

test("a cursor of the feed is good for its own entities alone, and a foreign company has no feed", async () => {
  const token = await firm.token("VIEWER");
  const { entityChanges } = page.parse(await dataOf(gateway, list, { token, variables: { id: connectionId } }));
  const after = entityChanges.pageInfo.endCursor;
  const wrong = await send(gateway, list, { token, variables: { id: connectionId, after, entities: ["ITEM"] } });
  expect(codesOf(wrong)).toEqual(["BAD_USER_INPUT"]);
  const stranger = await (await gateway.newFirm()).token("ADMIN");
  expect(await dataOf(gateway, list, { token: stranger, variables: { id: connectionId } })).toEqual({
    entityChanges: null,
  });
});

test("changes arrive live, those of one transaction together", async () => {
  const client = socketClient(gateway, await firm.token("VIEWER"));
  const event = z.object({
    entityChanged: z.object({ kind: z.string(), cursor: z.string(), changes: z.array(change) }),
  });
  const seen: z.infer<typeof event>["entityChanged"][] = [];
  const query =
    "subscription ($id: ID!) { entityChanged(connectionId: $id) { kind cursor changes { kind version recordId entity } } }";
  const leave = client.subscribe(
    { query, variables: { id: connectionId } },
    {
      next: ({ data }) => void seen.push(event.parse(data).entityChanged),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  const reached = (count: number): Promise<true> => until(() => (seen.length >= count ? true : undefined));
  await reached(1);
  await takeIn(["7", "8"]);
  await reached(2);
  expect(seen.map(({ kind, changes }) => [kind, changes.length])).toEqual([
    ["SNAPSHOT", 0],
    ["CHANGED", 2],
  ]);
  leave();
  await client.dispose();
});
