import DataLoader from "dataloader";
import { z } from "zod";
import { columnOf } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Services } from "../context.js";

/** A record that a value refers to, by QuickBooks' id of it, within one life of a company. */
export interface Referred {
  readonly entity: string;
  readonly connectionId: string;
  readonly epoch: number;
  readonly quickbooksId: string;
}

export interface ReferredRecord {
  /** Ours. */
  readonly id: string;
  /** What people know it by. */
  readonly title: string;
}

/** What values are shown with. All keys come from what the organization itself was found to have. */
export interface ValueLoaders {
  /** Undefined where no such record is mirrored. */
  readonly referred: DataLoader<Referred, ReferredRecord | undefined, string>;
  /** By the entity and our id of a record: the currency that its amounts are in. */
  readonly currency: DataLoader<{ readonly entity: string; readonly id: string }, string | null, string>;
}

export function valueLoaders(services: Pick<Services, "database" | "plugins">): ValueLoaders {
  return { referred: referredLoader(services), currency: currencyLoader(services) };
}

const keyOf = ({ entity, connectionId, epoch, quickbooksId }: Referred): string =>
  JSON.stringify([entity, connectionId, epoch, quickbooksId]);

const referredRow = z.object({
  id: z.string(),
  title: z.string().nullable(),
  connectionId: z.string(),
  epoch: z.number(),
  quickbooksId: z.string(),
});

function referredLoader({ database, plugins }: Pick<Services, "database" | "plugins">): ValueLoaders["referred"] {
  const read = async (plugin: EntityPlugin, keys: readonly Referred[]) => {
    const wanted = keys.filter(({ entity }) => entity === plugin.name);
    const { rows } = await database.pool.query(
      `SELECT r.id, ${titleOf(plugin)} AS title, r.connection_id AS "connectionId", r.epoch, r.quickbooks_id AS "quickbooksId"
       FROM unnest($1::uuid[], $2::integer[], $3::text[]) AS wanted (connection_id, epoch, quickbooks_id)
       JOIN "${plugin.table}" r USING (connection_id, epoch, quickbooks_id)`,
      [
        wanted.map(({ connectionId }) => connectionId),
        wanted.map(({ epoch }) => epoch),
        wanted.map(({ quickbooksId }) => quickbooksId),
      ],
    );
    return z
      .array(referredRow)
      .parse(rows)
      .map((row) => [keyOf({ ...row, entity: plugin.name }), row] as const);
  };
  return new DataLoader(
    async (keys: readonly Referred[]) => {
      const asked = plugins.filter(({ name }) => keys.some(({ entity }) => entity === name));
      const found = new Map((await Promise.all(asked.map((plugin) => read(plugin, keys)))).flat());
      return keys.map((key) => {
        const row = found.get(keyOf(key));
        return row === undefined ? undefined : { id: row.id, title: row.title ?? row.quickbooksId };
      });
    },
    { cacheKeyFn: keyOf },
  );
}

/** SQL of what people know a record by: the name of a list's entry, the number of a transaction. */
function titleOf({ quickbooks, fields, defaultOrder, label }: EntityPlugin): string {
  const isName = quickbooks.kind === "NAME_LIST";
  const numbered = Object.keys(fields).find((name) => fields[name]?.kind === "TEXT" && fields[name].search === true);
  const name = isName ? defaultOrder.field : numbered;
  const field = name === undefined ? undefined : fields[name];
  if (name === undefined || field === undefined || !field.stored) return "NULL::text";
  const column = `r.${columnOf(name, field)}`;
  return isName ? column : `'${label} ' || ${column}`;
}

const currencyRow = z.object({ id: z.string(), currency: z.string().nullable() });

function currencyLoader({ database, plugins }: Pick<Services, "database" | "plugins">): ValueLoaders["currency"] {
  const read = async (plugin: EntityPlugin, ids: readonly string[]) => {
    const column = currencyColumnOf(plugin);
    if (column === undefined) return [];
    const { rows } = await database.pool.query(
      `SELECT r.id, r.${column} AS currency FROM "${plugin.table}" r WHERE r.id = ANY($1)`,
      [ids],
    );
    return z
      .array(currencyRow)
      .parse(rows)
      .map(({ id, currency }) => [id, currency] as const);
  };
  return new DataLoader(
    async (keys) => {
      const idsOf = ({ name }: EntityPlugin) => keys.filter(({ entity }) => entity === name).map(({ id }) => id);
      const asked = plugins.filter((plugin) => idsOf(plugin).length > 0);
      const found = new Map((await Promise.all(asked.map((plugin) => read(plugin, idsOf(plugin))))).flat());
      return keys.map(({ id }) => found.get(id) ?? null);
    },
    { cacheKeyFn: ({ entity, id }) => `${entity}:${id}` },
  );
}

/** The column that the amounts of a record name. */
function currencyColumnOf({ fields }: EntityPlugin): string | undefined {
  return Object.values(fields).find(({ currencyColumn }) => currencyColumn !== undefined)?.currencyColumn;
}
