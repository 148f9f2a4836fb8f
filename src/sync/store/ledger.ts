import { randomUUID } from "node:crypto";
import type { PoolClient } from "pg";
import { z } from "zod";
import type { RecordState } from "../../plugins/plugin.js";
import type { Refused } from "./prepare.js";

interface FailureContext {
  readonly connectionId: string;
  readonly epoch: number;
  readonly runId: string;
  readonly request: string;
}

/** Moves of records between states, added to the maintained totals of an entity, in one life of the company. */
export async function changeCounts(
  client: PoolClient,
  { connectionId, epoch }: Pick<FailureContext, "connectionId" | "epoch">,
  entity: string,
  moves: readonly { readonly from?: RecordState; readonly to?: RecordState }[],
): Promise<void> {
  const changes = new Map<RecordState, number>();
  const add = (state: RecordState, number: number): unknown => changes.set(state, (changes.get(state) ?? 0) + number);
  for (const { from, to } of moves) {
    if (from !== undefined) add(from, -1);
    if (to !== undefined) add(to, 1);
  }
  const deltas = [...changes].filter(([, records]) => records !== 0).map(([state, records]) => ({ state, records }));
  if (deltas.length === 0) return;
  await client.query(
    `INSERT INTO mirror_counts (connection_id, epoch, entity, state, records)
     SELECT $1, $2, $3, r.state, r.records FROM jsonb_to_recordset($4::jsonb) AS r(state "RecordState", records integer) ORDER BY r.state
     ON CONFLICT (connection_id, epoch, entity, state) DO UPDATE SET records = mirror_counts.records + excluded.records`,
    [connectionId, epoch, entity, JSON.stringify(deltas)],
  );
}

/** What is met again. Somebody who dismissed it is asked again only where something else is wrong with it. */
const metAgain = (known: string, met: string): string => `run_id = $3, code = ${met}.code, reason = ${met}.reason,
  payload = coalesce(nullif(${met}.payload, ''), ${known}.payload), attempts = ${known}.attempts + 1, last_seen_at = now(),
  status = CASE WHEN ${known}.status = 'DISMISSED' AND ${known}.reason = ${met}.reason THEN ${known}.status ELSE 'OPEN' END`;

/**
 * Keeps what could not be taken in, once per record, or per place where a record has no id (I4). Returns the ids of the failures that
 * nobody has dismissed.
 */
export async function keepFailures(
  client: PoolClient,
  { connectionId, epoch, runId, request }: FailureContext,
  entity: string,
  refused: readonly Refused[],
): Promise<string[]> {
  const failures = refused.map(({ quickbooksId, position, code, reason, payload }) => ({
    id: randomUUID(),
    quickbooksId,
    place: quickbooksId === null ? `record ${position + 1} of: ${request}` : null,
    code,
    reason,
    payload: payload.replaceAll("\0", "\uFFFD"),
  }));
  const { rows } = await client.query(
    `WITH r AS (
       SELECT * FROM jsonb_to_recordset($5::jsonb)
         AS r(id uuid, "quickbooksId" text, place text, code text, reason text, payload text)
     ), placed AS (
       UPDATE record_failures f SET ${metAgain("f", "r")} FROM r
       WHERE f.connection_id = $1 AND f.epoch = $2 AND f.entity = $4 AND f.quickbooks_id IS NULL AND f.place = r.place
         AND f.status <> 'RESOLVED'
       RETURNING f.id, f.place, f.status
     ), kept AS (
       INSERT INTO record_failures (id, connection_id, epoch, run_id, entity, quickbooks_id, place, code, reason, payload, status,
         attempts, first_seen_at, last_seen_at)
       SELECT r.id, $1, $2, $3, $4, r."quickbooksId", r.place, r.code, r.reason, r.payload, 'OPEN', 1, now(), now()
       FROM r WHERE r.place IS NULL OR r.place NOT IN (SELECT place FROM placed)
       ON CONFLICT (connection_id, epoch, entity, quickbooks_id) DO UPDATE SET ${metAgain("record_failures", "excluded")}
       RETURNING id, status
     )
     SELECT id FROM (SELECT id, status FROM placed UNION ALL SELECT id, status FROM kept) f WHERE status = 'OPEN'`,
    [connectionId, epoch, runId, entity, JSON.stringify(failures)],
  );
  return z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id);
}

/** Records that could be taken in now are failures no longer. */
export async function resolveFailures(
  client: PoolClient,
  { connectionId, epoch }: Pick<FailureContext, "connectionId" | "epoch">,
  entity: string,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await client.query(
    `UPDATE record_failures SET status = 'RESOLVED'
     WHERE connection_id = $1 AND epoch = $2 AND entity = $3 AND quickbooks_id = ANY($4) AND status <> 'RESOLVED'`,
    [connectionId, epoch, entity, ids],
  );
}
