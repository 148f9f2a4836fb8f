import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Actor } from "../../src/access/actor.js";
import { ConnectProblem, createConnectFlow } from "../../src/quickbooks/connect.js";
import { openRealm } from "../../src/quickbooks/realm.js";
import { companyCreatedAt } from "../support/company.js";
import {
  connectCompany,
  consentAt,
  handleFor,
  keyRing,
  onlyCompany,
  publicUrl,
  type QuickBooksParts,
  someActor,
  startQuickBooks,
  statusOf,
} from "./support.js";

const nothingMore = () => Promise.resolve();

let parts: QuickBooksParts;
let actor: Actor;
let realmId: string;

beforeAll(async () => {
  parts = await startQuickBooks({
    companies: [
      { seed: "one", size: 20 },
      { seed: "two", size: 20, realmId: "9130357" },
    ],
  });
  realmId = onlyCompany(parts.simulator);
});

afterAll(() => parts.stop());

beforeEach(async () => {
  actor = someActor();
  await parts.database.pool.query("TRUNCATE connections, quickbooks_tokens, connect_attempts");
});

async function problemOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.catch((thrown: unknown) => thrown);
  return error instanceof ConnectProblem ? error.code : `no problem but ${String(error)}`;
}

/** In the organization of this test's actor: nothing removes what earlier tests left. */
function audited() {
  const { organizationId } = actor;
  return parts.database.prisma.auditEntry.findMany({
    where: { organizationId },
    orderBy: { action: "asc" },
  });
}

function tokenRequests(): number {
  return parts.simulator.requests.filter(({ path }) => path.endsWith("/tokens/bearer")).length;
}

function revocations(): number {
  return parts.simulator.requests.filter(({ path }) => path.endsWith("/tokens/revoke")).length;
}

test("a company is connected by consent, callback and completion", async () => {
  const begun = await parts.flow.begin({ actor, returnTo: "/console?tab=2#top" });
  expect(begun.expiresAt.getTime() - parts.clock.now().getTime()).toBe(10 * 60 * 1000);
  const { redirectTo } = await parts.flow.callback(await consentAt(begun.authorizationUrl, { realmId }));
  expect(redirectTo).toMatch(/^http:\/\/gateway\.test\/base\/console\?tab=2&connect=[\w-]{43}#top$/);
  const handle = new URL(redirectTo).searchParams.get("connect") ?? "";
  const hooked: unknown[] = [];
  const connection = await parts.flow.complete({ actor, handle }, (_tx, { id }, isNew) => {
    hooked.push([id, isNew]);
    return Promise.resolve();
  });
  expect(connection).toMatchObject({
    organizationId: actor.organizationId,
    environment: "SIMULATOR",
    status: "CONNECTED",
    companyName: parts.simulator.companies.get(realmId)?.name,
    country: "US",
    homeCurrency: "USD",
    entities: ["Customer", "Invoice"],
  });
  expect(connection.companyCreatedAt).toBeInstanceOf(Date);
  expect(openRealm(keyRing, connection)).toBe(realmId);
  expect(hooked).toEqual([[connection.id, true]]);
  expect((await parts.tokens.accessToken(connection.id)).generation).toBe(1);
  expect(await audited()).toMatchObject([
    { action: "connection.begin", actorId: actor.id, subjectId: null },
    {
      ...{ action: "connection.connect", actorId: actor.id, subjectId: connection.id },
      intuitTid: expect.stringMatching(/^1-/),
    },
  ]);
});

test("what fails in the transaction of a completion leaves nothing behind", async () => {
  const handle = await handleFor(parts.flow, { actor, returnTo: "/" });
  const failing = parts.flow.complete({ actor, handle }, () => Promise.reject(new Error("no run")));
  await expect(failing).rejects.toThrow("no run");
  expect(await parts.database.prisma.connection.count()).toBe(0);
  expect(await parts.database.prisma.quickBooksToken.count()).toBe(0);
});

test.each([
  ["forged", { state: "forged", code: "c", realmId: "1" }],
  ["missing", { code: "c", realmId: "1" }],
  ["doubled", { state: ["a", "b"], code: "c", realmId: "1" }],
  ["wholly absent", undefined],
])("a %s state leads to a safe place and to no token request", async (_name, parameters) => {
  const before = tokenRequests();
  const { redirectTo } = await parts.flow.callback(parameters);
  expect(redirectTo).toBe(`${publicUrl}?connect_error=invalid_state`);
  expect(tokenRequests()).toBe(before);
});

test("a state serves once, even for two callbacks at the same time", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const parameters = await consentAt(authorizationUrl);
  const answers = await Promise.all([parts.flow.callback(parameters), parts.flow.callback(parameters)]);
  const errors = answers.map(({ redirectTo }) => new URL(redirectTo).searchParams.get("connect_error"));
  expect(errors.filter((error) => error === "invalid_state")).toHaveLength(1);
});

test("a state older than ten minutes is refused", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const parameters = await consentAt(authorizationUrl);
  parts.clock.advance(10 * 60 * 1000);
  expect((await parts.flow.callback(parameters)).redirectTo).toContain("connect_error=invalid_state");
});

test("refused consent comes back as an error, not as a handle", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "https://app.test/done" });
  const parameters = await consentAt(authorizationUrl, { decision: "cancel" });
  expect((await parts.flow.callback(parameters)).redirectTo).toBe("https://app.test/done?connect_error=access_denied");
});

test.each([
  ["no code", { realmId: "123" }],
  ["no realm id", { code: "c" }],
  ["a realm id that is no number", { code: "c", realmId: "12/../3" }],
])("a callback with %s is an error", async (_name, parameters) => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const state = new URL(authorizationUrl).searchParams.get("state");
  const { redirectTo } = await parts.flow.callback({ state, ...parameters });
  expect(redirectTo).toBe(`${publicUrl}/?connect_error=invalid_callback`);
});

test.each([
  ["another site", "https://evil.test/"],
  ["another site without a scheme", "//evil.test/"],
  ["another site behind a backslash", "/\\evil.test/"],
  ["a script", "javascript:alert(1)"],
  ["a site whose name begins like an allowed one", "https://app.test.evil.test/"],
  ["an address with a user", "https://user@app.test/"],
  ["an allowed site as the user of another", "https://app.test@evil.test/"],
  ["the gateway's host outside its path", "http://gateway.test/other"],
  ["a path that leaves the gateway's", "/../other"],
  ["nowhere", ""],
  ["an endless address", `/${"x".repeat(3000)}`],
])("the browser is not sent to %s", async (_name, returnTo) => {
  expect(await problemOf(parts.flow.begin({ actor, returnTo }))).toBe("INVALID");
});

test("a handle serves once, even for two completions at the same time", async () => {
  const handle = await handleFor(parts.flow, { actor, returnTo: "/" });
  const before = tokenRequests();
  const both = [1, 2].map(() => parts.flow.complete({ actor, handle }, nothingMore));
  const outcomes = await Promise.allSettled(both);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(tokenRequests()).toBe(before + 1);
});

test("a handle is refused to another member and to another organization, and still serves who began", async () => {
  const handle = await handleFor(parts.flow, { actor, returnTo: "/" });
  const colleague = someActor(actor.organizationId);
  const stranger = { ...someActor(), id: actor.id };
  for (const other of [colleague, stranger]) {
    expect(await problemOf(parts.flow.complete({ actor: other, handle }, nothingMore))).toBe("HANDLE_INVALID");
  }
  await parts.flow.complete({ actor, handle }, nothingMore);
});

test("a forged handle is refused, and one older than five minutes", async () => {
  expect(await problemOf(parts.flow.complete({ actor, handle: "forged" }, nothingMore))).toBe("HANDLE_INVALID");
  const handle = await handleFor(parts.flow, { actor, returnTo: "/" });
  parts.clock.advance(5 * 60 * 1000);
  expect(await problemOf(parts.flow.complete({ actor, handle }, nothingMore))).toBe("HANDLE_INVALID");
});

test("a code that Intuit refuses makes the handle invalid", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const parameters = { ...(await consentAt(authorizationUrl)), code: "forged" };
  const handle = new URL((await parts.flow.callback(parameters)).redirectTo).searchParams.get("connect") ?? "";
  expect(await problemOf(parts.flow.complete({ actor, handle }, nothingMore))).toBe("HANDLE_INVALID");
});

test("a realm id that consent was not given for connects nothing", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const parameters = { ...(await consentAt(authorizationUrl, { realmId })), realmId: "9130357" };
  const handle = new URL((await parts.flow.callback(parameters)).redirectTo).searchParams.get("connect") ?? "";
  expect(await problemOf(parts.flow.complete({ actor, handle }, nothingMore))).toBe("ACCESS_DENIED");
  expect(await parts.database.prisma.connection.count()).toBe(0);
});

test("another organization is refused a connected company after consent, and its tokens are revoked", async () => {
  const first = await connectCompany(parts.flow, actor, realmId);
  const other = someActor();
  const handle = await handleFor(parts.flow, { actor: other, returnTo: "/" }, { realmId });
  const before = revocations();
  expect(await problemOf(parts.flow.complete({ actor: other, handle }, nothingMore))).toBe("COMPANY_ALREADY_CONNECTED");
  expect(revocations()).toBe(before + 1);
  expect(await parts.database.prisma.connection.findMany()).toMatchObject([
    { id: first, organizationId: actor.organizationId },
  ]);
});

test("two organizations that complete at the same time get one connection", async () => {
  const actors = [actor, someActor()];
  const handles = await Promise.all(
    actors.map((one) => handleFor(parts.flow, { actor: one, returnTo: "/" }, { realmId })),
  );
  const outcomes = await Promise.all(
    actors.map((one, index) =>
      problemOf(parts.flow.complete({ actor: one, handle: handles[index] ?? "" }, nothingMore)),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === "COMPANY_ALREADY_CONNECTED")).toHaveLength(1);
  expect(await parts.database.prisma.connection.count()).toBe(1);
});

test("a reconnect keeps the connection, its scope and the company's creation time", async () => {
  const id = await connectCompany(parts.flow, actor, realmId);
  const createdAt = new Date("2020-01-01T00:00:00Z");
  await parts.database.prisma.connection.update({
    where: { id },
    data: { status: "REAUTHORIZATION_REQUIRED", entities: ["Invoice"], companyCreatedAt: createdAt, epoch: 3 },
  });
  const handle = await handleFor(parts.flow, { actor, returnTo: "/", connectionId: id }, { realmId });
  const hooked: unknown[] = [];
  const again = await parts.flow.complete({ actor, handle }, (_tx, { companyCreatedAt }, isNew) => {
    hooked.push([isNew, companyCreatedAt]);
    return Promise.resolve();
  });
  expect(again).toMatchObject({
    id,
    status: "CONNECTED",
    entities: ["Invoice"],
    companyCreatedAt: createdAt,
    epoch: 3,
  });
  expect(hooked).toEqual([[false, companyCreatedAt(parts.simulator, realmId)]]);
  expect((await parts.tokens.accessToken(id)).generation).toBe(2);
});

test("connecting a company of one's own once more is a reconnect", async () => {
  const id = await connectCompany(parts.flow, actor, realmId);
  expect(await connectCompany(parts.flow, actor, realmId)).toBe(id);
});

test("a reconnect as another company is refused before a code is exchanged", async () => {
  const id = await connectCompany(parts.flow, actor, realmId);
  const handle = await handleFor(parts.flow, { actor, returnTo: "/", connectionId: id }, { realmId: "9130357" });
  const before = tokenRequests();
  expect(await problemOf(parts.flow.complete({ actor, handle }, nothingMore))).toBe("OTHER_COMPANY");
  expect(tokenRequests()).toBe(before);
});

test("a foreign connection and a missing one cannot be reconnected or disconnected, and answer alike", async () => {
  const foreign = await connectCompany(parts.flow, someActor(), realmId);
  for (const connectionId of [foreign, randomUUID()]) {
    expect(await problemOf(parts.flow.begin({ actor, returnTo: "/", connectionId }))).toBe("NOT_FOUND");
    expect(await problemOf(parts.flow.disconnect({ actor, connectionId }))).toBe("NOT_FOUND");
  }
  expect(await statusOf(parts.database, foreign)).toBe("CONNECTED");
});

test("disconnecting forgets and revokes the tokens, and is audited once", async () => {
  const id = await connectCompany(parts.flow, actor, realmId);
  const before = revocations();
  const hooked: string[] = [];
  const flow = createConnectFlow({
    ...parts.flowOptions,
    onDisconnected: (_tx, connection) => {
      hooked.push(connection.id);
      return Promise.resolve();
    },
  });
  await flow.disconnect({ actor, connectionId: id });
  await flow.disconnect({ actor, connectionId: id });
  expect(await statusOf(parts.database, id)).toBe("DISCONNECTED");
  expect(await parts.database.prisma.quickBooksToken.count()).toBe(0);
  expect(revocations()).toBe(before + 1);
  expect(hooked).toEqual([id]);
  const entries = await audited();
  expect(entries.filter(({ action }) => action === "connection.disconnect")).toHaveLength(1);
  expect(entries.filter(({ action }) => action === "connection.revoke")).toMatchObject([
    { subjectId: id, actorId: actor.id, intuitTid: expect.stringMatching(/^1-/) },
  ]);
});

test("disconnecting succeeds while Intuit is down", async () => {
  const id = await connectCompany(parts.flow, actor, realmId);
  const oauth = { ...parts.oauth, revoke: () => Promise.reject(new Error("down")) };
  await createConnectFlow({ ...parts.flowOptions, oauth }).disconnect({ actor, connectionId: id });
  expect(await statusOf(parts.database, id)).toBe("DISCONNECTED");
  expect((await audited()).map(({ action }) => action)).not.toContain("connection.revoke");
});

test("no code, handle, state, realm id or token is stored in the clear or logged", async () => {
  const { authorizationUrl } = await parts.flow.begin({ actor, returnTo: "/" });
  const parameters = await consentAt(authorizationUrl, { realmId });
  const { redirectTo } = await parts.flow.callback(parameters);
  const handle = new URL(redirectTo).searchParams.get("connect") ?? "";
  const attempts = JSON.stringify(await parts.database.prisma.connectAttempt.findMany());
  const { id } = await parts.flow.complete({ actor, handle }, nothingMore);
  const { token } = await parts.tokens.accessToken(id);
  const rest = JSON.stringify([
    await parts.database.prisma.connectAttempt.findMany(),
    await parts.database.prisma.connection.findMany(),
    await parts.database.prisma.quickBooksToken.findMany(),
    await audited(),
  ]);
  const secrets = [parameters["code"], parameters["state"], handle, token, realmId];
  for (const secret of secrets) {
    expect(secret).toEqual(expect.stringMatching(/^[\w-]{8,}/));
    expect(attempts + rest + parts.lines.join("")).not.toContain(secret);
  }
  expect(await parts.database.prisma.connectAttempt.findMany()).toMatchObject([{ code: null, realmId: null }]);
});
