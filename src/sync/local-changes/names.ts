import type { PoolClient } from "pg";
import { columnOf } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values, WriteProblem } from "../../plugins/writes.js";
import type { MirrorOf } from "../store/store.js";
import { isOpen } from "./local-change.js";

/** Of two edits that want the same name at once, the second one waits for the first to be kept. */
export async function lockNames(client: PoolClient, { connectionId }: MirrorOf, { name }: EntityPlugin): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`names ${connectionId} ${name}`]);
}

/**
 * Whether another record has the name, or an edit that waits will give it to one. Whatever its capitals, and of deactivated records too:
 * QuickBooks keeps the names of both apart.
 */
export async function nameProblems(
  client: PoolClient,
  { connectionId, epoch }: MirrorOf,
  plugin: EntityPlugin,
  wanted: { readonly recordId: string | undefined; readonly values: Values; readonly result: Values },
): Promise<WriteProblem[]> {
  const { field: path, within } = plugin.writes?.unique ?? {};
  const field = path === undefined ? undefined : plugin.fields[path];
  const isGiven = [path, within].some((key) => key !== undefined && key in wanted.values);
  if (path === undefined || field === undefined || !isGiven || typeof wanted.result[path] !== "string") return [];
  const group = within === undefined ? undefined : plugin.fields[within];
  const inGroup = (text: string): string =>
    within === undefined ? "$6::text IS NULL" : `${text} IS NOT DISTINCT FROM $6`;
  const groupColumn = within === undefined || group === undefined ? "NULL" : `t."${columnOf(within, group)}"`;
  const edited = (key: string, otherwise: string): string =>
    `CASE WHEN l.edits ? '${key}' THEN l.edits #>> '{${key},value}' ELSE ${otherwise} END`;
  const name = columnOf(path, field);
  const { rows } = await client.query(
    `SELECT 1 FROM "${plugin.table}" t WHERE t.connection_id = $1 AND t.epoch = $2 AND t.state NOT IN ('DELETED', 'MERGED')
       AND lower(t."${name}") = lower($3) AND t.id IS DISTINCT FROM $4::uuid AND $5::text IS NOT NULL AND ${inGroup(groupColumn)}
     UNION ALL
     SELECT 1 FROM local_changes l LEFT JOIN "${plugin.table}" t ON t.id = l.record_id
     WHERE l.connection_id = $1 AND l.epoch = $2 AND l.entity = $5 AND ${isOpen("l")} AND l.operation <> 'CREATE'
       AND l.record_id IS DISTINCT FROM $4::uuid AND (l.edits ? '${path}' OR l.edits ? '${within ?? path}')
       AND lower(${edited(path, `t."${name}"`)}) = lower($3) AND ${inGroup(edited(within ?? path, groupColumn))} LIMIT 1`,
    [
      connectionId,
      epoch,
      wanted.result[path],
      wanted.recordId ?? null,
      plugin.name,
      within === undefined ? null : (wanted.result[within] ?? null),
    ],
  );
  if (rows.length === 0) return [];
  const message = `Another ${plugin.label.toLowerCase()} has this name already, perhaps a deactivated one: choose another.`;
  return [{ path, message }];
}
