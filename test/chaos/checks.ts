import type { PoolClient } from "pg";
import { z } from "zod";
import { runStream } from "../../src/sync/run-view.js";
import { differences } from "../support/oracle/index.js";
import { plugins } from "./process.js";
import type { World } from "./world.js";

/** What of the gateway's invariants does not hold, once everything has come to rest: a line for each. */
export async function violations(world: World): Promise<string[]> {
  const client = await world.database.pool.connect();
  try {
    return [
      ...(await mirrorDiffers(client, world)),
      ...(await lines(client, world, openFailures)),
      ...(await lines(client, world, watermarksWentBack)),
      ...(await watermarksAhead(client, world)),
      ...(await lines(client, world, runsWithoutEnd)),
      ...(await brokenVersions(client, world)),
      ...(await brokenStreams(client, world)),
      ...crowdedSeconds(world),
    ];
  } finally {
    client.release();
  }
}

const found = z.array(z.object({ violation: z.string() }));

async function lines(client: PoolClient, { connectionId }: World, statement: string): Promise<string[]> {
  return found.parse((await client.query(statement, [connectionId])).rows).map(({ violation }) => violation);
}

/**
 * I1 to I4: equal record by record. The names inside references are left out on both sides: QuickBooks shows a renamed customer's
 * new name on old invoices without a sign, and such a name is no content of theirs. Nor is what varies with the way of reading.
 */
async function mirrorDiffers(client: PoolClient, { company, connectionId }: World): Promise<string[]> {
  await client.query("BEGIN");
  try {
    for (const { table, quickbooks } of plugins) {
      const { rows } = await client.query(`SELECT id, raw::text FROM "${table}" WHERE connection_id = $1`, [
        connectionId,
      ]);
      const stored = z.array(z.object({ id: z.string(), raw: z.string() })).parse(rows);
      const nameless = stored.map(({ id, raw }) => ({ id, raw: contentOf(raw, quickbooks.variesByReading) }));
      await client.query(
        `UPDATE "${table}" t SET raw = r.raw::jsonb FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, raw text) WHERE t.id = r.id`,
        [JSON.stringify(nameless)],
      );
    }
    return [
      ...(await differences(client, connectionId, function* (entity) {
        const varying = plugins.find(({ name }) => name === entity)?.quickbooks.variesByReading ?? [];
        for (const { text } of company.records(entity)) yield contentOf(text, varying);
      })),
    ];
  } finally {
    await client.query("ROLLBACK");
  }
}

function contentOf(text: string, varying: readonly string[]): string {
  const nameless = z.record(z.string(), z.unknown()).parse(
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value !== "object" || value === null || !("value" in value) || !("name" in value)) return value;
      const { name: _name, ...rest } = value;
      return rest;
    }),
  );
  return JSON.stringify(Object.fromEntries(Object.entries(nameless).filter(([key]) => !varying.includes(key))));
}

/** I4: what could not be taken in was taken in later. */
const openFailures = `
  SELECT 'a failure is open: ' || concat_ws(' ', entity, quickbooks_id, place, code, reason) AS violation
  FROM record_failures WHERE connection_id = $1 AND status = 'OPEN'`;

/** Told by the trigger of `watchWatermarks`. I2. */
const watermarksWentBack = `
  SELECT 'a watermark went back: ' || entity || ' from ' || before || ' to ' || after AS violation
  FROM chaos_watermarks WHERE connection_id = $1 AND after < before`;

/** I6: nothing is left behind. */
const runsWithoutEnd = `
  SELECT 'a run has no end: ' || mode || ' ' || id AS violation FROM quickbooks_syncs WHERE connection_id = $1 AND finished_at IS NULL`;

/** Keeps every movement of a watermark, to be looked at later. */
export async function watchWatermarks(client: Pick<PoolClient, "query">): Promise<void> {
  await client.query(`
    CREATE TABLE chaos_watermarks (connection_id uuid, entity text, before timestamptz, after timestamptz);
    CREATE FUNCTION keep_watermark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO chaos_watermarks VALUES (NEW.connection_id, NEW.entity, OLD.watermark, NEW.watermark); RETURN NULL; END $$;
    CREATE TRIGGER keep_watermark AFTER UPDATE ON mirror_status FOR EACH ROW EXECUTE FUNCTION keep_watermark()`);
}

async function watermarksAhead(client: PoolClient, { connectionId, simulator }: World): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT 'a watermark is ahead of QuickBooks: ' || entity || ' ' || watermark AS violation FROM mirror_status
     WHERE connection_id = $1 AND watermark > $2`,
    [connectionId, new Date(simulator.clock.now())],
  );
  return found.parse(rows).map(({ violation }) => violation);
}

/** Every version of a record from the first to the one before the mirror's, each beginning where the last one ended. */
async function brokenVersions(client: PoolClient, world: World): Promise<string[]> {
  const counts = plugins.map(
    ({ name, table }) => `WITH kept AS (SELECT record_id, count(*) AS n, min(version) AS first, max(version) AS last
         FROM record_versions WHERE connection_id = $1 AND entity = '${name}' GROUP BY record_id)
       SELECT 'versions of ${name} ' || t.quickbooks_id || ': ' || coalesce(k.n, 0) || ' kept, and it is version ' || t.version AS violation
       FROM "${table}" t LEFT JOIN kept k ON k.record_id = t.id WHERE t.connection_id = $1
         AND (coalesce(k.n, 0) <> t.version - 1 OR k.first <> 1 OR k.last <> t.version - 1)`,
  );
  const gaps = `SELECT 'a version of ' || entity || ' begins before the last one ended: ' || record_id AS violation FROM (
      SELECT *, lag(valid_to) OVER (PARTITION BY record_id ORDER BY version) AS ended FROM record_versions WHERE connection_id = $1) v
    WHERE valid_from <> ended`;
  return lines(
    client,
    world,
    [...counts, gaps].map((statement) => `SELECT * FROM (${statement}) f`).join(" UNION ALL "),
  );
}

const runIds = z.array(z.object({ id: z.string() }));

/** I12: whoever follows a run from its beginning gets every number once, and FINISHED last. */
async function brokenStreams(client: PoolClient, { connectionId, streams }: World): Promise<string[]> {
  const { rows } = await client.query("SELECT id FROM quickbooks_syncs WHERE connection_id = $1", [connectionId]);
  const broken = await Promise.all(
    runIds.parse(rows).map(async ({ id }) => {
      const kinds: string[] = [];
      const follower = streams.follow({
        stream: runStream(id),
        after: 0n,
        snapshot: () => Promise.resolve(null),
        isLast: ({ kind }) => kind === "FINISHED",
        signal: AbortSignal.timeout(5_000),
      });
      for await (const { number, kind } of follower) {
        kinds.push(kind);
        if (number !== BigInt(kinds.length))
          return [`the stream of run ${id} has ${number} as its event ${kinds.length}`];
      }
      return kinds.at(-1) === "FINISHED" ? [] : [`the stream of run ${id} ends with ${kinds.at(-1) ?? "nothing"}`];
    }),
  );
  return broken.flat();
}

/** I13: as QuickBooks counted. */
function crowdedSeconds({ simulator }: World): string[] {
  const most = simulator.limits?.perSecond;
  if (most === undefined) return [];
  const times = simulator.requests.flatMap(({ at, path }) => (path.includes("/v3/company/") ? [at] : []));
  const isCrowded = times.some((at, index) => (times[index + most] ?? Infinity) - at < 1000);
  return isCrowded ? [`more than ${most} requests reached QuickBooks in one second`] : [];
}
