import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import type { FaultSpec } from "../../simulator/index.js";
import type { Answer, CallReport, CompanyClient } from "../../src/quickbooks/client.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import { createConnectFlow } from "../../src/quickbooks/connect.js";
import { AnswerLost, ReconnectNeeded, RequestRejected, RetryLater, RunStopped } from "../../src/quickbooks/errors.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createUsage } from "../../src/quickbooks/usage.js";
import { freePort } from "../support/program.js";
import {
  calmDown,
  connectAnew,
  connectCompany,
  onlyCompany,
  type QuickBooksParts,
  someActor,
  startQuickBooks,
  statusOf,
} from "./support.js";

const actor = someActor();

let parts: QuickBooksParts;
let connectionId: string;
let company: CompanyClient;
let calls: readonly CallReport[];

beforeAll(async () => {
  parts = await startQuickBooks();
});

afterAll(() => parts.stop());

beforeEach(async () => {
  ({ connectionId, company, calls } = await connectAnew(parts, actor));
});

afterEach(() => calmDown(parts));

const inject = (kind: FaultSpec["kind"], times = 1) =>
  parts.simulator.faults.inject({ kind, times, operation: "write" });
const statuses = () => calls.map(({ status }) => status);

function create(client = company, requestId: string = randomUUID(), wasSentBefore = false): Promise<Answer> {
  const body = JSON.stringify({ DisplayName: `Customer ${requestId}` });
  return client.write("Customer", { parameters: {}, body, requestId, wasSentBefore });
}

/** How many records the write made. */
function made(requestId: string): number {
  const records = parts.simulator.companies.get(onlyCompany(parts.simulator))?.records("Customer") ?? [];
  return [...records].filter(({ text }) => text.includes(requestId)).length;
}

test("a write is answered with the record, a deletion with what is left of it", async () => {
  const [customer] = (await create()).records;
  const body = JSON.stringify({ CustomerRef: { value: customer?.id }, TotalAmt: 5 });
  const [payment] = (await company.write("Payment", { parameters: {}, body, requestId: randomUUID() })).records;
  const stub = JSON.stringify({ Id: payment?.id, SyncToken: "0" });
  const parameters = { operation: "delete" };
  const [left] = (await company.write("Payment", { parameters, body: stub, requestId: randomUUID() })).records;
  expect(left?.text()).toContain('"status":"Deleted"');
  expect(left?.id).toBe(payment?.id);
  expect(calls).toMatchObject([{ kind: "write", path: "customer" }, { path: "payment" }, { path: "payment" }]);
});

test.each([
  "drop-after",
  "504-after",
  "502",
  "503",
  "504",
  "drop",
  "500",
  "500-after",
  "200-empty",
  "malformed",
] as const)("F8: after %s a write is sent again under its requestid, and has one effect", async (kind) => {
  inject(kind);
  const requestId = randomUUID();
  const [record] = (await create(company, requestId)).records;
  expect(record?.text()).toContain(requestId);
  expect(calls).toHaveLength(2);
  expect(made(requestId)).toBe(1);
});

test.each([
  ["drop", 5],
  ["504-after", 5],
  ["500-after", 2],
  ["200-fault", 2],
  ["200-empty", 2],
] as const)("F8: %s to the last means that nobody knows", async (kind, times) => {
  inject(kind, times);
  await expect(create()).rejects.toThrow(AnswerLost);
  expect(calls).toHaveLength(times);
});

test("F8: once an answer was lost, nothing but a refusal shows what became of the write", async () => {
  const requestId = randomUUID();
  inject("504-after");
  inject("401", 2);
  await expect(create(company, requestId)).rejects.toThrow(AnswerLost);
  expect(made(requestId)).toBe(1);
  inject("401", 2);
  await expect(create(company, randomUUID(), true)).rejects.toThrow(AnswerLost);
});

test("F8: a name that is taken shows nothing once an answer was lost: the write's own record may have it", async () => {
  const requestId = randomUUID();
  await create(company, requestId);
  const body = JSON.stringify({ DisplayName: `Customer ${requestId}` });
  const write = { parameters: {}, body, requestId: randomUUID() };
  await expect(company.write("Customer", write)).rejects.toMatchObject({ name: "RequestRejected", code: "6240" });
  await expect(company.write("Customer", { ...write, wasSentBefore: true })).rejects.toThrow(AnswerLost);
});

test("F8: that a company cannot be written any more shows nothing once an answer was lost", async () => {
  inject("6190");
  await expect(create(company, randomUUID(), true)).rejects.toThrow(AnswerLost);
});

test.each([
  ["5010", "5010"],
  ["6190", "6190"],
] as const)("a write refused by %s is refused for good, and nothing else is", async (kind, code) => {
  inject(kind);
  const refused = await create().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RequestRejected);
  expect(refused).toMatchObject({ code });
  expect(calls).toHaveLength(1);
  expect(await statusOf(parts.database, connectionId)).toBe("CONNECTED");
});

test("a record that is missing refuses the write", async () => {
  const body = JSON.stringify({ Id: "99999999", SyncToken: "0", sparse: true, DisplayName: "x" });
  const missing = company.write("Customer", { parameters: {}, body, requestId: randomUUID() });
  await expect(missing).rejects.toBeInstanceOf(RequestRejected);
});

test("a company that was reset stops its writes", async () => {
  inject("10200");
  await expect(create()).rejects.toMatchObject({ name: RunStopped.name, reason: "COMPANY_RESET" });
});

test("after a reset, consent that another process was given counts from this one's next write on", async () => {
  const { simulator } = parts;
  await create();
  simulator.companies.get(onlyCompany(simulator))?.reset();
  const elsewhere = createTokenStore({ ...parts.flowOptions, oauth: parts.oauth });
  await connectCompany(createConnectFlow({ ...parts.flowOptions, tokens: elsewhere }), actor);
  await expect(create()).rejects.toMatchObject({ reason: "COMPANY_RESET" });
  await create();
  expect(statuses().at(-1)).toBe(200);
});

test("a write waits for a 429, and is surely not done where it may not wait so long", async () => {
  parts.simulator.switches.retryAfterSeconds = 0.2;
  inject("429");
  await create();
  expect(statuses()).toEqual([429, 200]);
  parts.simulator.switches.retryAfterSeconds = null;
  inject("429");
  const impatient = createQuickBooksClient({ ...parts.clientOptions, patienceMs: 1000 });
  await expect(create(await impatient.for(connectionId))).rejects.toThrow(RetryLater);
});

test("a refused token is refreshed once for a write; a refused authorization is none", async () => {
  inject("401");
  await create();
  expect(statuses()).toEqual([401, 200]);
  inject("403-3100");
  await expect(create()).rejects.toThrow(ReconnectNeeded);
  expect(await statusOf(parts.database, connectionId)).toBe("REAUTHORIZATION_REQUIRED");
});

test("a write that never found a connection was surely not done", async () => {
  const broken = () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }));
  const unreachable = createQuickBooksClient({
    ...parts.clientOptions,
    settings: { ...parts.settings.quickbooks, apiBaseUrl: `http://127.0.0.1:${await freePort()}` },
  });
  await expect(create(await unreachable.for(connectionId))).rejects.toThrow(RetryLater);
  const unanswered = createQuickBooksClient({ ...parts.clientOptions, fetch: broken });
  await expect(create(await unanswered.for(connectionId))).rejects.toThrow(AnswerLost);
});

test("writes are not metered: spent reads of the month do not hold them back", async () => {
  const counted = () => parts.database.prisma.apiUsage.findFirstOrThrow({ where: { connectionId } });
  await parts.usage.close();
  const before = await counted();
  const { database, log } = parts;
  const usage = createUsage({ ...parts.clientOptions, database, log, settings: { monthlyReads: 0 } });
  const spent = createQuickBooksClient({ ...parts.clientOptions, usage });
  await create(await spent.for(connectionId));
  await usage.close();
  expect(await counted()).toMatchObject({ reads: before.reads, writes: before.writes + 1 });
});
