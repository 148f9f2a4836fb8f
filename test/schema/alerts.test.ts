import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { decodeId, encodeId } from "../../src/schema/relay.js";
import { lookForAlerts } from "../../src/sync/alerts/look.js";
import { codesOf, connectCompany, dataOf, send, socketClient } from "../http/client.js";
import { type Firm, type Gateway, startGateway } from "../http/gateway.js";
import { until } from "../support/until.js";

let gateway: Gateway;
let firm: Firm;
let viewer: string;
let connectionId: string;
let ids: { readonly open: string; readonly ended: string; readonly ofAll: string };

const at = new Date("2026-11-16T12:00:00Z");

async function alert(given: object): Promise<string> {
  const { id } = await gateway.database.prisma.alert.create({
    data: {
      ...{ id: randomUUID(), organizationId: firm.organizationId, connectionId: decodeId(connectionId)?.id ?? "" },
      ...{ kind: "FRESHNESS", status: "OPEN", message: "What was seen.", openedAt: at },
      ...given,
    },
  });
  return encodeId("Alert", id);
}

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  viewer = await firm.token("VIEWER");
  ({ connectionId } = await connectCompany(gateway, await firm.token("ADMIN")));
  const before = (minutes: number) => new Date(at.getTime() - minutes * 60_000);
  ids = {
    open: await alert({}),
    ended: await alert({ kind: "STUCK_WORK", status: "RECOVERED", openedAt: before(9), recoveredAt: before(5) }),
    ofAll: await alert({ kind: "QUOTA", connectionId: null, openedAt: before(10) }),
  };
});

afterAll(() => gateway.stop());

const list = async (token: string, args: string): Promise<unknown> => {
  const { alerts } = await dataOf(gateway, `{ alerts${args} { totalCount nodes { id } } }`, { token });
  return alerts;
};
const found = (...nodes: string[]) => ({ totalCount: nodes.length, nodes: nodes.map((id) => ({ id })) });

test("a VIEWER sees the alerts of the organization, the latest first, with what they are about", async () => {
  const query = "{ alerts { nodes { id kind status message openedAt recoveredAt connection { id } } } }";
  expect((await dataOf(gateway, query, { token: viewer }))["alerts"]).toMatchObject({
    nodes: [
      {
        ...{
          id: ids.open,
          kind: "FRESHNESS",
          status: "OPEN",
          message: "What was seen.",
          connection: { id: connectionId },
        },
        ...{ openedAt: at.toISOString(), recoveredAt: null },
      },
      { id: ids.ended, status: "RECOVERED", recoveredAt: "2026-11-16T11:55:00.000Z" },
      { id: ids.ofAll, kind: "QUOTA", connection: null },
    ],
  });
});

test("alerts are listed by connection, status and kind, and paged", async () => {
  expect(await list(viewer, `(connectionId: "${connectionId}")`)).toEqual(found(ids.open, ids.ended));
  expect(await list(viewer, "(filter: { status: { eq: OPEN } })")).toEqual(found(ids.open, ids.ofAll));
  expect(await list(viewer, "(filter: { kind: { in: [QUOTA, STUCK_WORK] }, status: { eq: RECOVERED } })")).toEqual(
    found(ids.ended),
  );
  const page =
    "query ($after: String) { alerts(first: 2, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
  const first = await dataOf(gateway, page, { token: viewer });
  const { endCursor } = z.object({ pageInfo: z.object({ endCursor: z.string() }) }).parse(first["alerts"]).pageInfo;
  expect(first["alerts"]).toMatchObject({
    nodes: [{ id: ids.open }, { id: ids.ended }],
    pageInfo: { hasNextPage: true },
  });
  const variables = { after: endCursor };
  expect((await dataOf(gateway, page, { token: viewer, variables }))["alerts"]).toMatchObject({
    nodes: [{ id: ids.ofAll }],
    pageInfo: { hasNextPage: false },
  });
  expect(codesOf(await send(gateway, '{ alerts(after: "x") { totalCount } }', { token: viewer }))).toEqual([
    "BAD_USER_INPUT",
  ]);
});

test("I10: another organization sees none of them, neither in the list nor by their ids", async () => {
  const stranger = await (await gateway.newFirm()).token("ADMIN");
  expect(await list(stranger, "")).toEqual(found());
  expect(await list(stranger, `(connectionId: "${connectionId}")`)).toBeNull();
  for (const id of Object.values(ids)) {
    const node = { token: stranger, variables: { id } };
    expect(await dataOf(gateway, "query ($id: ID!) { node(id: $id) { id } }", node)).toEqual({ node: null });
  }
});

test("I10: a key that is limited to other connections sees what is about the deployment alone", async () => {
  const operator = { kind: "SYSTEM", name: "operator" } as const;
  const about = { name: "limited", role: "VIEWER", connectionIds: [await anotherConnection()] } as const;
  const { key } = await gateway.services.apiKeys.create(operator, firm.organizationId, about);
  expect(await list(key, "")).toEqual(found(ids.ofAll));
  const query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
  const variables = { ids: [ids.open, ids.ended, ids.ofAll] };
  expect(await dataOf(gateway, query, { token: key, variables })).toEqual({ nodes: [null, null, { id: ids.ofAll }] });
});

async function anotherConnection(): Promise<string> {
  const { id } = await gateway.database.prisma.connection.create({
    data: {
      ...{ id: randomUUID(), organizationId: firm.organizationId, environment: "SIMULATOR", realmId: "sealed" },
      ...{ realmLookup: randomUUID(), status: "DISCONNECTED", connectedAt: at, createdAt: at },
    },
  });
  return id;
}

test("whoever follows connections is told when an alert opens and when its cause is gone", async () => {
  const client = socketClient(gateway, viewer);
  const query = "subscription { connectionEvents { kind alert { kind status } connections { id } } }";
  const events: unknown[] = [];
  const next = ({ data }: { data?: Record<string, unknown> | null }) => void events.push(data?.["connectionEvents"]);
  client.subscribe({ query }, { next, error: () => undefined, complete: () => undefined });
  await until(() => events.length === 1 || undefined);
  const { services, database } = gateway;
  const update = (data: object) =>
    database.prisma.connection.update({ where: { id: decodeId(connectionId)?.id ?? "" }, data });
  const look = (minutes: number) =>
    lookForAlerts({ ...services, environment: "SIMULATOR", isTold: false }, new Date(at.getTime() + minutes * 60_000));
  await update({ status: "REAUTHORIZATION_REQUIRED" });
  await database.prisma.alert.deleteMany({ where: { kind: { in: ["QUOTA", "FRESHNESS"] } } });
  await look(0);
  await until(() => events.length === 2 || undefined);
  await update({ status: "CONNECTED" });
  await look(2);
  await until(() => events.length === 3 || undefined);
  await client.dispose();
  const connections = [{ id: connectionId }];
  expect(events.slice(1)).toEqual([
    { kind: "ALERT_OPENED", alert: { kind: "AUTHORIZATION_LOST", status: "OPEN" }, connections },
    { kind: "ALERT_RECOVERED", alert: { kind: "AUTHORIZATION_LOST", status: "RECOVERED" }, connections },
  ]);
});
