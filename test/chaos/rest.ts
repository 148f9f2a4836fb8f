import { until } from "../support/until.js";
import type { World } from "./world.js";

const settlingMs = 120_000;
/** Each glance takes locks, and time from those who work. */
const glanceMs = 50;
/** A commit can become visible 120 seconds after its own time. */
const longestCommitMs = 130_000;

/** Lets the time pass that those wait for who try again later, until nobody works any more, or nobody may. */
export async function rest(world: World): Promise<void> {
  const { database, connectionId } = world;
  const poke = nowAndThen(world.poke);
  await until(
    async () => {
      await hurryRuns({ database, connectionId });
      const active = await database.pool.query(
        `SELECT 1 FROM quickbooks_syncs q JOIN connections c ON c.id = q.connection_id
       WHERE q.connection_id = $1 AND q.finished_at IS NULL AND c.status = 'CONNECTED' AND NOT c.is_paused`,
        [connectionId],
      );
      if (active.rows.length > 0) poke();
      return active.rows.length === 0 || undefined;
    },
    settlingMs,
    glanceMs,
  );
}

/** What was put off after a failure is tried again at once. */
async function hurryRuns({ database, connectionId }: Pick<World, "database" | "connectionId">): Promise<void> {
  await database.pool.query(
    `UPDATE quickbooks_syncs SET lease_until = now() - interval '1 second', throttled_until = NULL
     WHERE connection_id = $1 AND status = 'RUNNING' AND lease_owner IS NULL AND lease_until > now()`,
    [connectionId],
  );
}

const pokeMs = 200;

/** Whoever looks for work asks the database much, so they are not asked to at every glance. */
function nowAndThen(poke: () => void): () => void {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < pokeMs) return;
    last = performance.now();
    poke();
  };
}

/** Every notice that was kept is applied, or is given up for a reason; unless nobody may. */
export async function restOfNotices({ database, ...world }: World): Promise<void> {
  const poke = nowAndThen(world.poke);
  await until(
    async () => {
      await hurryRuns({ database, connectionId: world.connectionId });
      const { rows } = await database.pool.query(
        `UPDATE quickbooks_webhook_events e SET next_attempt_at = least(e.next_attempt_at, now()) FROM connections c
       WHERE c.id = e.connection_id AND c.status = 'CONNECTED' AND NOT c.is_paused
         AND e.status IN ('PENDING', 'FAILED', 'CLAIMED') RETURNING e.id`,
      );
      if (rows.length > 0) poke();
      return rows.length === 0 || undefined;
    },
    settlingMs,
    glanceMs,
  );
}

/** A change that goes on by itself, as soon as anybody may push: none that waits for a person, or for another one. */
const goesOn = `l.status IN ('PENDING', 'PUSHING', 'UNKNOWN') AND l.error_code IS DISTINCT FROM 'AMBIGUOUS'
  AND (l.epoch < c.epoch OR (c.status = 'CONNECTED'
    AND NOT (l.status = 'PENDING' AND l.edits::text LIKE '%"local:%')
    AND NOT EXISTS (SELECT 1 FROM local_changes o WHERE o.record_id = l.record_id AND o.number < l.number AND (
      o.status IN ('PENDING', 'PUSHING', 'UNKNOWN', 'CONFLICT') OR (o.status = 'REJECTED' AND o.operation = 'CREATE')))))`;

/** Whether the company was connected after it had been reset: QuickBooks takes no writes before that. */
export function takesWrites({ consent, company, moves }: World): boolean {
  const last = consent.exchanges.at(-1)?.[0] ?? 0;
  const { offsetMs } = moves.filter(({ at }) => at <= last).at(-1) ?? { offsetMs: 0 };
  return company.resetAt === undefined || last + offsetMs > company.resetAt;
}

const shown = `l.id, l.entity, l.operation, l.status, l.generation, l.attempts, l.error_code, l.error_message, l.epoch = c.epoch AS is_now,
  l.lease_owner, l.lease_until - now() AS lease_left, l.next_attempt_at - now() AS due_in, now() - l.first_sent_at AS since_sent`;

/** Every edit is in QuickBooks, or waits for a person. */
export async function restOfEdits(world: World): Promise<void> {
  const { database, connectionId } = world;
  const poke = nowAndThen(world.poke);
  let left: unknown[] = [];
  await until(
    async () => {
      // Whoever is refused for that keeps the others of its lane waiting, as pauses are short here.
      const mayGoOn = takesWrites(world) ? goesOn : `${goesOn} AND l.epoch < c.epoch`;
      const from = `local_changes l JOIN connections c ON c.id = l.connection_id AND c.id = $1 WHERE ${mayGoOn}`;
      await database.pool.query(
        `UPDATE local_changes SET next_attempt_at = now() WHERE id IN (
         SELECT l.id FROM ${from} AND l.next_attempt_at > now() FOR UPDATE OF l SKIP LOCKED)`,
        [connectionId],
      );
      left = (await database.pool.query(`SELECT ${shown} FROM ${from} LIMIT 3`, [connectionId])).rows;
      if (left.length > 0) poke();
      return left.length === 0 || undefined;
    },
    settlingMs,
    glanceMs,
  ).catch((error: unknown) => {
    throw new Error(`Edits do not go on: ${JSON.stringify(left)}`, { cause: error });
  });
}

/** All commits are visible, all that is told of them has been heard, and nothing goes on. */
export async function quiet(world: World): Promise<void> {
  world.pass(longestCommitMs);
  // Whoever looks makes visible what is due.
  world.company.count("Invoice");
  await world.simulator.webhooks.deliverAll();
  await rest(world);
  await restOfEdits(world);
  await restOfNotices(world);
  await rest(world);
}
