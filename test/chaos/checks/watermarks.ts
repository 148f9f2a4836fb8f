import type { PoolClient } from "pg";
import type { World } from "../world.js";

/** Keeps every movement of a watermark, to be looked at later. */
export async function watchWatermarks(client: Pick<PoolClient, "query">): Promise<void> {
  await client.query(`
    CREATE TABLE chaos_watermarks (connection_id uuid, entity text, before timestamptz, after timestamptz, is_same_scope boolean);
    CREATE FUNCTION keep_watermark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO chaos_watermarks VALUES (NEW.connection_id, NEW.entity, OLD.watermark, NEW.watermark,
        OLD.epoch = NEW.epoch AND OLD.transactions_since IS NOT DISTINCT FROM NEW.transactions_since); RETURN NULL; END $$;
    CREATE TRIGGER keep_watermark AFTER UPDATE ON mirror_status FOR EACH ROW EXECUTE FUNCTION keep_watermark()`);
}

/** I2: for one scope and life of the company it never goes back. */
export const watermarksWentBack = `
  SELECT 'a watermark went back: ' || entity || ' from ' || before || ' to ' || after AS violation
  FROM chaos_watermarks WHERE connection_id = $1 AND is_same_scope AND after < before`;

/** I2: QuickBooks' present, by the clock of that of its hosts which is ahead most, is later. */
export async function watermarksAhead(client: PoolClient, { connectionId, simulator }: World): Promise<string[]> {
  const latest = new Date(simulator.clock.now() + Math.max(...simulator.switches.hostSkewsMs));
  const { rows } = await client.query<{ violation: string }>(
    `SELECT 'a watermark is ahead of QuickBooks: ' || entity || ' ' || watermark AS violation FROM mirror_status
     WHERE connection_id = $1 AND watermark > $2`,
    [connectionId, latest],
  );
  return rows.map(({ violation }) => violation);
}
