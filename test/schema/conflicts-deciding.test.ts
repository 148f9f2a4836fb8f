import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import type { Role } from "../../src/access/actor.js";
import { createConflictsWorld, refusal, type ConflictsWorld } from "./conflicts-world.js";

let world: ConflictsWorld;

beforeAll(async () => {
  world = await createConflictsWorld();
});

afterEach(() => world.forget());

afterAll(() => world.stop());

const bothChanged = () => world.conflict({ notes: "Ours", title: "Dr" }, { Notes: "Theirs", Title: "Prof" });
const error = (code: string, field: string) => ({ code, field: ["input", field], message: expect.any(String) });

test("each field is decided by itself: one by QuickBooks, one by a value of one's own", async () => {
  const { id } = await bothChanged();
  const fields = [
    { path: "notes", choose: "VALUE", value: "Both" },
    { path: "title", choose: "QUICKBOOKS" },
  ];
  expect(
    await world.decide("resolveConflict", { conflictId: id, expectedVersion: 1, fields, note: "As agreed" }),
  ).toMatchObject({
    conflict: {
      ...{ status: "RESOLVED", note: "As agreed", resolution: { kind: "FIELDS", recreated: null } },
      resolvedBy: { name: "ADMIN" },
      fields: [
        { path: "title", choice: "QUICKBOOKS", chosen: { text: "Prof" } },
        { path: "notes", choice: "VALUE", chosen: { text: "Both" } },
      ],
      localChange: { status: "PENDING" },
    },
    userErrors: [],
  });
});

test("a dry run shows what each side will hold, and decides nothing", async () => {
  const { id } = await bothChanged();
  const input = {
    conflictId: id,
    expectedVersion: 1,
    default: "PLATFORM",
    fields: [{ path: "title", choose: "QUICKBOOKS" }],
    dryRun: true,
  };
  const selection =
    "conflict { status } preview { status fields { path label platform { text } quickbooks { text } } } userErrors { code }";
  expect(await world.decide("resolveConflict", input, selection)).toEqual({
    conflict: { status: "OPEN" },
    preview: {
      status: "PENDING",
      fields: expect.arrayContaining([
        { path: "title", label: "Title", platform: { text: "Prof" }, quickbooks: { text: "Prof" } },
        { path: "notes", label: "Notes", platform: { text: "Ours" }, quickbooks: { text: "Ours" } },
      ]),
    },
    userErrors: [],
  });
});

test("a field left undecided, one that is not in conflict and a value that does not fit are named", async () => {
  const { id } = await bothChanged();
  const decide = async (input: object) =>
    z
      .object({
        conflict: z.null(),
        userErrors: z.array(z.object({ code: z.string(), message: z.string(), field: z.array(z.string()) })),
      })
      .parse(await world.decide("resolveConflict", { conflictId: id, expectedVersion: 1, ...input })).userErrors;
  const undecided = await decide({ fields: [{ path: "notes", choose: "PLATFORM" }] });
  expect(undecided).toMatchObject([{ code: "INVALID", message: expect.stringContaining("title") }]);
  const unknown = await decide({ default: "PLATFORM", fields: [{ path: "suffix", choose: "PLATFORM" }] });
  expect(unknown).toMatchObject([{ code: "INVALID", message: expect.stringContaining("suffix") }]);
  const unfit = await decide({ default: "PLATFORM", fields: [{ path: "notes", choose: "VALUE", value: 7 }] });
  expect(unfit).toMatchObject([{ code: "INVALID", field: ["input", "fields", "0", "value"] }]);
});

test("a decision made on an outdated version is refused with what changed, and one made twice", async () => {
  const { id, customer } = await bothChanged();
  await world.change(customer, { Notes: "Theirs again" });
  const resolve = (expectedVersion: number) =>
    world.decide("resolveConflict", { conflictId: id, expectedVersion, default: "PLATFORM" });
  expect(await resolve(1)).toMatchObject({
    conflict: null,
    userErrors: [{ ...error("STALE_VERSION", "expectedVersion"), message: expect.stringContaining("notes") }],
  });
  expect(await resolve(2)).toMatchObject({ conflict: { status: "RESOLVED" }, userErrors: [] });
  expect(await resolve(2)).toMatchObject({ conflict: null, userErrors: [error("ALREADY_RESOLVED", "conflictId")] });
});

test("a decision is taken back while nothing of it is sent, and a conflict put aside opens again when it changes", async () => {
  const { id, customer } = await bothChanged();
  await world.decide("resolveConflict", { conflictId: id, expectedVersion: 1, default: "QUICKBOOKS" });
  const reopened = await world.decide("reopenConflict", { conflictId: id, note: "Not so fast" });
  expect(reopened).toMatchObject({
    conflict: { status: "OPEN", note: "Not so fast", resolution: null, localChange: { status: "CONFLICT" } },
    userErrors: [],
  });
  expect(await world.decide("ignoreConflict", { conflictId: id, expectedVersion: 1 })).toMatchObject({
    userErrors: [error("STALE_VERSION", "expectedVersion")],
  });
  expect(await world.decide("ignoreConflict", { conflictId: id })).toMatchObject({ conflict: { status: "IGNORED" } });
  await world.change(customer, { Notes: "Theirs again" });
  expect(await world.ask("query ($id: ID!) { conflict(id: $id) { status } }", { id })).toEqual({
    conflict: { status: "OPEN" },
  });
});

test("a conflict is assigned to a member of the organization, and to nobody again", async () => {
  const { id } = await bothChanged();
  const memberId = (member: string) => Buffer.from(`Member:${member}`).toString("base64url");
  const assign = (assigneeId: string | null) => world.decide("assignConflict", { conflictId: id, assigneeId });
  const name = z.object({ conflict: z.object({ assignee: z.unknown() }) });
  expect(name.parse(await assign(memberId(world.firm.memberId("OPERATOR")))).conflict.assignee).not.toBeNull();
  expect(name.parse(await assign(null)).conflict.assignee).toBeNull();
  const stranger = (await world.gateway.newFirm()).memberId("ADMIN");
  expect(await assign(memberId(stranger))).toMatchObject({
    conflict: null,
    userErrors: [error("NOT_FOUND", "assigneeId")],
  });
  expect(await assign("nobody")).toMatchObject({ conflict: null, userErrors: [error("NOT_FOUND", "assigneeId")] });
});

test("everybody sees who has a conflict in hand; how they are reached, ADMIN and themselves alone", async () => {
  const { id } = await bothChanged();
  const assigneeId = Buffer.from(`Member:${world.firm.memberId("OPERATOR")}`).toString("base64url");
  await world.decide("assignConflict", { conflictId: id, assigneeId });
  const query = "query ($id: ID!) { conflict(id: $id) { assignee { role subject } } }";
  const seen = async (role: Role) => world.ask(query, { id }, await world.firm.token(role));
  const assignee = (subject: string | null) => ({ conflict: { assignee: { role: "OPERATOR", subject } } });
  expect(await seen("VIEWER")).toEqual(assignee(null));
  expect(await seen("OPERATOR")).toEqual(assignee("OPERATOR"));
  expect(await seen("ADMIN")).toEqual(assignee("OPERATOR"));
});

test("many are decided alike, by filter or by id, after a look at what would come of it", async () => {
  const [one, two] = [await bothChanged(), await bothChanged()];
  const selection =
    "resolved remaining skippedCount skipped { conflict { id } reason } preview { conflict { id status } preview { status } } userErrors { code field }";
  const decide = (input: object) =>
    world.decide("resolveConflicts", { resolution: "QUICKBOOKS_WINS", ...input }, selection);
  const outcome = (id: string, status: string) => ({ conflict: { id, status }, preview: { status: "CANCELLED" } });
  const filter = { entity: { eq: "CUSTOMER" } };
  const tried = {
    ...{ resolved: 2, remaining: 0, skippedCount: 0 },
    skipped: [],
    preview: [outcome(one.id, "OPEN"), outcome(two.id, "OPEN")],
    userErrors: [],
  };
  expect(await decide({ filter, connectionId: world.connectionId, dryRun: true })).toEqual(tried);
  expect(await decide({ conflictIds: [one.id, "nothing"] })).toEqual({
    ...{
      resolved: 1,
      remaining: 0,
      skippedCount: 1,
      skipped: [{ conflict: null, reason: "There is no such conflict." }],
    },
    ...{ preview: [outcome(one.id, "RESOLVED")], userErrors: [] },
  });
  expect(await decide({ filter })).toMatchObject({ resolved: 1, preview: [outcome(two.id, "RESOLVED")] });
  expect(await decide({})).toMatchObject({
    resolved: 0,
    userErrors: [{ code: "INVALID", field: ["input", "conflictIds"] }],
  });
  expect(await decide({ connectionId: "nothing" })).toMatchObject({
    userErrors: [{ code: "NOT_FOUND", field: ["input", "connectionId"] }],
  });
});

test("conflicts of another organization are NOT_FOUND for whoever decides, and none of theirs is decided with many", async () => {
  const { id } = await bothChanged();
  const foreign = await (await world.gateway.newFirm()).token("ADMIN");
  const mutation = `mutation ($id: ID!) {
    resolveConflict(input: { conflictId: $id, expectedVersion: 1, default: PLATFORM }) { userErrors { code } }
    reopenConflict(input: { conflictId: $id }) { userErrors { code } }
    ignoreConflict(input: { conflictId: $id }) { userErrors { code } }
    assignConflict(input: { conflictId: $id }) { userErrors { code } }
    one: resolveConflicts(input: { conflictIds: [$id], resolution: PLATFORM_WINS }) { resolved skipped { conflict { id } } }
    all: resolveConflicts(input: { filter: {}, resolution: PLATFORM_WINS }) { resolved skippedCount }
  }`;
  const missing = { userErrors: [{ code: "NOT_FOUND" }] };
  expect(await world.ask(mutation, { id }, foreign)).toEqual({
    ...{ resolveConflict: missing, reopenConflict: missing, ignoreConflict: missing, assignConflict: missing },
    ...{ one: { resolved: 0, skipped: [{ conflict: null }] }, all: { resolved: 0, skippedCount: 0 } },
  });
  expect(await world.ask("query ($id: ID!) { conflict(id: $id) { status } }", { id })).toEqual({
    conflict: { status: "OPEN" },
  });
});

test("conflicts are decided by an ADMIN alone", async () => {
  const { id } = await bothChanged();
  for (const token of [world.tokens.VIEWER, world.tokens.OPERATOR]) {
    const mutation = `mutation { resolveConflict(input: { conflictId: "${id}", expectedVersion: 1, default: PLATFORM }) { userErrors { code } } }`;
    expect(await refusal(world, mutation, token)).toEqual(["FORBIDDEN"]);
  }
});

const settings = `connection { settings { policies { entity field policy } } }
  preview { conflicts outcomes { outcome conflicts } decisions { outcome conflict { id status } } } userErrors { code field }`;

test("policies are tried on the conflicts that wait before they are set, and decide none of them", async () => {
  const { id } = await bothChanged();
  const set = (policies: readonly object[], dryRun = false) =>
    world.decide("updateSyncSettings", { connectionId: world.connectionId, policies, dryRun }, settings);
  const rules = [
    { entity: "CUSTOMER", field: "notes", policy: "PLATFORM_WINS" },
    { entity: "CUSTOMER", field: null, policy: "QUICKBOOKS_WINS" },
  ];
  const preview = {
    ...{ conflicts: 1, decisions: [{ outcome: "MIXED", conflict: { id, status: "OPEN" } }] },
    outcomes: expect.arrayContaining([
      { outcome: "MIXED", conflicts: 1 },
      { outcome: "WAITS", conflicts: 0 },
    ]),
  };
  expect(await set(rules, true)).toEqual({ connection: { settings: { policies: [] } }, preview, userErrors: [] });
  expect(await set(rules)).toEqual({ connection: { settings: { policies: rules } }, preview, userErrors: [] });
  expect(await set([{ entity: "CUSTOMER", field: "balance", policy: "PLATFORM_WINS" }])).toMatchObject({
    connection: null,
    userErrors: [{ code: "INVALID", field: expect.arrayContaining(["input", "policies", "0"]) }],
  });
  expect(await set([])).toMatchObject({ connection: { settings: { policies: [] } }, preview: { conflicts: 1 } });
});
