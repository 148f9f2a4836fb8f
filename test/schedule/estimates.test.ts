import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { connectCompany, dataOf } from "../http/client.js";
import { type Gateway, startGateway } from "../http/gateway.js";

const now = new Date("2026-11-22T12:00:00Z");
let gateway: Gateway;
let token: string;
let syncRunId: string;
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway(() => ({ clock: { now: () => now } }));
  token = await (await gateway.newFirm()).token("ADMIN");
  ({ syncRunId } = await connectCompany(gateway, token));
  connectionId = (await gateway.database.prisma.connection.findFirstOrThrow()).id;
  await gateway.database.prisma.syncRun.updateMany({ data: { status: "RUNNING", startedAt: now } });
});

afterAll(() => gateway.stop());

/** Seconds until the run is expected to end; null where nobody can tell. */
async function secondsLeft(): Promise<number | null> {
  const { syncRun } = await dataOf(gateway, "query ($id: ID!) { syncRun(id: $id) { estimatedCompletionAt } }", {
    token,
    variables: { id: syncRunId },
  });
  const { estimatedCompletionAt: end } = z
    .object({ estimatedCompletionAt: z.iso.datetime().nullable() })
    .parse(syncRun);
  return end === null ? null : (Date.parse(end) - now.getTime()) / 1000;
}

/** A run of the past that read 100 records of each of the entities in so many seconds. */
async function pastRun(entities: readonly string[], seconds: number, changes: object = {}): Promise<void> {
  const { prisma } = gateway.database;
  const id = randomUUID();
  const startedAt = new Date(now.getTime() - 3_600_000);
  await prisma.syncRun.create({
    data: {
      id,
      connectionId,
      epoch: 1,
      mode: "FULL",
      trigger: "SCHEDULE",
      status: "SUCCEEDED",
      entities: [...entities],
      queuedAt: new Date(),
      ...changes,
    },
  });
  await prisma.syncRunEntity.createMany({
    data: entities.map((entity, position) => ({
      runId: id,
      entity,
      position,
      phase: "DONE" as const,
      read: 100,
      startedAt,
      finishedAt: new Date(startedAt.getTime() + seconds * 1000),
    })),
  });
}

const setProgress = async (entity: string, data: object) => {
  const { runId } = await gateway.database.prisma.syncRunEntity.findFirstOrThrow({
    where: { phase: { in: ["WAITING", "READING", "COUNTING"] } },
  });
  await gateway.database.prisma.syncRunEntity.update({ where: { runId_entity: { runId, entity } }, data });
};

test("the end of a run that has told nothing yet is told by the runs before it, and not while one entity has none", async () => {
  expect(await secondsLeft()).toBeNull();
  await pastRun(["Account", "Customer", "Item", "Invoice"], 20);
  expect(await secondsLeft()).toBeNull();
  await pastRun(["Payment"], 20);
  expect(await secondsLeft()).toBe(50);
});

test("runs of another kind, failed ones, and those narrowed to dates tell nothing", async () => {
  const every = ["Account", "Customer", "Item", "Invoice", "Payment"];
  await pastRun(every, 900, { mode: "INCREMENTAL" });
  await pastRun(every, 900, { status: "FAILED" });
  await pastRun(every, 900, { transactionsFrom: now });
  expect(await secondsLeft()).toBe(50);
});

test("once the run knows how many there are, the past counts in proportion; once it has a rate, not at all", async () => {
  await setProgress("Invoice", { phase: "COUNTING", startedAt: now, expected: 1_000 });
  expect(await secondsLeft()).toBe(200);
  await setProgress("Invoice", { phase: "READING", startedAt: new Date(now.getTime() - 10_000), read: 500 });
  expect(await secondsLeft()).toBe(45);
});
