import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import * as plugins from "../../src/plugins/index.js";
import { dataOf } from "../http/client.js";
import { until } from "../support/until.js";
import { mostWithin } from "./calls.js";
import { addNameLists } from "./much-changed.js";
import {
  effectsIn,
  makeEdits,
  officeEdits,
  recordsOf,
  type Held,
  type KeptEdit,
  type OfficeEdit,
} from "./office-edits.js";
import { report } from "./report.js";
import { startWorkers, type Connected, type Workers } from "./workers.js";
import { isFull } from "./world.js";

const edits = isFull ? 1_000 : 60;
/** Edits whose field somebody in QuickBooks has changed too, unseen by us. */
const divergences = edits / 20;
const mostMs = isFull ? 900_000 : 240_000;
const requestsPerMinute = 450;
const requestsPerSecond = 10;
const betweenPeopleMs = 300;

let workers: Workers;
let company: Connected;
let pushed: KeptEdit[];
let diverged: KeptEdit[];
/** What people in QuickBooks entered meanwhile: the record, the property and the value. */
const entered: (readonly [entity: string, id: string, property: string, value: string])[] = [];
/** When each request of the company arrived, in milliseconds; ascending. */
let times: number[];

beforeAll(async () => {
  workers = await startWorkers({ companies: 1, size: 2 * edits + 200, workers: 1 });
  const [only] = workers.companies;
  if (only === undefined) throw new Error("The company is missing.");
  company = only;
  await workers.ended(company, mostMs);
  await addNameLists(workers.simulator, edits / 20);
  await workers.sync(company, "INCREMENTAL");
  await workers.ended(company, mostMs);
  await bothEdit();
}, 2 * mostMs);

afterAll(() => workers.remove());

/** All edits are made and pushed, while people in QuickBooks edit other fields of the same records, and other records. */
async function bothEdit(): Promise<void> {
  const planned = await officeEdits(workers, company, edits);
  const invoices = planned.filter(({ mutation }) => mutation === "updateInvoice");
  const [same, others] = [invoices.slice(0, divergences), invoices.slice(divergences)];
  const isSame = new Set<OfficeEdit>(same);
  await workers.simulator.control("DELETE", "requests");
  for (const { quickbooksId = "" } of same) await person("Invoice", quickbooksId, { PrivateNote: "theirs" });
  diverged = await makeEdits(workers, company, same);
  const people = editInQuickBooks(others);
  try {
    const rest = planned.filter((each) => !isSame.has(each));
    pushed = await makeEdits(workers, company, rest);
    await until(isSettled, mostMs, 500);
  } finally {
    await people.stop();
  }
  const asked = (await workers.simulator.requests()).filter(({ realmId }) => realmId === company.realmId);
  expect(asked.filter(({ status }) => status === 429)).toEqual([]);
  times = asked.map(({ at }) => at).sort((a, b) => a - b);
  await workers.sync(company, "INCREMENTAL");
  await workers.ended(company, mostMs);
}

const person = (entity: string, id: string, fields: object): Promise<unknown> =>
  workers.simulator.control("POST", `companies/${company.realmId}/edits`, { kind: "change", entity, id, fields });

/** People edit, every now and then, what nobody here does: another field of a record that is edited here. */
function editInQuickBooks(invoices: readonly OfficeEdit[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    for (const [at, { quickbooksId = "" }] of invoices.entries()) {
      if (stopping.signal.aborted) return;
      await person("Invoice", quickbooksId, { TrackingNum: `theirs ${at}` });
      entered.push(["Invoice", quickbooksId, "TrackingNum", `theirs ${at}`]);
      await new Promise((resolve) => setTimeout(resolve, betweenPeopleMs));
    }
  };
  const done = work();
  return {
    stop() {
      stopping.abort();
      return done;
    },
  };
}

const counted = z.object({ count: z.number() });

async function isSettled(): Promise<true | undefined> {
  const [row] = await workers.look(
    counted,
    "SELECT count(*)::integer AS count FROM local_changes WHERE status IN ('PENDING', 'PUSHING', 'UNKNOWN')",
  );
  return row?.count === 0 ? true : undefined;
}

test("calls use the requests per minute that are configured, and never more", () => {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const spanMs = last - first;
  const inside = times.filter((time) => time >= first + spanMs / 10 && time < last - spanMs / 10);
  const perMinute = inside.length / ((spanMs * 0.8) / 60_000);
  const [inSecond, inMinute] = [mostWithin(times, 1_000), mostWithin(times, 60_000)];
  report("push", { edits, calls: times.length, seconds: spanMs / 1000, perMinute, inSecond, inMinute });
  expect(inSecond).toBeLessThanOrEqual(requestsPerSecond);
  expect(inMinute).toBeLessThanOrEqual(requestsPerMinute);
  // How fast a machine is that runs all tests at once says nothing.
  if (isFull) expect(perMinute).toBeGreaterThanOrEqual(0.9 * requestsPerMinute);
});

test("no edit is lost or doubled: each that was pushed took effect once", async () => {
  const effects = await effectsIn(workers.simulator);
  expect([...effects.values()].filter((times) => times !== 1)).toEqual([]);
  const wanted = pushed.map(({ localChangeId }) => localChangeId.replaceAll("-", ""));
  expect(new Set(effects.keys())).toEqual(new Set(wanted));
  const statuses = await workers.look(
    z.object({ status: z.string(), count: z.number() }),
    "SELECT status::text, count(*)::integer AS count FROM local_changes GROUP BY status ORDER BY status::text",
  );
  expect(statuses).toEqual([
    { status: "CONFLICT", count: divergences },
    { status: "PUSHED", count: edits - divergences },
  ]);
});

test("QuickBooks holds what was entered on both sides, and the mirror is equal", async () => {
  const held = new Map<string, Held[]>();
  for (const entity of ["Customer", "Item", "Account", "Invoice", "Payment"])
    held.set(entity, await recordsOf(workers.simulator, entity));
  expect(pushed.filter((edit) => !isHeld(held.get(edit.entity) ?? [], edit))).toEqual([]);
  const isLost = ([entity, id, property, value]: (typeof entered)[number]): boolean =>
    held.get(entity)?.find(({ Id }) => Id === id)?.[property] !== value;
  expect(entered.filter(isLost)).toEqual([]);
  expect(entered.length).toBeGreaterThan(0);
  const withoutProperties = Object.values(plugins).flatMap(({ quickbooks }) => quickbooks.variesByReading);
  expect(await workers.differences(company, { withoutProperties })).toEqual([]);
});

/** Whether QuickBooks shows the edit: on the record, or on the only one that was made. */
function isHeld(records: readonly Held[], { quickbooksId, shows, endsAs }: KeptEdit): boolean {
  const known = records.find(({ Id }) => Id === quickbooksId);
  if (endsAs === "DELETED") return known === undefined;
  if (endsAs === "VOIDED") return known?.TotalAmt === 0;
  const [property, value] = shows ?? [];
  const having = records.filter((record) => property !== undefined && record[property] === value);
  return having.length === 1 && (known === undefined || having[0] === known);
}

test("an edit of a field that somebody in QuickBooks changed unseen is a conflict for people, and overwrites nothing", async () => {
  const query = `query ($id: ID!) {
    conflicts(connectionId: $id, first: 100, filter: { status: { eq: OPEN } }) { nodes { localChange { id } } totalCount }
  }`;
  const data = await dataOf(workers.web, query, { token: workers.token, variables: { id: company.globalId } });
  expect(data["conflicts"]).toMatchObject({ totalCount: divergences });
  const records = await recordsOf(workers.simulator, "Invoice");
  const notes = diverged.map(({ quickbooksId }) => records.find(({ Id }) => Id === quickbooksId)?.PrivateNote);
  expect(notes).toEqual(diverged.map(() => "theirs"));
});
