import { z } from "zod";
import type { Clock } from "../../foundation/clock.js";
import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { Usage } from "../../quickbooks/usage.js";

export interface ListeningServices {
  readonly database: Database;
  readonly environment: string;
  readonly usage: Pick<Usage, "hasReadsLeft">;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
}

/** Says every so often that this deployment takes webhooks. */
const beatMs = 15_000;
/** Intuit repeats what is not answered after 10, 20 and 30 seconds: what is missed in less than this comes again by itself. */
const outageMs = 2 * 60_000;
/** After an outage all companies are to be read; they begin spread over this long. */
const spreadMinutes = 10;
/** A company that notices used to tell of is never unread for longer than this, though they have ceased. */
const silenceHours = 12;
/** Whoever has sent nothing for this long is not expected to. */
const rememberedDays = 30;

const lastBeat = "webhooks were taken until";

/**
 * While a process takes webhooks, it says so. Notices may have been missed where none did for a while, and where they cease to come: then
 * the next sync of the connections concerned is brought forward, so that one call tells what changed meanwhile.
 */
export function startListening(services: ListeningServices): { stop(): Promise<void> } {
  let beating = Promise.resolve();
  const beat = (): void => {
    beating = beating.then(async () => {
      try {
        await catchUpMissed(services);
      } catch (error) {
        services.log.warn({ err: error }, "It could not be noted that webhooks are taken; the next beat notes it.");
      }
    });
  };
  beat();
  const timer = setInterval(beat, beatMs).unref();
  return {
    async stop() {
      clearInterval(timer);
      await beating;
    },
  };
}

/** Brings forward what has to be read because notices of it may have been missed. Gives how many connections that are. */
export async function catchUpMissed(services: ListeningServices): Promise<number> {
  const now = services.clock.now();
  const isOutage = (await lastedMs(services, now)) > outageMs;
  // The next month reads all of them anyway.
  if (!(await services.usage.hasReadsLeft())) return 0;
  const afterOutage = isOutage ? await bringAllForward(services, now) : 0;
  const silent = await bringSilentForward(services, now);
  if (afterOutage + silent > 0) {
    services.log.info({ afterOutage, silent }, "Notices may have been missed; these connections are read soon.");
  }
  return afterOutage + silent;
}

/** Notes that webhooks are taken now. Gives for how long nobody had noted it: 0 where nobody ever did. */
function lastedMs({ database }: ListeningServices, now: Date): Promise<number> {
  return database.transaction(async (client) => {
    const { rows } = await client.query("SELECT value FROM gateway_facts WHERE name = $1 FOR UPDATE", [lastBeat]);
    const before = z.object({ value: z.coerce.date() }).optional().parse(rows[0])?.value ?? now;
    await client.query(
      `INSERT INTO gateway_facts (name, value) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET value = greatest(gateway_facts.value, excluded.value)`,
      [lastBeat, now.toISOString()],
    );
    return now.getTime() - before.getTime();
  });
}

/** What a schedule may read, and would only later. */
const isPlanned = "environment::text = $1 AND status = 'CONNECTED' AND NOT is_paused AND next_sync_at > $2";

async function bringAllForward({ database, environment }: ListeningServices, now: Date): Promise<number> {
  const { rowCount } = await database.pool.query(
    `UPDATE connections SET next_sync_at = least(next_sync_at,
       $2 + (hashtext(id::text)::bigint + 2147483648) / 4294967296.0 * interval '${spreadMinutes.toString()} minutes')
     WHERE ${isPlanned}`,
    [environment, now],
  );
  return rowCount ?? 0;
}

async function bringSilentForward({ database, environment }: ListeningServices, now: Date): Promise<number> {
  const { rowCount } = await database.pool.query(
    `UPDATE connections c SET next_sync_at = $2 FROM (SELECT $2::timestamptz - interval '${silenceHours.toString()} hours' AS since) silence
     WHERE ${isPlanned} AND EXISTS (SELECT 1 FROM quickbooks_webhook_events e WHERE e.connection_id = c.id
         AND e.received_at > $2::timestamptz - interval '${rememberedDays.toString()} days' AND e.received_at <= silence.since)
       AND NOT EXISTS (SELECT 1 FROM quickbooks_webhook_events e WHERE e.connection_id = c.id AND e.received_at > silence.since)
       AND NOT EXISTS (SELECT 1 FROM quickbooks_syncs r WHERE r.connection_id = c.id AND r.queued_at > silence.since
         AND r.mode <> 'RECORDS' AND NOT r.is_dry_run)`,
    [environment, now],
  );
  return rowCount ?? 0;
}
