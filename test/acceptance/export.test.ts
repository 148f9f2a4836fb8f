import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { z } from "zod";
import { encodeId, decodeId } from "../../src/schema/relay.js";
import { begin, order } from "../exports/download.js";
import { send } from "../http/client.js";
import { canMeasureMemory, peakMemoryMb, watchMemory, type MemorySample } from "../support/memory.js";
import { until } from "../support/until.js";
import { follow } from "./progress.js";
import { report } from "./report.js";
import { isFull, newWorld, type World } from "./world.js";

/** An export of more than fits into any memory, taken while the gateway goes on working. */

const size = isFull ? 1_000_000 : 20_000;
const mostResidentMb = 256;
const mostGrowth = 0.05;

let world: World;
/** Another company of the same organization, which no QuickBooks answers for: nothing but this test changes it. */
let connectionId: string;
let taken: Taken;
let memory: readonly MemorySample[];
let peakMb: number;

beforeAll(async () => {
  world = await newWorld({ size: 400, store: "server" });
  const first = await world.connect();
  await follow(world, first.syncRunId);
  connectionId = await makeMany(decodeId(first.connectionId)?.id ?? "");
  const { pid } = world.gateway.process;
  const { gateway, token } = world;
  const { paths } = await order(gateway, "exportData", { token, connectionId, format: "NDJSON" });
  const answer = await begin(gateway, paths["export.ndjson"] ?? "", { token });
  const watch = canMeasureMemory ? watchMemory(pid) : undefined;
  const meanwhile = restless(first.connectionId);
  taken = await take(answer);
  await meanwhile.stop();
  memory = watch?.stop() ?? [];
  peakMb = canMeasureMemory ? peakMemoryMb(pid) : 0;
}, 1_800_000);

afterAll(() => world.remove());

/** Half of them with lines: copies of what was mirrored. */
async function makeMany(from: string): Promise<string> {
  const id = randomUUID();
  const own = { connection_id: `'${id}'::uuid` };
  const many = `CROSS JOIN generate_series(1, ${size / 2}) n`;
  const numbered = { ...own, id: `md5('${id}' || n)::uuid`, quickbooks_id: "'many-' || n" };
  const first = (table: string): string =>
    `(SELECT id FROM ${table} WHERE connection_id = '${from}' ORDER BY quickbooks_id LIMIT 1)`;
  await copy("connections", `WHERE t.id = '${from}'`, {
    ...{ id: `'${id}'::uuid`, realm_lookup: `'${id}'`, is_paused: "true" },
  });
  for (const table of ["customers", "invoices"]) await copy(table, `${many} WHERE t.id = ${first(table)}`, numbered);
  const ofRecord = { ...own, record_id: numbered.id };
  await copy("invoice_lines", `${many} WHERE t.record_id = ${first("invoices")}`, ofRecord);
  return encodeId("ConnectedCompany", id);
}

/** Copies rows of a table, with SQL of other values for some columns. */
async function copy(table: string, rows: string, changes: Readonly<Record<string, string>>): Promise<void> {
  const listed = `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}'`;
  const names = (await world.look(z.object({ name: z.string() }), listed)).map(({ name }) => name);
  const columns = names.map((name) => `"${name}"`).join(", ");
  const values = names.map((name) => changes[name] ?? `t."${name}"`).join(", ");
  await world.look(z.unknown(), `INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${table} t ${rows}`);
}

/** Syncs of the company that is connected, one behind the other, and changes of the one that is exported. */
function restless(synced: string): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { gateway, token } = world;
  const id = decodeId(connectionId)?.id ?? "";
  const start = `mutation ($c: ID!) { startSync(input: { connectionId: $c, mode: FULL }) { syncRun { id } } }`;
  const run = z.object({ startSync: z.object({ syncRun: z.object({ id: z.string() }) }) });
  const working = (async () => {
    do {
      const { data } = await send(gateway, start, { token, variables: { c: synced } });
      await follow(world, run.parse(data).startSync.syncRun.id);
      await world.look(
        z.unknown(),
        `UPDATE customers SET display_name = 'Changed', version = version + 1, mirrored_at = now()
         WHERE id IN (SELECT id FROM customers WHERE connection_id = '${id}' AND display_name <> 'Changed' LIMIT 100)`,
      );
    } while (!stopping.signal.aborted);
  })();
  return {
    stop() {
      stopping.abort();
      return working;
    },
  };
}

interface Taken {
  readonly ids: ReadonlySet<string>;
  readonly lines: number;
  readonly changed: number;
  readonly end: unknown;
  readonly isWhole: boolean;
  readonly seconds: number;
  /** When so many lines had been taken: at each hundredth. */
  readonly atMs: readonly number[];
}

async function take(answer: IncomingMessage): Promise<Taken> {
  expect(answer.statusCode).toBe(200);
  const startMs = performance.now();
  const ids = new Set<string>();
  const atMs: number[] = [];
  let lines = 0;
  let changed = 0;
  let last = "";
  const ended = once(answer, "end");
  for await (const line of createInterface({ input: answer })) {
    if (lines % (size / 100) === 0) atMs.push(performance.now());
    lines += 1;
    last = line;
    ids.add(/"id":"([^"]+)"/.exec(line)?.[1] ?? "");
    if (line.includes('"displayName":"Changed"')) changed += 1;
  }
  await ended;
  const seconds = (performance.now() - startMs) / 1000;
  return { ids, lines: lines - 1, changed, end: JSON.parse(last), isWhole: answer.complete, seconds, atMs };
}

test(`an export of ${size} records holds each once, as they were at one instant, though syncs go on`, async () => {
  report("export", { seconds: taken.seconds, recordsPerSecond: size / taken.seconds });
  const half = size / 2;
  const records = { Account: 0, Customer: half, Invoice: half, Item: 0, Payment: 0 };
  expect(taken.end).toMatchObject({ __typename: "ExportEnd", records });
  expect({ lines: taken.lines, changed: taken.changed, isWhole: taken.isWhole }).toEqual({
    lines: size,
    changed: 0,
    isWhole: true,
  });
  // The last line has no id.
  expect(taken.ids.size).toBe(size + 1);
  const [changes] = await world.look(z.object({ count: z.number() }), changedNow);
  expect(changes?.count).toBeGreaterThan(0);
  const [runs] = await world.look(z.object({ count: z.number() }), finishedRuns);
  expect(runs?.count).toBeGreaterThan(1);
  await until(async () => ((await world.look(z.unknown(), openCursors)).length === 0 ? true : undefined));
});

const changedNow = "SELECT count(*)::integer AS count FROM customers WHERE display_name = 'Changed'";
const finishedRuns = "SELECT count(*)::integer AS count FROM quickbooks_syncs WHERE status = 'SUCCEEDED'";
const openCursors = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'FETCH %'
  AND state LIKE 'idle in transaction%'`;

(canMeasureMemory ? test : test.skip)("the gateway stays under 256 MB, and does not grow with the export", () => {
  const [halfMb, endMb] = [median(memoryBetween(40, 60)), median(memoryBetween(80, 100))];
  const growth = endMb / halfMb - 1;
  report("memory", { peakMb, halfMb, endMb, growth });
  expect(peakMb).toBeLessThan(mostResidentMb);
  // A short download is over before the heap has found its size.
  if (isFull) expect(growth).toBeLessThan(mostGrowth);
});

/** What was measured between two hundredths of the download. */
function memoryBetween(from: number, to: number): readonly MemorySample[] {
  const startMs = taken.atMs[from] ?? 0;
  const endMs = taken.atMs[to] ?? Number.POSITIVE_INFINITY;
  return memory.filter(({ atMs }) => atMs >= startMs && atMs <= endMs);
}

function median(samples: readonly MemorySample[]): number {
  const sizes = samples.map(({ residentMb }) => residentMb).sort((a, b) => a - b);
  return sizes[Math.floor(sizes.length / 2)] ?? 0;
}
