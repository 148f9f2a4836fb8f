import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import * as plugins from "../../src/plugins/index.js";
import { openLine } from "../chaos/line.js";
import { until } from "../support/until.js";
import { effectsIn, makeEdits, officeEdits } from "./office-edits.js";
import { report } from "./report.js";
import { startWorkers, type Connected, type Workers } from "./workers.js";

/** What records show where they are read by their ids, as after a push, and not in pages. */
const withoutProperties = Object.values(plugins).flatMap(({ quickbooks }) => quickbooks.variesByReading);

const mostMs = 240_000;
const verifierToken = randomBytes(24).toString("hex");
const mongodbUrl = process.env["MONGODB_URL"];

let workers: Workers;
let company: Connected;

beforeAll(async () => {
  const settings = { QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: verifierToken };
  workers = await startWorkers({ companies: 1, size: 2_500, workers: 1, settings });
  const [only] = workers.companies;
  if (only === undefined) throw new Error("The company is missing.");
  company = only;
  await workers.ended(company);
}, mostMs);

afterAll(() => workers.remove());

const count = z.object({ count: z.number() });

async function counted(what: string): Promise<number> {
  return (await workers.look(count, `SELECT count(*)::integer AS count FROM ${what}`))[0]?.count ?? 0;
}

/** Statements of other sessions that wait for a lock, and whose text begins like this. */
const waiting = (text: string): string =>
  `pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ~ '^\\s*${text}'`;

/** Something is asked for while no job can be written, and the process that was asked dies as soon as it is kept, and before it could. */
async function diesBeforeItsJob(ask: () => Promise<unknown>, isKept: () => Promise<boolean>): Promise<void> {
  const asked = await workers.locked("agenda_jobs", async () => {
    const answer = ask().then(
      () => "answered",
      () => "no answer",
    );
    await until(async () => (await isKept()) || undefined, mostMs);
    await until(async () => (await counted(waiting("INSERT INTO .agenda_jobs"))) > 0 || undefined, mostMs);
    await workers.web.process.kill();
    await workers.look(z.unknown(), `SELECT pg_terminate_backend(pid) FROM ${waiting("INSERT INTO .agenda_jobs")}`);
    return answer;
  });
  expect(asked).toBe("no answer");
  expect(await counted("agenda_jobs WHERE type = 'normal'")).toBe(0);
}

async function syncDiesBeforeItsJob(): Promise<void> {
  const before = (await workers.runs(company)).length;
  await diesBeforeItsJob(
    () => workers.sync(company, "INCREMENTAL"),
    async () => (await workers.runs(company)).length > before,
  );
}

test(
  "death between commit and job: the run's row is committed and its job never sent, and another worker's sweep does the work",
  async () => {
    await syncDiesBeforeItsJob();
    const diedMs = performance.now();
    expect(await workers.ended(company)).toMatchObject({ status: "SUCCEEDED", fence: 1 });
    report("found by the sweep", { seconds: (performance.now() - diedMs) / 1000 });
    await workers.web.start();
  },
  mostMs,
);

test(
  "death between commit and job: where no worker lives either, the next start does the work",
  async () => {
    await Promise.all(workers.processes.map((each) => each.kill()));
    await syncDiesBeforeItsJob();
    await workers.startWorker();
    expect(await workers.ended(company)).toMatchObject({ status: "SUCCEEDED", fence: 1 });
    await workers.web.start();
  },
  mostMs,
);

test(
  "death between commit and job: an edit is kept and its job never sent, and the sweep pushes it, once",
  async () => {
    const [edit] = await officeEdits(workers, company, 1);
    if (edit === undefined) throw new Error("There is nothing to edit.");
    await diesBeforeItsJob(
      () => makeEdits(workers, company, [edit]),
      async () => (await counted("local_changes")) > 0,
    );
    await until(async () => (await counted("local_changes WHERE status = 'PUSHED'")) > 0 || undefined, mostMs);
    expect([...(await effectsIn(workers.simulator)).values()]).toEqual([1]);
    await workers.web.start();
  },
  mostMs,
);

const onMongo = mongodbUrl === undefined ? test.skip : test;
if (mongodbUrl === undefined)
  process.stdout.write("MONGODB_URL is not set: death between commit and job is left out for jobs in MongoDB.\n");

onMongo(
  "death between commit and job: jobs in MongoDB that cannot be reached any more lose no run",
  async () => {
    const line = await openLine(mongodbUrl ?? "");
    const both = await startWorkers({
      companies: 1,
      size: 100,
      workers: 1,
      settings: { MONGODB_URL: mongodbUrl ?? "" },
      webSettings: { MONGODB_URL: `${line.url}${line.url.includes("?") ? "&" : "?"}directConnection=true` },
    });
    try {
      const [only] = both.companies;
      if (only === undefined) throw new Error("The company is missing.");
      await both.ended(only);
      await line.cut();
      const answer = both.sync(only, "INCREMENTAL").catch(() => undefined);
      await until(async () => (await both.runs(only)).length === 2 || undefined, mostMs);
      await both.web.process.kill();
      await answer;
      expect(await both.ended(only)).toMatchObject({ status: "SUCCEEDED", fence: 1 });
    } finally {
      await both.remove();
    }
  },
  mostMs,
);

test(
  "death between a webhook's commit and its 200: Intuit repeats it, and it is one notice, applied once",
  async () => {
    const url = `${workers.web.url}/api/webhooks/quickbooks`;
    await workers.simulator.control("PATCH", "webhooks", { url, verifierToken, delayMs: 0, retryScale: 0.05 });
    const edit = { kind: "change", entity: "Customer", id: "1", fields: { Notes: "told by a webhook" } };
    await workers.locked("quickbooks_webhook_events", async () => {
      await workers.simulator.control("POST", `companies/${company.realmId}/edits`, edit);
      await until(
        async () => (await counted(waiting("INSERT INTO quickbooks_webhook_events"))) > 0 || undefined,
        mostMs,
      );
      workers.web.process.pause();
    });
    await until(async () => (await counted("quickbooks_webhook_events")) > 0 || undefined, mostMs);
    await workers.web.process.kill();
    await workers.web.start();
    const log = z.object({ attempts: z.array(z.object({ status: z.number() })) });
    const statuses = await until(async () => {
      const { attempts } = log.parse(await workers.simulator.control("GET", "webhooks/log"));
      return attempts.at(-1)?.status === 200 ? attempts.map(({ status }) => status) : undefined;
    }, mostMs);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.length).toBeGreaterThan(1);
    await until(
      async () => (await counted("quickbooks_webhook_events WHERE status = 'DONE'")) > 0 || undefined,
      mostMs,
    );
    expect(await counted("quickbooks_webhook_events")).toBe(1);
    const customer = "customers WHERE quickbooks_id = '1' AND version = 2";
    expect(await counted(customer)).toBe(1);
    expect(await workers.differences(company, { withoutProperties })).toEqual([]);
  },
  mostMs,
);

test(
  "death between a page's commit and the next page: the next worker asks for no committed page again",
  async () => {
    await workers.simulator.control("DELETE", "requests");
    const spec = { kind: "hold", realmId: company.realmId, entity: "Invoice", query: "MAXRESULTS 1000", after: 1 };
    const { id } = z.object({ id: z.number() }).parse(await workers.simulator.control("POST", "faults", spec));
    const runId = await workers.sync(company, "FULL");
    const ofInvoices = z.object({ statement: z.string() });
    const pages = `SELECT statement FROM sync_pages WHERE run_id = '${runId}' AND entity = 'Invoice'`;
    const [first] = await until(async () => {
      const found = await workers.look(ofInvoices, pages);
      return found.length > 0 ? found : undefined;
    }, mostMs);
    await (await workers.holder(runId, 1)).kill();
    await workers.startWorker();
    expect(await workers.ended(company)).toMatchObject({ id: runId, status: "SUCCEEDED", fence: 2 });
    await workers.simulator.control("POST", `faults/${id}/release`);
    const asked = (await workers.simulator.requests()).filter(({ query }) => query === first?.statement);
    expect(asked).toHaveLength(1);
    expect(await workers.differences(company, { withoutProperties })).toEqual([]);
  },
  mostMs,
);
