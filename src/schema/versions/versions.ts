import DataLoader from "dataloader";
import type { Pool } from "pg";
import { z } from "zod";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import { one } from "../keyed.js";
import { bindingOf, type Connection, decodeCursor, type ForwardPage, pageSize, toConnection } from "../relay.js";

/** What records were before each change of their content. */

const versionRow = z.object({
  id: z.string(),
  entity: z.string(),
  recordId: z.string(),
  version: z.number(),
  state: z.string(),
  validFrom: z.date(),
  validTo: z.date(),
});
export type VersionRow = z.infer<typeof versionRow>;
const versionRows = z.array(versionRow);

const payloads = z.array(z.object({ id: z.string(), raw: z.string() }));

const columns = `v.id, v.entity, v.record_id AS "recordId", v.version, v.row ->> 'state' AS state, v.valid_from AS "validFrom", v.valid_to AS "validTo"`;

type Database = Pick<Pool, "query">;

/** Nothing of another organization is ever found. */
export interface VersionLoaders {
  readonly recordVersion: DataLoader<string, VersionRow | undefined>;
  /** By the id of a version that was found. */
  readonly versionPayload: DataLoader<string, { readonly id: string; readonly raw: string } | undefined>;
}

export function versionLoaders(pool: Database, reach: Reach): VersionLoaders {
  return {
    recordVersion: one("id", async (ids) => {
      const { rows } = await pool.query(
        `SELECT ${columns} FROM record_versions v JOIN connections c ON c.id = v.connection_id AND ${isReached("c", "$1")}
         WHERE v.id = ANY($2)`,
        [reachParameter(reach), ids],
      );
      return versionRows.parse(rows);
    }),
    versionPayload: one("id", async (ids) => {
      const { rows } = await pool.query(
        "SELECT v.id, (v.row -> 'raw')::text AS raw FROM record_versions v WHERE v.id = ANY($1)",
        [ids],
      );
      return payloads.parse(rows);
    }),
  };
}

const isVersion = (value: string | null): boolean => value !== null && /^\d{1,9}$/.test(value);
const counts = z.array(z.object({ recordId: z.string(), count: z.number() }));

/** The same page of each of these records, which are the organization's own. Throws BAD_USER_INPUT with PAGE_SIZE or INVALID_CURSOR. */
export async function pagesOfVersions(
  database: Database,
  { first: asked, after }: ForwardPage,
  recordIds: readonly string[],
): Promise<readonly Connection<VersionRow>[]> {
  const first = pageSize(asked);
  const binding = bindingOf(["versions of a record"]);
  const [below = null] = typeof after === "string" ? decodeCursor(after, binding, [isVersion]) : [];
  const { rows } = await database.query(
    `SELECT v.* FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
       SELECT ${columns} FROM record_versions v WHERE v.record_id = wanted.id AND v.version < coalesce($2::integer, 1000000000)
       ORDER BY v.version DESC LIMIT $3) v`,
    [recordIds, below, first + 1],
  );
  const found = versionRows.parse(rows);
  const totals = new DataLoader(async (ids: readonly string[]) => {
    const counted = await database.query(
      `SELECT v.record_id AS "recordId", count(*)::integer AS count FROM record_versions v WHERE v.record_id = ANY($1) GROUP BY 1`,
      [ids],
    );
    const known = new Map(counts.parse(counted.rows).map(({ recordId, count }) => [recordId, count]));
    return ids.map((id) => known.get(id) ?? 0);
  });
  return recordIds.map((id) =>
    toConnection(
      found.filter(({ recordId }) => recordId === id),
      { first, after, binding, positionOf: ({ version }) => [String(version)], totalCount: () => totals.load(id) },
    ),
  );
}
