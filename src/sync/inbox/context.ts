import type { EntityPlugin } from "../../plugins/plugin.js";
import type { RunSync } from "../full/context.js";
import { inDependencyOrder } from "../order.js";
import type { Pace } from "./pace.js";

/** All that the applying of notices works with. The entities of its run are the connection's scope. */
export interface Applying extends RunSync {
  readonly plugins: readonly EntityPlugin[];
  readonly pace: Pace;
}

/** Gives an entity its row of progress; the run touches only what notices name, and what that entails. */
export async function begin(applying: Applying, plugin: EntityPlugin, expected: number): Promise<void> {
  const { database, run, plugins, progress } = applying;
  await database.transaction(async (client) => {
    await client.query(
      `INSERT INTO sync_run_entities (run_id, entity, position, phase) VALUES ($1, $2, $3, 'WAITING') ON CONFLICT DO NOTHING`,
      [run.id, plugin.name, inDependencyOrder(plugins).indexOf(plugin) + 1],
    );
    await progress.advance(client, plugin.name, { phase: "READING", expected });
  });
}
