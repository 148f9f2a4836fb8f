import type { Company, CompanyOptions } from "../../simulator/index.js";
import type { SyncRun, WebhookEvent } from "../../src/generated/prisma/client.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";
import { until } from "../support/until.js";
import type { Told } from "./bodies.js";

/** A mirrored company, people who work in it, and the notices of it. */
export interface Office {
  readonly bench: EngineBench;
  readonly company: Company;
  readonly connectionId: string;
  /** A notice of now. */
  notice(told: Omit<Told, "realmId">): Told;
  /** A delivery whose signature is good. */
  tell(body: string): Promise<void>;
  events(): Promise<WebhookEvent[]>;
  /** All notices, once none of them waits and no run applies any. The sweep of the tests is this. */
  settled(): Promise<WebhookEvent[]>;
  /** The runs that applied notices, the first first. */
  runs(): Promise<SyncRun[]>;
  id(entity: string, index: number): string;
  ids(entity: string, count: number, from?: number): string[];
  mirrored(table: string, id: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** The lines of a sale of so much. */
  lines(amount: number): readonly object[];
}

const waiting: readonly WebhookEvent["status"][] = ["PENDING", "CLAIMED", "FAILED"];

export async function openOffice(options: CompanyOptions & { readonly realmId: string }): Promise<Office> {
  const bench = await engineBench([options]);
  const company = companyOf(bench, options.realmId);
  const connectionId = await bench.connect(options.realmId);
  const { status } = await bench.fullSync(connectionId);
  if (status !== "SUCCEEDED") throw new Error(`The first sync ended ${status}.`);
  const { prisma, pool } = bench.database;
  const events = () => prisma.webhookEvent.findMany({ orderBy: [{ receivedAt: "asc" }, { id: "asc" }] });
  const runs = () =>
    prisma.syncRun.findMany({ where: { connectionId, trigger: "WEBHOOK" }, orderBy: { queuedAt: "asc" } });
  const ids = (entity: string, count: number, from = 0) =>
    [...company.records(entity)].slice(from, from + count).map(({ id }) => id);
  const id = (entity: string, index: number): string => ids(entity, 1, index)[0] ?? "";
  return {
    bench,
    company,
    connectionId,
    notice: (told) => ({ realmId: options.realmId, at: new Date(bench.simulator.clock.now()), ...told }),
    tell: (body) => bench.inbox.keep(Buffer.from(body)),
    events,
    settled: () =>
      until(async () => {
        await bench.runs.wake();
        const all = await events();
        const isWorking = (await runs()).some(({ finishedAt }) => finishedAt === null);
        return isWorking || all.some(({ status: now }) => waiting.includes(now)) ? undefined : all;
      }, 20_000),
    runs,
    id,
    ids,
    async mirrored(table, quickbooksId) {
      const found = await pool.query<Record<string, unknown>>(
        `SELECT * FROM ${table} WHERE connection_id = $1 AND quickbooks_id = $2`,
        [connectionId, quickbooksId],
      );
      return found.rows[0];
    },
    lines: (amount) => [
      { Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: id("Item", 0) } } },
    ],
  };
}
