import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import { connectCompany, dataOf } from "../http/client.js";
import { type Gateway, startGateway } from "../http/gateway.js";
import { defaults, updateSettings } from "./update.js";

let gateway: Gateway;
let admin: string;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway();
});

beforeEach(async () => {
  admin = await (await gateway.newFirm()).token("ADMIN");
  ({ connectionId } = await connectCompany(gateway, admin));
  await gateway.database.prisma.syncRun.updateMany({ data: { status: "SUCCEEDED", finishedAt: new Date() } });
});

afterEach(async () => {
  await gateway.database.prisma.syncRun.deleteMany();
  await gateway.database.prisma.connection.deleteMany();
});

afterAll(() => gateway.stop());

const update = (input: object) => updateSettings(gateway, admin, { connectionId, ...input });
const row = () => gateway.database.prisma.connection.findFirstOrThrow();
const waiting = () =>
  gateway.database.prisma.syncRun.findMany({ where: { status: "QUEUED" }, orderBy: { queuedAt: "asc" } });

test("an entity that comes into the scope is read whole, one that leaves it is not read any more", async () => {
  await update({ entities: ["CUSTOMER"] });
  expect(await waiting()).toEqual([]);
  await update({ entities: ["ITEM", "CUSTOMER"] });
  expect(await waiting()).toMatchObject([{ mode: "FULL", trigger: "MANUAL", entities: ["Item"] }]);
  await gateway.database.prisma.syncRun.updateMany({ data: { status: "SUCCEEDED" } });
  await update({ entities: null });
  expect((await waiting()).map(({ entities }) => [...entities].sort())).toEqual([["Account", "Invoice", "Payment"]]);
});

test("an earlier first date has the transactions read whole, a later one nothing", async () => {
  await update({ transactionsSince: "2026-06-01" });
  expect(await waiting()).toEqual([]);
  await update({ transactionsSince: "2026-02-01" });
  expect(await waiting()).toMatchObject([{ mode: "FULL", entities: ["Invoice", "Payment"], transactionsFrom: null }]);
});

test("a backfill does not join a run that has begun with the narrower scope", async () => {
  await update({ transactionsSince: "2026-06-01" });
  await update({ transactionsSince: "2026-05-01" });
  await gateway.database.prisma.syncRun.updateMany({ where: { status: "QUEUED" }, data: { status: "RUNNING" } });
  await update({ transactionsSince: "2026-04-01" });
  await update({ transactionsSince: null });
  expect(await waiting()).toHaveLength(1);
});

test("what was complete for a narrower scope is not complete for a wider one", async () => {
  await update({ transactionsSince: "2026-06-01" });
  const { id, epoch, entities } = await row();
  await gateway.database.prisma.mirrorStatus.createMany({
    data: entities.map((entity) => ({
      connectionId: id,
      entity,
      epoch,
      watermark: new Date(),
      transactionsSince: new Date("2026-06-01"),
    })),
  });
  const complete = async () => {
    const { connection } = await dataOf(
      gateway,
      "query ($id: ID!) { connection(id: $id) { mirror { entity completeUpTo } } }",
      { token: admin, variables: { id: connectionId } },
    );
    const { mirror } = z
      .object({ mirror: z.array(z.object({ entity: z.string(), completeUpTo: z.string().nullable() })) })
      .parse(connection);
    return mirror.flatMap(({ entity, completeUpTo }) => (completeUpTo === null ? [] : [entity])).sort();
  };
  await update({ transactionsSince: "2026-09-01" });
  expect(await complete()).toEqual(defaults.entities);
  await update({ transactionsSince: "2026-01-01" });
  expect(await complete()).toEqual(["ACCOUNT", "CUSTOMER", "ITEM"]);
});
