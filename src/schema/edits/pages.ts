import type { Pool } from "pg";
import { z } from "zod";
import {
  localChangeColumns,
  localChangeRow,
  type LocalChange as ChangeRow,
} from "../../sync/local-changes/local-change.js";
import type { OneOf } from "../lists.js";
import { bindingOf, type Connection, decodeCursor, type ForwardPage, pageSize, toConnection } from "../relay.js";
import { LocalChange } from "./local-change.js";

/** Pages of local changes, the latest first: their numbers are the order in which they were made. */

export interface ChangeScope {
  readonly status: OneOf<ChangeRow["status"]>;
  readonly entity: OneOf<string>;
}

type Database = Pick<Pool, "query">;

const isNumber = (value: string | null): boolean => value !== null && /^\d{1,18}$/.test(value);
const total = z.object({ count: z.coerce.number() });

/** Throws BAD_USER_INPUT with the reason PAGE_SIZE or INVALID_CURSOR. */
export async function pageOfChanges(
  database: Database,
  page: ForwardPage,
  scope: ChangeScope & { readonly connectionIds: readonly string[] },
): Promise<Connection<LocalChange>> {
  const list = placeIn(page, ["localChanges", scope]);
  const values = [scope.connectionIds, ...conditionValues(scope)];
  const where = `l.connection_id = ANY($1) AND ${conditions(2)}`;
  const { rows } = await database.query(
    `SELECT ${localChangeColumns("l")} FROM local_changes l WHERE ${where} AND l.number < coalesce($6, 9223372036854775807)
     ORDER BY l.number DESC LIMIT $7`,
    [...values, list.after, list.first + 1],
  );
  const count = async (): Promise<number> => {
    const counted = await database.query(`SELECT count(*) FROM local_changes l WHERE ${where}`, values);
    return total.parse(counted.rows[0]).count;
  };
  return connectionOf(z.array(localChangeRow).parse(rows), { ...list, count });
}

/** The same page of each of these records, which are the organization's own. */
export async function pagesOfRecords(
  database: Database,
  page: ForwardPage,
  scope: ChangeScope,
  recordIds: readonly string[],
): Promise<readonly Connection<LocalChange>[]> {
  const list = placeIn(page, ["localChanges of a record", scope]);
  const values = [recordIds, ...conditionValues(scope)];
  const { rows } = await database.query(
    `SELECT l.* FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
       SELECT ${localChangeColumns("l")} FROM local_changes l
       WHERE l.record_id = wanted.id AND ${conditions(2)} AND l.number < coalesce($6, 9223372036854775807)
       ORDER BY l.number DESC LIMIT $7) l`,
    [...values, list.after, list.first + 1],
  );
  const found = z.array(localChangeRow).parse(rows);
  const count = (recordId: string) => async (): Promise<number> => {
    const where = `l.record_id = ANY($1) AND ${conditions(2)}`;
    const own = [[recordId], ...conditionValues(scope)];
    return total.parse((await database.query(`SELECT count(*) FROM local_changes l WHERE ${where}`, own)).rows[0])
      .count;
  };
  return recordIds.map((id) =>
    connectionOf(
      found.filter(({ recordId }) => recordId === id),
      { ...list, count: count(id) },
    ),
  );
}

/** SQL of what the scope asks for, its values from this parameter on; null where it does not ask. */
function conditions(first: number): string {
  return ["l.status::text", "l.entity"]
    .map((column, index) => {
      const [eq, list] = [first + 2 * index, first + 2 * index + 1];
      return `($${eq}::text IS NULL OR ${column} = $${eq}) AND ($${list}::text[] IS NULL OR ${column} = ANY($${list}))`;
    })
    .join(" AND ");
}

function conditionValues({ status, entity }: ChangeScope): readonly unknown[] {
  return [status, entity].flatMap(({ eq = null, in: list = null }) => [eq, list]);
}

interface Place {
  readonly first: number;
  readonly after: string | null;
  readonly binding: string;
}

function placeIn({ first, after }: ForwardPage, list: unknown): Place {
  const binding = bindingOf(list);
  const [number = null] = typeof after === "string" ? decodeCursor(after, binding, [isNumber]) : [];
  return { first: pageSize(first), after: number, binding };
}

function connectionOf(
  rows: readonly ChangeRow[],
  { count, ...list }: Place & { readonly count: () => Promise<number> },
): Connection<LocalChange> {
  const page = toConnection(rows, { ...list, positionOf: ({ number }) => [number], totalCount: count });
  const edges = page.edges.map(({ node, cursor }) => ({ node: new LocalChange(node), cursor }));
  return { pageInfo: page.pageInfo, totalCount: page.totalCount, edges, nodes: edges.map(({ node }) => node) };
}
