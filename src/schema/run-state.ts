import { z } from "zod";
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

/** When the run will have read everything; null where it does not run, or one of its entities cannot be told. */
export function estimateCompletion(run: RunState, entities: readonly ProgressState[], now: Date): Date | null {
  if (run.status !== "RUNNING" || entities.length === 0) return null;
  const waits = entities.map((progress) => secondsLeft(progress, now)).filter((seconds) => seconds !== null);
  if (waits.length < entities.length) return null;
  const from = Math.max(now.getTime(), run.throttledUntil?.getTime() ?? 0);
  return new Date(from + Math.max(...waits) * 1000);
}
