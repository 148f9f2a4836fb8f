import { z } from "zod";
import { entitiesAtOnce } from "../sync/concurrency.js";
import { CompletenessProof, EntityPhase, SyncMode, SyncRunStatus, SyncTrigger } from "./enums.js";

/** What the schema shows of a sync run: its row, or the same as an event of its stream tells it. */

const count = z.int().min(0);
/** Events hold instants as text. */
const instant = z.coerce.date();
const perhapsInstant = z.preprocess((value) => value ?? null, z.union([z.null(), instant]));

const progressState = z.object({
  entity: z.string(),
  phase: z.enum(EntityPhase),
  expected: count.nullable(),
  read: count,
  created: count,
  updated: count,
  unchanged: count,
  removed: count,
  conflicted: count,
  failed: count,
  startedAt: perhapsInstant,
  finishedAt: perhapsInstant,
  complete: z.boolean(),
  proof: z.enum(CompletenessProof).nullable(),
});
export type ProgressState = z.infer<typeof progressState>;

const runState = z.object({
  id: z.string(),
  connectionId: z.string(),
  mode: z.enum(SyncMode),
  trigger: z.enum(SyncTrigger),
  status: z.enum(SyncRunStatus),
  isDryRun: z.boolean(),
  requestedBy: z.unknown(),
  queuedAt: instant,
  startedAt: perhapsInstant,
  finishedAt: perhapsInstant,
  throttledUntil: perhapsInstant,
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  errorIntuitTid: z.string().nullable(),
  apiCalls: count,
  throttledMs: count,
});
export type RunState = z.infer<typeof runState>;

/** The run in an event's data, with the progress of its entities. */
export const runInEvent = runState.extend({ progress: z.array(progressState) });

/** Records read per second so far, or null before there is anything to tell it by. */
export function rateOf({ read, startedAt, finishedAt }: ProgressState, now: Date): number | null {
  if (startedAt === null || read === 0) return null;
  const seconds = ((finishedAt ?? now).getTime() - startedAt.getTime()) / 1000;
  return seconds > 0 ? read / seconds : null;
}

/** Seconds until the entity has been read at that rate: 0 when it is finished, null where nobody can tell. */
export function secondsLeft(progress: ProgressState, now: Date): number | null {
  if (progress.finishedAt !== null) return 0;
  const rate = rateOf(progress, now);
  if (rate === null || progress.expected === null) return null;
  return Math.max(0, Math.ceil((progress.expected - progress.read) / rate));
}

/** What the last run that did the same took for an entity. */
export const pastReading = z.object({ runId: z.string(), entity: z.string(), records: count, seconds: z.number() });
export type PastReading = z.infer<typeof pastReading>;

/**
 * When the run will have read everything, by its rate so far, and where that tells nothing yet, by what the company's last run of
 * its kind took. Null where it does not run, or where not even that is known of one of its entities.
 */
export function estimateCompletion(
  run: RunState,
  entities: readonly ProgressState[],
  past: readonly PastReading[],
  now: Date,
): Date | null {
  if (run.status !== "RUNNING" || entities.length === 0) return null;
  const waits = entities
    .map((progress) => secondsLeft(progress, now) ?? secondsByPast(progress, past, now))
    .filter((seconds) => seconds !== null);
  if (waits.length < entities.length) return null;
  const from = Math.max(now.getTime(), run.throttledUntil?.getTime() ?? 0);
  const allInTurn = waits.reduce((sum, seconds) => sum + seconds, 0);
  return new Date(from + Math.max(...waits, allInTurn / entitiesAtOnce) * 1000);
}

/** As long as last time, less what has passed; or in proportion, where it is known how many records there are. */
function secondsByPast(progress: ProgressState, readings: readonly PastReading[], now: Date): number | null {
  const past = readings.find(({ entity }) => entity === progress.entity);
  if (past === undefined) return null;
  if (progress.expected !== null && past.records > 0) return (progress.expected / past.records) * past.seconds;
  const passed = progress.startedAt === null ? 0 : (now.getTime() - progress.startedAt.getTime()) / 1000;
  return Math.max(0, past.seconds - passed);
}
