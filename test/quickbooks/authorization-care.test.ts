import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import {
  type AuthorizationCare,
  type AuthorizationCareOptions,
  createAuthorizationCare,
} from "../../src/quickbooks/authorization-care.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { until } from "../support/until.js";
import { connectCompany, keyRing, type QuickBooksParts, someActor, startQuickBooks, statusOf } from "./support.js";

const minute = 60_000;
const day = 24 * 60 * minute;
const realmIds = ["9130000000000001", "9130000000000002", "9130000000000003"] as const;
const [realmId] = realmIds;

let parts: QuickBooksParts;
let connectionId: string;
let ended: string[];
let ending: string[];

beforeAll(async () => {
  parts = await startQuickBooks({ companies: realmIds.map((each) => ({ realmId: each, seed: each, size: 20 })) });
});

afterAll(() => parts.stop());

beforeEach(async () => {
  ended = [];
  ending = [];
  parts.lines.length = 0;
  parts.clock.advance(parts.simulator.clock.now() - parts.clock.now().getTime());
  connectionId = await connectCompany(parts.flow, someActor(), realmId);
});

afterEach(async () => {
  parts.simulator.faults.clear();
  await parts.database.pool.query("TRUNCATE connections, quickbooks_tokens");
});

/** Each stands for a process. */
function newCare(options: Partial<AuthorizationCareOptions> = {}): AuthorizationCare {
  const { database, clock, log, oauth, settings } = parts;
  const tokens = createTokenStore({
    database,
    keyRing,
    oauth,
    clock,
    log,
    onReauthorizationRequired: (_tx, { id }) => Promise.resolve(void ended.push(id)),
  });
  const onEnding = (_tx: unknown, { id }: { readonly id: string }) => Promise.resolve(void ending.push(id));
  return createAuthorizationCare({ database, tokens, settings: settings.quickbooks, clock, log, onEnding, ...options });
}

const sweep = () => newCare().sweep();

/** Time passes here and at QuickBooks. */
function pass(ms: number): void {
  parts.clock.advance(ms);
  parts.simulator.clock.advance(ms);
}

const renewals = (): number => parts.simulator.requests.filter(({ path }) => path.endsWith("/tokens/bearer")).length;

/** How many token requests `work` makes. */
async function renewalsOf(work: () => Promise<unknown>): Promise<number> {
  const before = renewals();
  await work();
  return renewals() - before;
}

const tokensOf = (id = connectionId) =>
  parts.database.prisma.quickBooksToken.findUniqueOrThrow({ where: { connectionId: id } });

const ofConnection = (data: object) => parts.database.prisma.connection.updateMany({ data });
const ofTokens = (data: object) => parts.database.prisma.quickBooksToken.updateMany({ data });
const inDays = (days: number): Date => new Date(parts.clock.now().getTime() + days * day);

test("an authorization that no sync uses is renewed after a week, and again after another", async () => {
  pass(7 * day - minute);
  expect(await renewalsOf(sweep)).toBe(0);
  pass(minute);
  expect(await renewalsOf(sweep)).toBe(1);
  expect(await renewalsOf(sweep)).toBe(0);
  pass(7 * day);
  expect(await renewalsOf(sweep)).toBe(1);
  expect(await tokensOf()).toMatchObject({ refreshedAt: parts.clock.now(), generation: 3, checkAt: null });
  await newCare().stop();
});

test("a paused company's authorization is kept alive beyond the hundred days", async () => {
  await ofConnection({ isPaused: true });
  for (let weeks = 0; weeks < 30; weeks++) {
    pass(7 * day);
    await sweep();
  }
  expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
  expect((await tokensOf()).generation).toBe(31);
});

test.each([{ status: "REAUTHORIZATION_REQUIRED" }, { status: "DISCONNECTED" }, { environment: "PRODUCTION" }])(
  "a connection with %j is never tried, and not warned of",
  async (state) => {
    await ofConnection(state);
    await ofTokens({ checkAt: parts.clock.now() });
    pass(99 * day);
    const asked: string[] = [];
    const tokens = { accessToken: (id: string) => Promise.resolve({ token: "", generation: asked.push(id) }) };
    await newCare({ tokens }).sweep();
    expect(asked).toEqual([]);
    expect(ending).toEqual([]);
  },
);

test("processes that sweep at once renew an idle authorization once", async () => {
  pass(8 * day);
  const held = parts.simulator.faults.inject({ kind: "hold", path: "/tokens/bearer" });
  const sweeps = [newCare(), newCare(), newCare()].map((care) => care.sweep());
  await until(() => held.met > 0 || undefined);
  await Promise.race(sweeps);
  held.release();
  await Promise.all(sweeps);
  expect((await tokensOf()).generation).toBe(2);
});

test("a renewal that fails is tried again after growing pauses, not by every sweep", async () => {
  const care = newCare();
  pass(7 * day);
  const since = parts.clock.now().getTime();
  parts.simulator.faults.inject({ kind: "503", path: "/tokens/bearer", times: 1000 });
  const tries: number[] = [];
  for (let minutes = 0; minutes < 20 * 60; minutes += 5) {
    const before = renewals();
    await care.sweep();
    if (renewals() > before) tries.push((parts.clock.now().getTime() - since) / minute);
    pass(5 * minute);
  }
  expect(tries).toEqual([0, 15, 30, 60, 120, 240, 480, 840]);
  expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
  parts.simulator.faults.clear();
  expect(await renewalsOf(() => care.sweep())).toBe(1);
});

test("a sweep renews five at most, the longest idle first", async () => {
  const idle = Array.from({ length: 7 }, () => randomUUID());
  for (const [index, id] of idle.entries()) {
    await parts.database.pool.query(
      `INSERT INTO connections (id, organization_id, environment, realm_id, realm_lookup, status, entities, connected_at, created_at)
       VALUES ($1, $1, 'SIMULATOR', 'sealed', $2, 'CONNECTED', '{}', now(), now())`,
      [id, id],
    );
    await parts.database.pool.query(
      `INSERT INTO quickbooks_tokens (connection_id, access_token, refresh_token, access_token_expires_at,
         refresh_token_expires_at, refreshed_at, generation) VALUES ($1, '', '', $2, $2, $3, 1)`,
      [id, inDays(50), inDays(index - 20)],
    );
  }
  const asked: string[] = [];
  const tokens = { accessToken: (id: string) => Promise.resolve({ token: "", generation: asked.push(id) }) };
  await newCare({ tokens }).sweep();
  expect(asked).toEqual(idle.slice(0, 5));
  await newCare({ tokens }).sweep();
  expect(asked).toEqual(idle);
});

test("a stopping process begins no renewal, and waits for the one on its way", async () => {
  pass(8 * day);
  const others = [];
  for (const each of realmIds.slice(1)) others.push(await connectCompany(parts.flow, someActor(), each));
  await ofTokens({ refreshedAt: inDays(-8) });
  const held = parts.simulator.faults.inject({ kind: "hold", path: "/tokens/bearer" });
  const care = newCare();
  const before = renewals();
  const sweeping = care.sweep();
  await until(() => held.met > 0 || undefined);
  const stopped = care.stop();
  held.release();
  await stopped;
  await sweeping;
  expect(renewals() - before).toBe(1);
  const generations = await Promise.all([connectionId, ...others].map(async (id) => (await tokensOf(id)).generation));
  expect(generations.reduce((sum, generation) => sum + generation)).toBe(4);
  expect(await renewalsOf(() => care.sweep())).toBe(0);
});

test("who disconnected at Intuit is found out by a check, and a stranger's word alone changes nothing", async () => {
  pass(2 * minute);
  await parts.flow.disconnected({ realmId });
  expect(await renewalsOf(sweep)).toBe(1);
  expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
  pass(2 * minute);
  parts.simulator.disconnect(realmId);
  await parts.flow.disconnected({ realmId });
  await sweep();
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  expect(ended).toEqual([connectionId]);
});

test("however often it is claimed, a connection is checked once a minute at most", async () => {
  const claimAndSweep = async () => {
    for (let claims = 0; claims < 3; claims++) await parts.flow.disconnected({ realmId });
    await sweep();
  };
  expect(await renewalsOf(claimAndSweep)).toBe(0);
  pass(minute);
  expect(await renewalsOf(claimAndSweep)).toBe(1);
  pass(minute - 1000);
  expect(await renewalsOf(claimAndSweep)).toBe(0);
  pass(1000);
  expect(await renewalsOf(sweep)).toBe(1);
});

test("a claim does not hasten a check that failed a moment ago", async () => {
  pass(2 * minute);
  await parts.flow.disconnected({ realmId });
  parts.simulator.faults.inject({ kind: "503", path: "/tokens/bearer" });
  expect(await renewalsOf(sweep)).toBe(1);
  await parts.flow.disconnected({ realmId });
  expect(await renewalsOf(sweep)).toBe(0);
  pass(15 * minute);
  expect(await renewalsOf(sweep)).toBe(1);
});

test("a claim about an unknown company, or about none, is answered as any other, and nothing is checked", async () => {
  pass(2 * minute);
  const answers = [];
  for (const parameters of [{ realmId }, { realmId: "1" }, { realmId: "no digits" }, { realmId: ["1", "2"] }, {}]) {
    answers.push(await parts.flow.disconnected(parameters));
  }
  expect(new Set(answers.map(({ redirectTo }) => redirectTo)).size).toBe(1);
  await ofTokens({ checkAt: null });
  await parts.flow.disconnected({ realmId: realmIds[1] });
  expect(await renewalsOf(sweep)).toBe(0);
});

test("a claim does not wait for a renewal on its way", async () => {
  await parts.database.transaction(async (tx) => {
    await tx.query("SELECT FROM quickbooks_tokens WHERE connection_id = $1 FOR UPDATE", [connectionId]);
    await parts.flow.disconnected({ realmId });
  });
  expect((await tokensOf()).checkAt).toBeNull();
});

test("the five years' end is warned of a month ahead, once", async () => {
  await ofTokens({ refreshTokenEndsAt: inDays(30.01) });
  await sweep();
  expect(ending).toEqual([]);
  await ofTokens({ refreshTokenEndsAt: inDays(30) });
  await Promise.all([sweep(), sweep()]);
  expect(ending).toEqual([connectionId]);
  // Intuit tells seconds that are left: the same end looks a second later or earlier each time.
  await ofTokens({ refreshTokenEndsAt: new Date(inDays(30).getTime() - 1000) });
  await sweep();
  // In its last hundred days the tokens end with it.
  pass(17 * day);
  await ofTokens({ refreshedAt: parts.clock.now(), refreshTokenExpiresAt: inDays(13) });
  await sweep();
  expect(ending).toEqual([connectionId]);
  const warnings = parts.lines.filter((line) => line.includes("five years after"));
  expect(warnings).toHaveLength(1);
});

test("the end of an authorization that cannot be renewed is warned of two weeks ahead, once", async () => {
  parts.simulator.faults.inject({ kind: "503", path: "/tokens/bearer", times: 1000 });
  const { refreshTokenExpiresAt } = await tokensOf();
  const leftMs = refreshTokenExpiresAt.getTime() - parts.clock.now().getTime();
  pass(leftMs - 14 * day - minute);
  await sweep();
  expect(ending).toEqual([]);
  pass(minute);
  await sweep();
  await sweep();
  expect(ending).toEqual([connectionId]);
  expect((await tokensOf()).warnedOf).toEqual(refreshTokenExpiresAt);
});

test("a warning that cannot be told of is not taken for given", async () => {
  await ofTokens({ refreshTokenEndsAt: inDays(20) });
  await newCare({ onEnding: () => Promise.reject(new Error("no stream")) }).sweep();
  expect(await tokensOf()).toMatchObject({ warnedOf: null });
  await sweep();
  expect(ending).toEqual([connectionId]);
});

test("a new consent is cared for anew: no check is left, and its own end is warned of", async () => {
  await ofTokens({ refreshTokenEndsAt: inDays(20), checkAt: inDays(1) });
  await sweep();
  const { organizationId } = await parts.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  expect(await connectCompany(parts.flow, someActor(organizationId), realmId)).toBe(connectionId);
  expect(await tokensOf()).toMatchObject({ checkAt: null, warnedOf: null });
});

test("refresh token at its end: five years after consent the authorization ends, kept alive or not, and a new consent begins five more", async () => {
  const { refreshTokenEndsAt } = await tokensOf();
  for (let passes = 0; passes < 20; passes++) {
    pass(91 * day);
    await sweep();
  }
  // Intuit's end has not moved with the renewals, and was warned of in time.
  expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
  const movedMs = ((await tokensOf()).refreshTokenEndsAt?.getTime() ?? 0) - (refreshTokenEndsAt?.getTime() ?? 0);
  expect(Math.abs(movedMs)).toBeLessThan(5 * minute);
  expect(ending).toEqual([connectionId]);
  pass(10 * day);
  expect(await renewalsOf(sweep)).toBe(1);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  expect(ended).toEqual([connectionId]);
  pass(30 * day);
  expect(await renewalsOf(sweep)).toBe(0);
  const { organizationId } = await parts.database.prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  await connectCompany(parts.flow, someActor(organizationId), realmId);
  const { refreshTokenEndsAt: next } = await tokensOf();
  expect(next?.getTime()).toBeGreaterThan(inDays(5 * 365 - 1).getTime());
});
