import DataLoader from "dataloader";
import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { localChangeColumns, localChangeRow, type LocalChange } from "../../sync/local-changes/local-change.js";
import type { Services } from "../context.js";
import { type ValueLoaders, valueLoaders } from "./value-loaders.js";

/** Batched reads of edits. Nothing of another organization is ever found. */
export interface EditLoaders extends ValueLoaders {
  readonly localChange: DataLoader<string, LocalChange | undefined>;
  /** By the entity and our id of a record: the id of the connection that it belongs to. */
  readonly connectionOfRecord: DataLoader<{ readonly entity: string; readonly id: string }, string | undefined, string>;
}

const place = z.object({ id: z.string(), connectionId: z.string() });

export function editLoaders(services: Services, reach: Reach): EditLoaders {
  const { pool } = services.database;
  return {
    ...valueLoaders(services),
    localChange: new DataLoader(async (ids: readonly string[]) => {
      const { rows } = await pool.query(
        `SELECT ${localChangeColumns("l")} FROM local_changes l
         JOIN connections c ON c.id = l.connection_id AND ${isReached("c", "$1")} WHERE l.id = ANY($2)`,
        [reachParameter(reach), ids],
      );
      const found = new Map(
        z
          .array(localChangeRow)
          .parse(rows)
          .map((row) => [row.id, row]),
      );
      return ids.map((id) => found.get(id));
    }),
    connectionOfRecord: new DataLoader(
      async (keys) => {
        const read = async ({ name, table }: EntityPlugin) => {
          const ids = keys.filter(({ entity }) => entity === name).map(({ id }) => id);
          const { rows } = await pool.query(
            `SELECT r.id, r.connection_id AS "connectionId" FROM "${table}" r
             JOIN connections c ON c.id = r.connection_id AND c.epoch = r.epoch AND ${isReached("c", "$1")} WHERE r.id = ANY($2)`,
            [reachParameter(reach), ids],
          );
          return z.array(place).parse(rows);
        };
        const asked = services.plugins.filter(({ name }) => keys.some(({ entity }) => entity === name));
        const found = (await Promise.all(asked.map(read))).flat();
        return keys.map((key) => found.find(({ id }) => id === key.id)?.connectionId);
      },
      { cacheKeyFn: ({ entity, id }) => `${entity}:${id}` },
    ),
  };
}
