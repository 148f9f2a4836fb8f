import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { PolicyRule } from "../../src/sync/conflicts/policy.js";
import { endedConflict, openedConflict } from "./opened.js";
import { openQueue, type Queue } from "./queue.js";

let queue: Queue;

beforeAll(async () => {
  queue = await openQueue("9130000000000412", "resolve");
});

afterEach(() => queue.setPolicies());
afterAll(() => queue.stop());

const opened = () => openedConflict(queue);
const ended = (end: "delete" | "void") => endedConflict(queue, end);
const actor = () => queue.bench.actor;

describe("field by field", () => {
  test("each field as it was chosen: given up, sent over what QuickBooks holds, or another value; the rest stays to be sent", async () => {
    const { changeId, conflict } = await opened();
    const { preview } = await queue.conflicts.resolve({
      actor: actor(),
      conflictId: conflict.id,
      expectedVersion: 1,
      fields: [
        { path: "notes", choose: "VALUE", value: "both" },
        { path: "title", choose: "QUICKBOOKS" },
      ],
      note: "as agreed",
    });
    expect(preview).toEqual({
      status: "PENDING",
      fields: [
        { path: "notes", label: "Notes", platform: "both", quickbooks: "both" },
        { path: "title", label: "Title", platform: "Prof", quickbooks: "Prof" },
      ],
    });
    expect(await queue.change(changeId)).toMatchObject({
      status: "PENDING",
      edits: { notes: { base: "there", value: "both" }, website: { value: "http://here.example" } },
    });
    expect((await queue.change(changeId)).edits).not.toHaveProperty("title");
    expect(await queue.conflictOf(changeId)).toMatchObject({
      status: "RESOLVED",
      note: "as agreed",
      resolvedBy: { kind: "MEMBER", name: "Test" },
      fields: [
        { path: "notes", choice: "VALUE", value: "both" },
        { path: "title", choice: "QUICKBOOKS" },
      ],
    });
    expect(await queue.events(conflict.id)).toEqual(["OPENED", "RESOLVED"]);
    expect(await queue.audited(conflict.id)).toEqual([{ action: "conflict.resolve", actor: "Test" }]);
  });

  test("where the platform is chosen, the edit stays over what QuickBooks holds now, and is not asked about again", async () => {
    const { changeId, conflict, quickbooksId } = await opened();
    await queue.conflicts.resolve({ actor: actor(), conflictId: conflict.id, default: "PLATFORM" });
    expect((await queue.change(changeId)).edits).toMatchObject({ notes: { base: "there", value: "here" } });
    queue.company.change("Customer", quickbooksId, { Mobile: { FreeFormNumber: "555" } });
    await queue.sync();
    expect(await queue.conflictOf(changeId)).toMatchObject({ id: conflict.id, status: "RESOLVED" });
    queue.company.change("Customer", quickbooksId, { Notes: "there again" });
    await queue.sync();
    expect(await queue.conflictOf(changeId)).toMatchObject({
      status: "OPEN",
      fields: [{ path: "notes", base: "there" }],
    });
  });

  test("an edit of which nothing is left is given up, and keeps what it was about", async () => {
    const { recordId, quickbooksId } = await queue.newRecord("Customer");
    const changeId = await queue.edit("Customer", recordId, { notes: "here" });
    queue.company.change("Customer", quickbooksId, { Notes: "there" });
    await queue.sync();
    const conflictId = (await queue.conflictOf(changeId))?.id ?? "";
    await queue.conflicts.resolve({ actor: actor(), conflictId, default: "QUICKBOOKS" });
    expect(await queue.change(changeId)).toMatchObject({ status: "CANCELLED", edits: { notes: { value: "here" } } });
  });

  test("every field must be decided, and only those in conflict", async () => {
    const { conflict, changeId } = await opened();
    const request = { actor: actor(), conflictId: conflict.id };
    const fields = [
      { path: "notes", choose: "PLATFORM" },
      { path: "website", choose: "PLATFORM" },
    ] as const;
    await expect(queue.conflicts.resolve({ ...request, fields })).rejects.toMatchObject({
      problems: [
        { code: "INVALID", message: expect.stringContaining("Decide title too") },
        { code: "INVALID", message: expect.stringContaining("website is not in conflict") },
      ],
    });
    await expect(queue.conflicts.resolve({ ...request, discard: true })).rejects.toMatchObject({ code: "INVALID" });
    expect(await queue.change(changeId)).toMatchObject({ status: "CONFLICT" });
  });

  test("a value is validated as an edit is", async () => {
    const { conflict, changeId } = await opened();
    const fields = [{ path: "title", choose: "VALUE", value: "far too long for a title" }] as const;
    const request = { actor: actor(), conflictId: conflict.id, default: "PLATFORM", fields } as const;
    await expect(queue.conflicts.resolve(request)).rejects.toMatchObject({
      problems: [{ code: "INVALID", message: expect.stringContaining("16 are the most") }],
    });
    expect(await queue.change(changeId)).toMatchObject({ status: "CONFLICT" });
  });

  test("a dry run shows what each side will hold, and does nothing", async () => {
    const { conflict, changeId } = await opened();
    const request = { actor: actor(), conflictId: conflict.id, default: "PLATFORM", dryRun: true } as const;
    const { preview } = await queue.conflicts.resolve(request);
    expect(preview.fields).toContainEqual({ path: "notes", label: "Notes", platform: "here", quickbooks: "here" });
    expect(await queue.change(changeId)).toMatchObject({ status: "CONFLICT" });
    expect(await queue.conflictOf(changeId)).toMatchObject({ status: "OPEN", version: 1 });
    expect(await queue.events(conflict.id)).toEqual(["OPENED"]);
  });

  test("a resolution made on an outdated version is refused, and says what has changed", async () => {
    const { conflict, changeId, quickbooksId } = await opened();
    queue.company.change("Customer", quickbooksId, { Notes: "there, later" });
    await queue.sync();
    const request = { actor: actor(), conflictId: conflict.id, default: "PLATFORM" } as const;
    await expect(queue.conflicts.resolve({ ...request, expectedVersion: 1 })).rejects.toMatchObject({
      code: "STALE_VERSION",
      message: expect.stringMatching(/have changed: notes\. Look at version 2/),
    });
    expect(await queue.change(changeId)).toMatchObject({ status: "CONFLICT" });
    await queue.conflicts.resolve({ ...request, expectedVersion: 2 });
    await expect(queue.conflicts.resolve(request)).rejects.toMatchObject({ code: "ALREADY_RESOLVED" });
  });

  test("a conflict of another organization is answered as a missing one", async () => {
    const { conflict } = await opened();
    const stranger = { ...actor(), organizationId: randomUUID() };
    const refusal = (conflictId: string, who = actor()) =>
      queue.conflicts.resolve({ actor: who, conflictId, default: "PLATFORM" }).catch((error: unknown) => String(error));
    expect(await refusal(conflict.id, stranger)).toBe(await refusal(randomUUID()));
    await expect(queue.conflicts.ignore({ actor: stranger, conflictId: conflict.id })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(
      await queue.conflicts.resolveMany({ actor: stranger, ids: [conflict.id], resolution: "QUICKBOOKS_WINS" }),
    ).toMatchObject({
      resolved: 0,
      skippedCount: 1,
    });
  });
});

describe("where the record is gone", () => {
  test.each(["delete", "void"] as const)(
    "after a %s there, the edit is discarded or the record made anew, and nothing else",
    async (end) => {
      const { conflict, changeId } = await ended(end);
      const request = { actor: actor(), conflictId: conflict.id };
      for (const choice of [{ default: "PLATFORM" }, { recreate: true, discard: true }, {}] as const) {
        await expect(queue.conflicts.resolve({ ...request, ...choice })).rejects.toMatchObject({ code: "INVALID" });
      }
      await queue.conflicts.resolve({ ...request, discard: true });
      expect(await queue.change(changeId)).toMatchObject({ status: "CANCELLED" });
    },
  );

  test.each(["delete", "void"] as const)(
    "after a %s there, the record is made anew with the edit, as it was when it was edited",
    async (end) => {
      const { conflict, changeId, recordId } = await ended(end);
      const { recreatedId } = await queue.conflicts.resolve({
        actor: actor(),
        conflictId: conflict.id,
        recreate: true,
      });
      expect(recreatedId).not.toBe(recordId);
      expect(await queue.change(changeId)).toMatchObject({ status: "CANCELLED" });
      const made = await queue.bench.database.prisma.localChange.findFirstOrThrow({
        where: { recordId: recreatedId ?? "" },
      });
      expect(made).toMatchObject({ operation: "CREATE", status: "PENDING" });
      expect(made.edits).toMatchObject({
        privateNote: { value: "from here" },
        lines: { value: [{ lineId: null, amount: "12.5" }] },
      });
      await expect(queue.conflicts.reopen({ actor: actor(), conflictId: conflict.id })).rejects.toMatchObject({
        code: "ALREADY_FINISHED",
      });
    },
  );
});

describe("reopening", () => {
  test("brings the edit back as it was, and compares it with what QuickBooks holds now", async () => {
    const { conflict, changeId, quickbooksId } = await opened();
    const before = (await queue.change(changeId)).edits;
    await queue.conflicts.resolve({ actor: actor(), conflictId: conflict.id, default: "QUICKBOOKS" });
    queue.company.change("Customer", quickbooksId, { Title: "Sir" });
    await queue.sync();
    await queue.conflicts.reopen({ actor: actor(), conflictId: conflict.id });
    expect((await queue.change(changeId)).edits).toEqual(before);
    const reopened = await queue.conflictOf(changeId);
    expect(reopened).toMatchObject({ id: conflict.id, status: "OPEN", resolution: null, resolvedAt: null });
    expect(reopened?.fields).toMatchObject([{ path: "notes" }, { path: "title", quickbooks: "Sir" }]);
    expect(reopened?.fields.some(({ choice }) => choice !== undefined)).toBe(false);
    expect(await queue.events(conflict.id)).toEqual(["OPENED", "RESOLVED", "REOPENED", "UPDATED"]);
  });

  test("is refused once the edit is on its way, or was edited again", async () => {
    const sent = await opened();
    await queue.conflicts.resolve({ actor: actor(), conflictId: sent.conflict.id, default: "PLATFORM" });
    await queue.bench.database.pool.query("UPDATE local_changes SET status = 'PUSHING' WHERE id = $1", [sent.changeId]);
    const tooLate = { code: "ALREADY_FINISHED" };
    await expect(queue.conflicts.reopen({ actor: actor(), conflictId: sent.conflict.id })).rejects.toMatchObject(
      tooLate,
    );
    const edited = await opened();
    await queue.conflicts.resolve({ actor: actor(), conflictId: edited.conflict.id, default: "PLATFORM" });
    await queue.edit("Customer", edited.recordId, { notes: "newer" });
    await expect(queue.conflicts.reopen({ actor: actor(), conflictId: edited.conflict.id })).rejects.toMatchObject(
      tooLate,
    );
    expect((await queue.change(edited.changeId)).edits).toMatchObject({ notes: { value: "newer" } });
  });
});

test("a conflict is assigned to a member of the organization, with a note, and to nobody else", async () => {
  const { conflict, changeId } = await opened();
  const id = randomUUID();
  const { organizationId } = actor();
  await queue.bench.database.pool.query(
    "INSERT INTO members (id, organization_id, subject, role, created_at) VALUES ($1::uuid, $2, $1::text, 'ADMIN', now())",
    [id, organizationId],
  );
  await queue.conflicts.assign({ actor: actor(), conflictId: conflict.id, memberId: id, note: "yours" });
  expect(await queue.conflictOf(changeId)).toMatchObject({ assigneeId: id, note: "yours", status: "OPEN" });
  const stranger = { actor: actor(), conflictId: conflict.id, memberId: randomUUID() };
  await expect(queue.conflicts.assign(stranger)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await queue.conflicts.assign({ ...stranger, memberId: null });
  expect(await queue.conflictOf(changeId)).toMatchObject({ assigneeId: null });
  expect(await queue.events(conflict.id)).toEqual(["OPENED", "ASSIGNED", "ASSIGNED"]);
});

test("other policies are tried on the open conflicts before they are set, and decide none of them", async () => {
  const [one, gone] = [await opened(), await ended("delete")];
  const { connectionId } = queue;
  const outcomes = async (...policies: readonly PolicyRule[]) => {
    const preview = await queue.conflicts.previewPolicies({ actor: actor(), connectionId, policies });
    expect(preview.conflicts).toBeGreaterThanOrEqual(2);
    const outcomeOf = (id: string) => preview.outcomes.find(({ conflictId }) => conflictId === id)?.outcome;
    return [outcomeOf(one.conflict.id), outcomeOf(gone.conflict.id)];
  };
  expect(await outcomes()).toEqual(["WAITS", "WAITS"]);
  expect(await outcomes({ policy: "PLATFORM_WINS" })).toEqual(["PLATFORM_WINS", "WAITS"]);
  expect(await outcomes({ policy: "QUICKBOOKS_WINS" })).toEqual(["QUICKBOOKS_WINS", "QUICKBOOKS_WINS"]);
  const mixed = { entity: "Customer", field: "title", policy: "PLATFORM_WINS" } as const;
  expect(await outcomes({ policy: "QUICKBOOKS_WINS" }, mixed)).toEqual(["MIXED", "QUICKBOOKS_WINS"]);
  expect(await queue.conflictOf(one.changeId)).toMatchObject({ status: "OPEN" });
});
