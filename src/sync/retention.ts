import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { KeptDays } from "./kept-days.js";
import { endedBeforeKept, raiseVersionsFrom } from "./kept-versions.js";

/** Rows that one statement removes: few enough that nobody who writes waits for it. */
const batchSize = 1_000;

/** What a rule is about, `t`, and which rows of it are no longer needed; `$1` is the time. */
interface Rule {
  readonly table: string;
  readonly isOld: string;
}

const ended = (age: string): string =>
  `SELECT id FROM quickbooks_syncs WHERE finished_at < $1::timestamptz - interval '${age}'`;

/** Longer than a client stays away that means to go on where it was. */
const eventsAge = "7 days";
/** Long enough to look into a change that was missed, and far beyond Intuit's last retry. */
const noticesAge = "90 days";
/** A year of history, and the month that it is looked at in. */
const runsAge = "400 days";

/** For rows that belong to a connection: older than its setting says; nothing is, where it says nothing. */
const olderThan = (setting: keyof KeptDays, time: string): string => `EXISTS (SELECT 1 FROM connections c
  WHERE c.id = t.connection_id AND ${time} < $1::timestamptz - make_interval(days => (c.retention->>'${setting}')::integer))`;

const ofRunsGone = "NOT EXISTS (SELECT 1 FROM quickbooks_syncs r WHERE r.id = t.run_id)";

/**
 * What is removed, in this order. What a person may still want to know or to act on is in none, unless the connection limits it (`kept-days.ts`):
 * audit, failures, parked notices, versions and the change feed; open runs and what they need.
 */
const rules: readonly Rule[] = [
  // Checkpoints serve a run that goes on; for a day they also tell which answer brought what.
  { table: "sync_pages", isOld: `run_id IN (${ended("1 day")})` },
  { table: "sync_ranges", isOld: `run_id IN (${ended("1 day")})` },
  { table: "sync_run_records", isOld: `run_id IN (${ended("1 day")})` },
  // A run that has ended tells nothing more; who comes with a cursor of its stream begins anew.
  { table: "event_streams", isOld: `name IN (SELECT 'run:' || id FROM (${ended(eventsAge)}) r)` },
  {
    table: "stream_events",
    isOld: "NOT EXISTS (SELECT 1 FROM event_streams s WHERE s.name = t.stream AND s.floor < t.number)",
  },
  // They hold encrypted authorization codes.
  { table: "connect_attempts", isOld: "expires_at < $1" },
  { table: "data_exports", isOld: "expires_at < $1" },
  // Full again: it says nothing any more.
  { table: "query_budgets", isOld: "full_at < $1" },
  { table: "idempotency_keys", isOld: "created_at < $1::timestamptz - interval '24 hours'" },
  {
    table: "quickbooks_webhook_events",
    isOld: `status IN ('DONE', 'IGNORED', 'UNREADABLE')
      AND (received_at < $1::timestamptz - interval '${noticesAge}' OR ${olderThan("noticeDays", "t.received_at")})`,
  },
  // Where a connection limits them, and only what is over: what a record was, what was told of it, what was wrong and is settled.
  { table: "record_versions", isOld: `${olderThan("versionDays", "t.valid_to")} AND ${endedBeforeKept}` },
  {
    table: "entity_changes",
    isOld: `EXISTS (SELECT 1 FROM event_streams s WHERE s.name = 'change-numbers:' || t.connection_id AND t.number <= s.floor)`,
  },
  { table: "record_failures", isOld: `status <> 'OPEN' AND ${olderThan("failureDays", "t.last_seen_at")}` },
  // What a verification or a dry run found, beyond the one that a mirror's status shows.
  {
    table: "mirror_drift",
    isOld: `run_id IN (${ended("7 days")}) AND NOT EXISTS (SELECT 1 FROM mirror_status m
      WHERE m.connection_id = t.connection_id AND m.entity = t.entity AND m.verified_by = t.run_id)`,
  },
  {
    table: "quickbooks_syncs",
    isOld: `finished_at < $1::timestamptz - CASE trigger WHEN 'WEBHOOK' THEN interval '${noticesAge}' ELSE interval '${runsAge}' END
      AND NOT EXISTS (SELECT 1 FROM record_failures f WHERE f.run_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM mirror_status m WHERE m.verified_by = t.id)`,
  },
  { table: "sync_run_entities", isOld: ofRunsGone },
  { table: "alerts", isOld: `recovered_at < $1::timestamptz - interval '${runsAge}'` },
];

/** How many rows of each table a sweep removed; those of which it removed none are left out. */
export type Removed = Readonly<Record<string, number>>;

export interface Retention {
  /** Removes what is no longer needed. Any number of processes may sweep at once. Never rejects: what fails is logged, and swept the next time. */
  sweep(): Promise<void>;
  /** Ends a sweep after the statement that it is at. */
  stop(): Promise<void>;
}

interface RetentionParts {
  readonly database: Database;
  readonly clock: { now(): Date };
  readonly log: Log;
}

export function createRetention({ database, clock, log }: RetentionParts): Retention {
  const stopping = new AbortController();
  let sweeping = Promise.resolve();
  const sweep = async (): Promise<void> => {
    try {
      const removed = await removeOld(database, clock.now(), stopping.signal);
      if (Object.keys(removed).length > 0) log.info({ removed }, "What was no longer needed has been removed.");
    } catch (error) {
      log.error({ err: error }, "What is no longer needed could not be removed; tomorrow's sweep tries again.");
    }
  };
  return {
    sweep: () => (sweeping = sweep()),
    stop() {
      stopping.abort();
      return sweeping;
    },
  };
}

/** One sweep, as of `now`. */
export async function removeOld(database: Database, now: Date, signal: AbortSignal): Promise<Removed> {
  await raiseFloors(database, now);
  await raiseFeedFloors(database, now);
  await raiseVersionsFrom(database, now);
  const removed: Record<string, number> = {};
  for (const rule of rules) {
    let last = batchSize;
    while (last === batchSize && !signal.aborted) {
      last = await removeBatch(database, rule, now);
      if (last > 0) removed[rule.table] = (removed[rule.table] ?? 0) + last;
    }
  }
  return removed;
}

/** Rows that somebody else has in hand are left to them, or to the next sweep. The time is named once for the rules that do not ask for it. */
async function removeBatch({ pool }: Database, { table, isOld }: Rule, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT t.ctid FROM ${table} t WHERE $1::timestamptz IS NOT NULL AND ${isOld}
       LIMIT ${batchSize} FOR UPDATE OF t SKIP LOCKED))`,
    [now],
  );
  return rowCount ?? 0;
}

const floors = z.array(z.object({ name: z.string(), floor: z.string() }));

/**
 * Says of each stream that lives on how far back it still reaches, before anything of it is removed: whoever comes with an older cursor
 * is told so, and never sees a gap (I12). A stream keeps its last event. One row at a time, because writers wait for it.
 */
async function raiseFloors({ pool }: Database, now: Date): Promise<void> {
  const { rows } = await pool.query(
    `SELECT s.name, (kept.first - 1)::text AS floor FROM event_streams s CROSS JOIN LATERAL (
       SELECT e.number AS first FROM stream_events e WHERE e.stream = s.name AND e.number > s.floor
         AND (e.occurred_at >= $1::timestamptz - interval '${eventsAge}' OR e.number = s.last_number)
       ORDER BY e.number LIMIT 1) kept
     WHERE NOT starts_with(s.name, 'run:') AND kept.first - 1 > s.floor`,
    [now],
  );
  await raiseTo(pool, floors.parse(rows));
}

/**
 * The same of change feeds that are limited, whose floor is that of their numbers. A feed keeps its last change, and nobody reads over what is
 * missing before it.
 */
async function raiseFeedFloors({ pool }: Database, now: Date): Promise<void> {
  const { rows } = await pool.query(
    `SELECT s.name, old.last::text AS floor FROM connections c JOIN event_streams s ON s.name = 'change-numbers:' || c.id
     CROSS JOIN LATERAL (SELECT max(e.number) AS last FROM entity_changes e WHERE e.connection_id = c.id AND e.number < s.last_number
       AND e.occurred_at < $1::timestamptz - make_interval(days => (c.retention->>'changeDays')::integer)) old
     WHERE c.retention->>'changeDays' IS NOT NULL AND old.last > s.floor`,
    [now],
  );
  await raiseTo(pool, floors.parse(rows));
}

async function raiseTo(pool: Database["pool"], raised: z.infer<typeof floors>): Promise<void> {
  for (const { name, floor } of raised) {
    await pool.query("UPDATE event_streams SET floor = $2 WHERE name = $1 AND floor < $2", [name, floor]);
  }
}
