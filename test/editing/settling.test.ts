import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { UserProblem } from "../../src/sync/problems.js";
import { editingOffice, type Office } from "./office.js";

let office: Office;

beforeAll(async () => {
  office = await editingOffice("9130000000000406", 30);
});

afterAll(() => office.stop());

let made = 0;

/** An edit of a mirrored customer, in this status. */
async function edited(status: string, errorCode: string | null = null): Promise<string> {
  const quickbooksId = office.company.create("Customer", { DisplayName: `Settled ${String(++made)}` });
  await office.sync();
  const recordId = await office.idOf("Customer", quickbooksId);
  const { localChangeId } = await office.edit("UPDATE", "Customer", { recordId, values: { notes: "Mine" } });
  await office.bench.database.pool.query(
    `UPDATE local_changes SET status = $2::"LocalChangeStatus", error_code = $3, request = CASE WHEN $2 <> 'PENDING' THEN
       '{"requestId":"x","parameters":{},"body":"{}","syncToken":0}'::jsonb END, next_attempt_at = now() + interval '1 hour' WHERE id = $1`,
    [localChangeId, status, errorCode],
  );
  return localChangeId ?? "";
}

const retry = (id: string) => office.changes.retry(office.bench.actor, id);
const cancel = (id: string) => office.changes.cancel(office.bench.actor, id);
const codeOf = async (work: Promise<void>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (error instanceof UserProblem ? error.code : String(error)),
  );

test("what was refused is sent again under another requestid", async () => {
  const id = await edited("REJECTED", "6000");
  await retry(id);
  const change = await office.change(id);
  expect(change).toMatchObject({ status: "PENDING", generation: 1, request: null, errorCode: null });
  expect(change.nextAttemptAt.getTime()).toBeLessThanOrEqual(Date.now());
});

test("what waits is tried at once", async () => {
  const id = await edited("PENDING");
  await retry(id);
  const change = await office.change(id);
  expect(change).toMatchObject({ status: "PENDING", generation: 0 });
  expect(change.nextAttemptAt.getTime()).toBeLessThanOrEqual(Date.now());
});

test("an ambiguous create is sent anew only because a person says so", async () => {
  const id = await edited("UNKNOWN", "AMBIGUOUS");
  await retry(id);
  expect(await office.change(id)).toMatchObject({ status: "PENDING", generation: 1, request: null });
});

test("what is being sent can neither be cancelled nor retried", async () => {
  for (const [status, errorCode] of [
    ["PUSHING", null],
    ["UNKNOWN", "LOST"],
  ] as const) {
    const id = await edited(status, errorCode);
    expect(await codeOf(cancel(id))).toBe("IN_FLIGHT");
    expect(await codeOf(retry(id))).toBe("IN_FLIGHT");
    expect(await office.change(id)).toMatchObject({ status, generation: 0 });
  }
});

test("what waits or was refused can be cancelled, once", async () => {
  for (const status of ["PENDING", "REJECTED"] as const) {
    const id = await edited(status);
    await cancel(id);
    expect(await office.change(id)).toMatchObject({ status: "CANCELLED" });
    expect(await codeOf(cancel(id))).toBe("ALREADY_FINISHED");
    const [entry] = await office.bench.database.prisma.auditEntry.findMany({
      where: { subjectId: id, action: "localChange.cancel" },
    });
    expect(entry?.before).toMatchObject({ status, edits: { notes: { base: null, value: "Mine" } } });
  }
});

test("an edit behind one that was given up is over what that one was over", async () => {
  const id = await edited("PENDING");
  const { recordId } = await office.change(id);
  await office.edit("DEACTIVATE", "Customer", { recordId });
  const { localChangeId: behind } = await office.edit("UPDATE", "Customer", { recordId, values: { notes: "Later" } });
  expect((await office.change(behind)).edits).toEqual({ notes: { base: "Mine", value: "Later" } });
  await cancel(id);
  expect((await office.change(behind)).edits).toEqual({ notes: { base: null, value: "Later" } });
  expect(await office.change(behind)).toMatchObject({ status: "PENDING" });
});

test("cancelling an edit in conflict supersedes the conflict", async () => {
  const id = await edited("PENDING");
  const { recordId } = await office.change(id);
  const { quickbooksId } = await office.record("Customer", recordId);
  office.company.change("Customer", quickbooksId, { Notes: "Theirs" });
  await office.sync();
  expect(await office.change(id)).toMatchObject({ status: "CONFLICT" });
  expect(await codeOf(retry(id))).toBe("INVALID");
  await cancel(id);
  const { prisma } = office.bench.database;
  expect(await prisma.conflict.findFirst({ where: { localChangeId: id } })).toMatchObject({ status: "SUPERSEDED" });
});

test("nobody settles another organization's edits", async () => {
  const id = await edited("PENDING");
  const stranger = { ...office.bench.actor, organizationId: "00000000-0000-4000-8000-000000000000" };
  expect(await codeOf(office.changes.cancel(stranger, id))).toBe("NOT_FOUND");
  expect(await codeOf(office.changes.retry(stranger, id))).toBe("NOT_FOUND");
});

test("followers are told of every change of an edit", async () => {
  const id = await edited("PENDING");
  await cancel(id);
  const events = await office.bench.database.prisma.streamEvent.findMany({
    where: { stream: `local-changes:${office.bench.actor.organizationId}` },
    orderBy: { number: "asc" },
  });
  const own = events.filter(({ data }) => JSON.stringify(data).includes(id));
  expect(own.map(({ kind }) => kind)).toEqual(["CHANGED", "CHANGED"]);
});
