import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import type { FaultSpec } from "../../simulator/index.js";
import { callsIn } from "./call-lines.js";
import type { CallReport, CompanyClient } from "../../src/quickbooks/client.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import {
  ObjectNotFound,
  ReconnectNeeded,
  RequestRejected,
  RetryLater,
  RunStopped,
  UnreadableResult,
} from "../../src/quickbooks/errors.js";
import type { Fetch } from "../../src/quickbooks/http.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { activeOrNot, select } from "../../src/quickbooks/statements.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import {
  calmDown,
  connectAnew,
  onlyCompany,
  type QuickBooksParts,
  someActor,
  startQuickBooks,
  statusOf,
} from "./support.js";

const actor = someActor();
const invoices = select("Invoice", { maxResults: 5 });

let parts: QuickBooksParts;
let connectionId: string;
let company: CompanyClient;
let calls: readonly CallReport[];
let onCall: (call: CallReport) => void;

beforeAll(async () => {
  parts = await startQuickBooks();
});

afterAll(() => parts.stop());

beforeEach(async () => {
  ({ connectionId, company, calls, onCall } = await connectAnew(parts, actor));
  parts.slept.length = 0;
});

afterEach(() => calmDown(parts));

function inject(spec: FaultSpec): void {
  parts.simulator.faults.inject({ path: "/query", ...spec });
}

function statuses(): readonly (number | undefined)[] {
  return calls.map(({ status }) => status);
}

function refreshes(): number {
  return parts.simulator.requests.filter(({ path }) => path.endsWith("/tokens/bearer")).length;
}

/** A company whose requests are answered by `answer` in place of the simulator. */
async function answeredBy(answer: Fetch, options: Partial<typeof parts.clientOptions> = {}): Promise<CompanyClient> {
  const client = createQuickBooksClient({ ...parts.clientOptions, fetch: answer, ...options });
  return client.for(connectionId, { onCall });
}

function json(body: unknown): Fetch {
  return () => Promise.resolve(new Response(JSON.stringify(body)));
}

test("a query gives its records unparsed, QuickBooks' time and Intuit's transaction id", async () => {
  const answer = await company.query(invoices);
  const served = new Map(
    [...(parts.simulator.companies.get(onlyCompany(parts.simulator))?.records("Invoice") ?? [])].map(({ id, text }) => [
      id,
      text,
    ]),
  );
  expect(answer.records).toHaveLength(5);
  for (const record of answer.records) expect(record.text()).toBe(served.get(record.id ?? ""));
  expect(Math.abs(answer.time.getTime() - Date.now())).toBeLessThan(60_000);
  expect(answer.intuitTid).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  expect(answer.requestedAt).toEqual(parts.clock.now());
});

test("an empty result is an answer without records", async () => {
  const { records } = await company.query(
    select("Invoice", { where: [{ property: "Id", operator: "IN", value: ["999999"] }] }),
  );
  expect(records).toEqual([]);
});

test("records are counted, deactivated ones where they are asked for", async () => {
  const active = await company.count("Customer", []);
  expect(await company.count("Customer", [activeOrNot])).toBeGreaterThanOrEqual(active);
});

test("a statement too long for an address is posted", async () => {
  const ids = Array.from({ length: 1000 }, (_, index) => String(index));
  const { records } = await company.query(
    select("Invoice", { where: [{ property: "Id", operator: "IN", value: ids }] }),
  );
  expect(records.length).toBeGreaterThan(0);
  expect(parts.simulator.requests.at(-1)).toMatchObject({ method: "POST", status: 200 });
});

test("a record is read by its id, and what is gone or never was is not found", async () => {
  const [first] = (await company.query(invoices)).records;
  const { records } = await company.read("Invoice", first?.id ?? "");
  expect(records.map(({ id }) => id)).toEqual([first?.id]);
  await expect(company.read("Invoice", "99999999")).rejects.toThrow(ObjectNotFound);
  await expect(company.read("Invoice", "1/../2")).rejects.toThrow(RequestRejected);
});

test("the company and its preferences are read", async () => {
  const info = await company.companyInfo();
  expect(info).toMatchObject({ country: "US", timeZone: "America/Los_Angeles" });
  expect(info.createdAt).toBeInstanceOf(Date);
  expect(info.time.getTime()).toBeGreaterThan(0);
  expect(await company.preferences()).toEqual({ homeCurrency: "USD", isMultiCurrency: false });
});

test("what QuickBooks refuses for good says why, and is not sent again", async () => {
  const refused = company.query({ entity: "Invoice", text: "SELECT * FROM Invoice WHERE PrivateNote = 'x'" });
  await expect(refused).rejects.toMatchObject({ name: "RequestRejected", code: "4001" });
  expect(calls).toHaveLength(1);
});

test("a row that poisons its result makes the result unreadable", async () => {
  inject({ kind: "500", times: 2 });
  await expect(company.query(invoices)).rejects.toThrow(UnreadableResult);
  expect(statuses()).toEqual([500, 500]);
});

test.each(["500", "200-fault", "200-empty", "malformed"] as const)("%s is asked again once", async (kind) => {
  inject({ kind });
  await company.query(invoices);
  expect(calls).toHaveLength(2);
});

test.each([
  ["200-fault", UnreadableResult],
  ["200-empty", RetryLater],
  ["malformed", UnreadableResult],
] as const)("%s twice is told", async (kind, error) => {
  inject({ kind, times: 2 });
  await expect(company.query(invoices)).rejects.toThrow(error);
  expect(calls).toHaveLength(2);
});

test.each(["502", "503", "drop"] as const)("%s is retried with growing pauses, five times in all", async (kind) => {
  inject({ kind, times: 4 });
  await company.query(invoices);
  expect(calls).toHaveLength(5);
  expect(parts.slept).toEqual([500, 1000, 2000, 4000]);
  inject({ kind, times: 5 });
  await expect(company.query(invoices)).rejects.toThrow(RetryLater);
  expect(calls).toHaveLength(10);
});

test("a refused token is refreshed once, and the request sent again", async () => {
  const before = refreshes();
  inject({ kind: "401" });
  await company.query(invoices);
  expect(statuses()).toEqual([401, 200]);
  expect(refreshes()).toBe(before + 1);
});

test("a refreshed token that is refused too ends the authorization", async () => {
  const before = refreshes();
  inject({ kind: "401", times: 2 });
  await expect(company.query(invoices)).rejects.toThrow(ReconnectNeeded);
  expect(refreshes()).toBe(before + 1);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
});

test("a refused authorization is never answered by a refresh", async () => {
  const before = refreshes();
  inject({ kind: "403-3100" });
  await expect(company.query(invoices)).rejects.toThrow(ReconnectNeeded);
  expect(statuses()).toEqual([403]);
  expect(refreshes()).toBe(before);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
  await expect(company.query(invoices)).rejects.toThrow(ReconnectNeeded);
});

test("a grant that was ended in QuickBooks needs a new authorization", async () => {
  parts.simulator.disconnect(onlyCompany(parts.simulator));
  await expect(company.query(invoices)).rejects.toThrow(ReconnectNeeded);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
});

test.each(["xml", "Fault", "fault"] as const)(
  "a 429 in the shape %s is waited out as long as it says",
  async (shape) => {
    parts.simulator.switches.throttleBody = shape;
    parts.simulator.switches.retryAfterSeconds = 0.3;
    inject({ kind: "429" });
    await company.query(invoices);
    expect(statuses()).toEqual([429, 200]);
    expect(calls[0]?.throttledUntil).toEqual(new Date(parts.clock.now().getTime() + 300));
    expect(calls[1]?.throttledMs).toBeGreaterThan(200);
  },
);

test("a 429 without Retry-After asks for a minute, of every process", async () => {
  parts.simulator.switches.retryAfterSeconds = null;
  inject({ kind: "429" });
  const impatient = await answeredBy(fetch, { patienceMs: 1000 });
  const later = new Date(parts.clock.now().getTime() + 60_000);
  await expect(impatient.query(invoices)).rejects.toMatchObject({ name: "RetryLater", retryAt: later });
  const until = (await parts.limiter.throttledUntil(connectionId))?.getTime() ?? 0;
  expect(Math.abs(until - later.getTime())).toBeLessThan(2000);
  await expect(impatient.query(invoices)).rejects.toThrow(RetryLater);
  expect(calls).toHaveLength(1);
});

test("thirty requests at once, from two processes, never meet QuickBooks' own limits", async () => {
  parts.simulator.limits = { perMinute: 500, perSecond: 10, concurrent: 10, batchesPerMinute: 40 };
  const settings = { requestsPerSecond: 10, requestsPerMinute: 450, concurrency: 10 };
  const { database, clock, log } = parts;
  const limiters = [1, 2].map(() => createLimiter({ database, clock, log, settings }));
  const companies = await Promise.all(limiters.map((limiter) => answeredBy(fetch, { limiter })));
  await Promise.all(companies.flatMap((one) => Array.from({ length: 15 }, () => one.query(invoices))));
  parts.simulator.limits = undefined;
  await Promise.all(limiters.map((limiter) => limiter.close()));
  expect(statuses()).toEqual(Array.from({ length: 30 }, () => 200));
});

test("an answer that holds fewer records than it says is not taken for complete", async () => {
  const body = { QueryResponse: { invoice: [{ Id: "1" }], maxResults: 1 }, time: "2026-05-05T02:08:54.5-07:00" };
  await expect((await answeredBy(json(body))).query(invoices)).rejects.toThrow(UnreadableResult);
  expect(calls).toHaveLength(2);
});

test("QuickBooks' time means the same instant on both sides of a change of the clocks", async () => {
  const times = ["2026-11-01T01:30:00.5-07:00", "2026-11-01T01:30:00.5-08:00", "2026-11-01T09:30:00.25Z"];
  const read: string[] = [];
  for (const time of times) {
    const answer = await (await answeredBy(json({ QueryResponse: {}, time }))).query(invoices);
    read.push(answer.time.toISOString());
  }
  expect(read).toEqual(["2026-11-01T08:30:00.500Z", "2026-11-01T09:30:00.500Z", "2026-11-01T09:30:00.250Z"]);
});

test("an answer without QuickBooks' time is none", async () => {
  await expect((await answeredBy(json({ QueryResponse: {} }))).query(invoices)).rejects.toThrow(RetryLater);
});

test("an answer too large to hold is unreadable", async () => {
  const chunk = new Uint8Array(8 * 1024 * 1024);
  let isCancelled = false;
  const endless: Fetch = () => {
    const pull = (controller: ReadableStreamDefaultController) => {
      controller.enqueue(chunk);
    };
    const cancel = () => {
      isCancelled = true;
    };
    return Promise.resolve(new Response(new ReadableStream({ pull, cancel })));
  };
  await expect((await answeredBy(endless)).query(invoices)).rejects.toThrow(UnreadableResult);
  expect(isCancelled).toBe(true);
});

test("a fault that quotes the access token, of whatever status and code, is told without it", async () => {
  for (const [status, code] of [
    [400, "2010"],
    [500, "10000"],
    [200, "6000"],
  ] as const) {
    let token = "";
    const quoting: Fetch = (_url, init) => {
      token = new Headers(init?.headers).get("authorization")?.replace("Bearer ", "") ?? "";
      const error = { Message: `Refused: ${token}`, Detail: `token=${token} was sent`, code };
      return Promise.resolve(new Response(JSON.stringify({ Fault: { Error: [error] } }), { status }));
    };
    const asked = (await answeredBy(quoting)).query(invoices).catch((error: unknown) => error);
    const { message } = z.object({ message: z.string() }).parse(await asked);
    expect(token.length).toBeGreaterThan(15);
    expect(message).toContain("token=[token] was sent");
    expect(message).not.toContain(token);
  }
});

test("tokens are not carried along a redirect", async () => {
  const asked: string[] = [];
  const redirecting: Fetch = (url, init) => {
    asked.push(init?.redirect ?? "");
    return Promise.resolve(new Response(null, { status: 302, headers: { location: "https://evil.test/" } }));
  };
  await expect((await answeredBy(redirecting)).query(invoices)).rejects.toThrow(RequestRejected);
  expect(asked).toEqual(["manual"]);
});

test("a caller that gives up ends the request with its own reason", async () => {
  inject({ kind: "hold" });
  const controller = new AbortController();
  const before = parts.simulator.faults.all[0];
  const asked = company.query(invoices, controller.signal).catch((error: unknown) => error);
  while (before?.met === 0) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error("cancelled"));
  expect(await asked).toEqual(new Error("cancelled"));
});

test("a connection of another environment, and one that is disconnected, are not called", async () => {
  await parts.database.prisma.connection.update({ where: { id: connectionId }, data: { environment: "PRODUCTION" } });
  await expect(parts.quickbooks.for(connectionId)).rejects.toMatchObject({ reason: "WRONG_ENVIRONMENT" });
  await parts.database.prisma.connection.update({ where: { id: connectionId }, data: { environment: "SIMULATOR" } });
  await parts.flow.disconnect({ actor, connectionId });
  await expect(parts.quickbooks.for(connectionId)).rejects.toMatchObject({ reason: "NOT_CONNECTED" });
  await expect(company.query(invoices)).rejects.toThrow(RunStopped);
});

test("successful reads are counted per month, failed ones are not", async () => {
  inject({ kind: "502" });
  await company.query(invoices);
  await company.query(invoices);
  await parts.usage.close();
  const usage = await parts.database.prisma.apiUsage.findMany({ where: { connectionId } });
  const { reads } = usage[0] ?? { reads: 0 };
  inject({ kind: "502" });
  await company.query(invoices);
  await parts.usage.close();
  expect(await parts.database.prisma.apiUsage.findMany({ where: { connectionId } })).toMatchObject([
    { reads: reads + 1, writes: 0 },
  ]);
});

test("spent reads of the month stop every company before a call", async () => {
  await company.query(invoices);
  await parts.usage.close();
  const usage = createUsage({
    ...parts.clientOptions,
    database: parts.database,
    log: parts.log,
    settings: { monthlyReads: 1 },
  });
  const spent = await createQuickBooksClient({ ...parts.clientOptions, usage }).for(connectionId, {
    onCall,
  });
  await expect(spent.query(invoices)).rejects.toMatchObject({ reason: "QUOTA_SPENT" });
  expect(calls).toHaveLength(1);
});

test("every call is reported and logged without ids, values or tokens", async () => {
  const [first] = (await company.query(invoices)).records;
  await company.read("Invoice", first?.id ?? "");
  expect(calls).toMatchObject([
    { connectionId, kind: "read", path: "query", status: 200 },
    { connectionId, kind: "read", path: "invoice", status: 200 },
  ]);
  const { token } = await parts.tokens.accessToken(connectionId);
  const log = parts.lines.join("");
  expect(callsIn(parts.lines).slice(-2)).toEqual(
    ["query", "invoice"].map((path) =>
      expect.objectContaining({
        ...{ level: "info", connectionId, kind: "read", path, status: 200 },
        ...{ durationMs: expect.any(Number), intuitTid: expect.stringMatching(/./) },
      }),
    ),
  );
  for (const secret of [token, onlyCompany(parts.simulator), "SELECT", parts.simulator.clientSecret]) {
    expect(log).not.toContain(secret);
  }
});
