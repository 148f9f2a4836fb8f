import { z } from "zod";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { readRecord, type MirroredRecord } from "../../src/sync/local-changes/rows.js";
import { plugins } from "./process.js";
import type { Random } from "./random.js";
import type { World } from "./world.js";

export function pluginOf(entity: string): EntityPlugin {
  const plugin = plugins.find(({ name }) => name === entity);
  if (plugin === undefined) throw new Error(`There is no plugin of ${entity}.`);
  return plugin;
}

const ids = z.array(z.object({ id: z.string() }));

/** Those that people come back to, so that edits meet. */
const favourites = 6;

/**
 * A record of the company as it is mirrored now, for which `condition` holds (SQL; the row is `t`): in most cases one of the few that are
 * edited again and again, or one that QuickBooks does not have yet.
 */
export async function anyRecord(
  { database, connectionId }: World,
  entity: string,
  random: Random,
  condition = "t.state IN ('ACTIVE', 'INACTIVE')",
): Promise<MirroredRecord | undefined> {
  const plugin = pluginOf(entity);
  const { rows } = await database.pool.query(
    `SELECT t.id FROM "${plugin.table}" t JOIN connections c ON c.id = t.connection_id AND c.epoch = t.epoch
     WHERE t.connection_id = $1 AND ${condition}
     ORDER BY t.quickbooks_id NOT LIKE 'local:%', length(t.quickbooks_id), t.quickbooks_id LIMIT 300`,
    [connectionId],
  );
  const found = ids.parse(rows).map(({ id }) => id);
  const id = random.pick(random.chance(0.7) ? found.slice(0, favourites) : found);
  return id === undefined ? undefined : readRecord(database.pool, plugin, id);
}
