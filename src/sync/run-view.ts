import { z } from "zod";
import { snakeToCamel } from "./rows.js";

const time = z.date().nullable();
/** A calendar date, as text: a Date would move with the process's time zone. */
const day = z
  .union([z.string(), z.date()])
  .nullable()
  .transform((value) => (value instanceof Date ? localDay(value) : value));

/** A run as the schema serves it, with the progress of its entities. */
export const runRow = z
  .record(z.string(), z.unknown())
  .transform(snakeToCamel)
  .pipe(
    z.object({
      id: z.string(),
      connectionId: z.string(),
      epoch: z.number(),
      mode: z.enum(["FULL", "INCREMENTAL", "RECORDS", "VERIFY"]),
      trigger: z.enum(["SCHEDULE", "MANUAL", "WEBHOOK", "CONNECT", "RECOVERY"]),
      status: z.enum(["QUEUED", "RUNNING", "SUCCEEDED", "PARTIAL", "FAILED", "CANCELLED", "INTERRUPTED"]),
      isDryRun: z.boolean(),
      requestedBy: z.unknown(),
      entities: z.array(z.string()),
      transactionsFrom: day,
      transactionsTo: day,
      transactionsSince: day,
      bound: time,
      queuedAt: z.date(),
      startedAt: time,
      finishedAt: time,
      cancelledAt: time,
      throttledUntil: time,
      apiCalls: z.number(),
      throttledMs: z.number(),
      errorCode: z.string().nullable(),
      errorMessage: z.string().nullable(),
      errorIntuitTid: z.string().nullable(),
      fence: z.number(),
      attempts: z.number(),
    }),
  );

export const progressRow = z
  .record(z.string(), z.unknown())
  .transform(snakeToCamel)
  .pipe(
    z.object({
      runId: z.string(),
      entity: z.string(),
      position: z.number(),
      phase: z.enum(["WAITING", "COUNTING", "READING", "CATCHING_UP", "PROVING", "DONE", "FAILED", "SKIPPED"]),
      expected: z.number().nullable(),
      read: z.number(),
      created: z.number(),
      updated: z.number(),
      unchanged: z.number(),
      removed: z.number(),
      conflicted: z.number(),
      failed: z.number(),
      startedAt: time,
      finishedAt: time,
      complete: z.boolean(),
      proof: z.enum(["IDS_AND_COUNT", "CHANGES", "WINDOWS"]).nullable(),
    }),
  );

export type RunRow = z.infer<typeof runRow>;
export type ProgressRow = z.infer<typeof progressRow>;

/** What every event of a run carries: the whole state, so that a later event may stand for an earlier one. */
export interface RunView extends RunRow {
  readonly progress: readonly ProgressRow[];
}

/** The stream of a run's events. */
export const runStream = (runId: string): string => `run:${runId}`;

/** The stream of an organization's connection events. */
export const connectionStream = (organizationId: string): string => `connections:${organizationId}`;

/** The statuses nothing comes after. */
export const finalStatuses = ["SUCCEEDED", "PARTIAL", "FAILED", "CANCELLED", "INTERRUPTED"] as const;

export const isFinal = (status: RunRow["status"]): boolean => finalStatuses.some((final) => final === status);

/** `pg` makes a date into midnight of the process's own time zone. */
function localDay(date: Date): string {
  const part = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
}
