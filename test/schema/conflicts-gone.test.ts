import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { createConflictsWorld, type ConflictsWorld } from "./conflicts-world.js";
import { invoicePayload } from "./editing-world.js";

let world: ConflictsWorld;
let made = 500;

beforeAll(async () => {
  world = await createConflictsWorld();
});

afterAll(() => world.stop());

const voidedLine = { Id: "1", Amount: 0, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { Qty: 0 } };
const later = {
  SyncToken: "1",
  MetaData: { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: "2026-02-01T00:00:00Z" },
};

const endings = {
  async DELETED(quickbooksId: string) {
    await world.remove("Invoice", quickbooksId);
  },
  async VOIDED(quickbooksId: string) {
    const nothing = { TotalAmt: 0, Balance: 0, PrivateNote: "Voided", Line: [voidedLine] };
    await world.mirror("Invoice", invoicePayload(quickbooksId, { ...nothing, ...later }));
  },
} as const;
type Ending = keyof typeof endings;

/** A new invoice whose note was edited here, and which then ended in QuickBooks. */
async function ended(ending: Ending): Promise<{ readonly invoice: string; readonly id: string }> {
  const quickbooksId = String((made += 1));
  await world.mirror("Invoice", invoicePayload(quickbooksId));
  const invoice = await world.idOf("invoices", quickbooksId);
  const edited = await world.edit("updateInvoice", { id: invoice, fields: { privateNote: "Ours" } });
  expect(edited.userErrors).toEqual([]);
  await endings[ending](quickbooksId);
  const query = `query ($id: ID!) { invoice(id: $id) { state openConflict {
    id kind status fields { path choices base { text } platform { text } quickbooks { text } meanwhile { path } } } } }`;
  const data = await world.ask(query, { id: invoice });
  expect(data).toMatchObject({
    invoice: {
      state: ending,
      openConflict: {
        ...{ kind: `${ending}_IN_QUICKBOOKS`, status: "OPEN" },
        fields: [{ path: "privateNote", choices: [], base: null, platform: { text: "Ours" } }],
      },
    },
  });
  const { openConflict } = z.object({ openConflict: z.object({ id: z.string() }) }).parse(data["invoice"]);
  return { invoice, id: openConflict.id };
}

const resolve = (conflictId: string, choice: object, selection?: string) =>
  world.decide("resolveConflict", { conflictId, expectedVersion: 1, ...choice }, selection);

test.each(["DELETED", "VOIDED"] as const)(
  "an edit of what is %s in QuickBooks is given up by discard",
  async (ending) => {
    const { invoice, id } = await ended(ending);
    expect(await resolve(id, { discard: true, note: "Gone for good" })).toMatchObject({
      conflict: {
        ...{ status: "RESOLVED", note: "Gone for good", resolution: { kind: "DISCARD", recreated: null } },
        localChange: { status: "CANCELLED" },
      },
      userErrors: [],
    });
    const query = "query ($id: ID!) { invoice(id: $id) { state openConflict { id } } }";
    expect(await world.ask(query, { id: invoice })).toEqual({ invoice: { state: ending, openConflict: null } });
  },
);

test.each(["DELETED", "VOIDED"] as const)(
  "what is %s in QuickBooks is made anew with the edit by recreate",
  async (ending) => {
    const { invoice, id } = await ended(ending);
    const recreated = `conflict { status localChange { status } resolution { kind recreated { id state version quickbooksId
    ... on Invoice { privateNote totalAmount { amount } customer { id } lines { ... on SalesLine { description } }
      localChanges { nodes { operation status } } } } } } userErrors { code field message }`;
    const answer = await resolve(id, { recreate: true }, recreated);
    expect(answer).toMatchObject({
      conflict: {
        ...{ status: "RESOLVED", localChange: { status: "CANCELLED" } },
        resolution: {
          kind: "RECREATE",
          recreated: {
            ...{ state: "ACTIVE", version: 1, quickbooksId: null, privateNote: "Ours", totalAmount: { amount: "300" } },
            customer: { id: await world.idOf("customers", "1") },
            localChanges: { nodes: [{ operation: "CREATE", status: "PENDING" }] },
          },
        },
      },
      userErrors: [],
    });
    const shape = z.object({
      conflict: z.object({
        resolution: z.object({
          recreated: z.object({ id: z.string(), lines: z.array(z.object({ description: z.string().optional() })) }),
        }),
      }),
    });
    const { id: anew, lines } = shape.parse(answer).conflict.resolution.recreated;
    expect(anew).not.toBe(invoice);
    expect(lines.flatMap(({ description }) => description ?? [])).toEqual(["Chairs 1", "Chairs 2"]);
    expect(await world.decide("reopenConflict", { conflictId: id })).toMatchObject({
      conflict: null,
      userErrors: [{ code: "ALREADY_FINISHED" }],
    });
  },
);

test("a dry run shows what recreate and discard come to, and decides nothing", async () => {
  const { id } = await ended("DELETED");
  const selection = `conflict { status } preview { status fields { path platform { text } quickbooks { text } } }
    userErrors { code }`;
  const tried = (choice: object) => resolve(id, { ...choice, dryRun: true }, selection);
  const shown = (status: string, side: object | null) => ({
    conflict: { status: "OPEN" },
    preview: { status, fields: [{ path: "privateNote", platform: side, quickbooks: side }] },
    userErrors: [],
  });
  expect(await tried({ recreate: true })).toEqual(shown("PENDING", { text: "Ours" }));
  expect(await tried({ discard: true })).toEqual(shown("CANCELLED", null));
});

test("what is gone is either made anew or given up, and what is there is neither", async () => {
  const gone = await ended("DELETED");
  const there = await world.conflict();
  const fields = [{ path: "privateNote", choose: "PLATFORM" }];
  const refused = { conflict: null, userErrors: [{ code: "INVALID" }] };
  for (const choice of [{}, { fields }, { default: "PLATFORM" }, { recreate: true, discard: true }]) {
    expect(await resolve(gone.id, choice)).toMatchObject(refused);
  }
  for (const choice of [{ recreate: true }, { default: "PLATFORM", discard: true }]) {
    expect(await resolve(there.id, choice)).toMatchObject(refused);
  }
  const selection = "resolved skipped { conflict { id } reason }";
  const many = { conflictIds: [gone.id], resolution: "PLATFORM_WINS" };
  expect(await world.decide("resolveConflicts", many, selection)).toMatchObject({
    resolved: 0,
    skipped: [{ conflict: { id: gone.id }, reason: expect.any(String) }],
  });
});

test("a removal that meets a change in QuickBooks cannot be made anew", async () => {
  const quickbooksId = String((made += 1));
  await world.mirror("Invoice", invoicePayload(quickbooksId));
  const invoice = await world.idOf("invoices", quickbooksId);
  expect((await world.edit("deleteInvoice", { id: invoice })).userErrors).toEqual([]);
  await world.mirror("Invoice", invoicePayload(quickbooksId, { PrivateNote: "Theirs", ...later }));
  const query = `query ($id: ID!) { invoice(id: $id) { openConflict { id kind fields { path choices
    base { text } platform { text } quickbooks { text } meanwhile { path before { text } after { text } } } } } }`;
  const data = await world.ask(query, { id: invoice });
  const meanwhile = [{ path: "privateNote", before: null, after: { text: "Theirs" } }];
  const state = { path: "state", choices: ["QUICKBOOKS", "PLATFORM"], meanwhile };
  expect(data).toMatchObject({ invoice: { openConflict: { kind: "FIELDS", fields: [state] } } });
  const { openConflict } = z.object({ openConflict: z.object({ id: z.string() }) }).parse(data["invoice"]);
  expect(await resolve(openConflict.id, { recreate: true })).toMatchObject({ userErrors: [{ code: "INVALID" }] });
  expect(await resolve(openConflict.id, { default: "QUICKBOOKS" })).toMatchObject({
    conflict: { status: "RESOLVED", localChange: { status: "CANCELLED" } },
  });
});

test("under MANUAL_REVIEW a conflict says what else has changed in QuickBooks meanwhile", async () => {
  const policies = (rules: readonly object[]) =>
    world.decide("updateSyncSettings", { connectionId: world.connectionId, policies: rules }, "userErrors { code }");
  expect(await policies([{ entity: "CUSTOMER", policy: "MANUAL_REVIEW" }])).toEqual({ userErrors: [] });
  const { id } = await world.conflict({ notes: "Ours" }, { Title: "Prof", Suffix: "Jr." });
  const query = `query ($id: ID!) { conflict(id: $id) { kind fields { path base { text } platform { text }
    quickbooks { text } choices meanwhile { path label before { text value } after { text value } } } } }`;
  const changed = (path: string, label: string, text: string) => ({
    ...{ path, label, before: null, after: { text, value: text } },
  });
  expect(await world.ask(query, { id })).toEqual({
    conflict: {
      kind: "FIELDS",
      fields: [
        {
          ...{ path: "notes", base: { text: "Before" }, platform: { text: "Ours" }, quickbooks: { text: "Before" } },
          choices: ["QUICKBOOKS", "PLATFORM", "VALUE"],
          meanwhile: [changed("title", "Title", "Prof"), changed("suffix", "Suffix", "Jr.")],
        },
      ],
    },
  });
  expect(await policies([])).toEqual({ userErrors: [] });
  expect(await resolve(id, { default: "PLATFORM" })).toMatchObject({
    conflict: { status: "RESOLVED", localChange: { status: "PENDING" } },
  });
});
