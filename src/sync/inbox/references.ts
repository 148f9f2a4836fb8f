import { z } from "zod";
import { columnOf, type FieldMap } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Applying } from "./context.js";
import { isInQuickBooks } from "../local-changes/local-change.js";

/** Which entity and records are referred to. */
interface Target {
  readonly entity: string;
  readonly ids: readonly string[];
}

/**
 * The ids of mirrored records of one plugin that refer to any of these, by their own fields or by those of their children; derived
 * from the declarations, so that a merge of any entity finds what it moves.
 */
export async function referrersOf(
  { database, run }: Pick<Applying, "database" | "run">,
  plugin: EntityPlugin,
  { entity, ids }: Target,
): Promise<string[]> {
  const found = new Set<string>();
  for (const statement of statementsFor(plugin, entity)) {
    const { rows } = await database.pool.query(statement, [run.connectionId, run.epoch, ids]);
    for (const { id } of z.array(z.object({ id: z.string() })).parse(rows)) found.add(id);
  }
  return [...found];
}

function statementsFor(plugin: EntityPlugin, entity: string): string[] {
  const select = `SELECT DISTINCT t.quickbooks_id AS id FROM "${plugin.table}" t`;
  const where = `WHERE t.connection_id = $1 AND t.epoch = $2 AND t.state NOT IN ('DELETED', 'MERGED') AND ${isInQuickBooks("t")}`;
  const own = conditions("t", plugin.fields, entity).map((refers) => `${select} ${where} AND ${refers}`);
  const children = Object.values(plugin.children).flatMap(({ table, fields }) =>
    conditions("c", fields, entity).map(
      (refers) => `${select} JOIN "${table}" c ON c.record_id = t.id ${where} AND ${refers}`,
    ),
  );
  return [...own, ...children];
}

function conditions(alias: string, fields: FieldMap, entity: string): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const target = field.reference?.target;
    if (target === undefined) return [];
    const refers = `${alias}."${columnOf(name, field)}" = ANY($3)`;
    if (typeof target === "string") return target === entity ? [refers] : [];
    const typeField = fields[target.typeField];
    if (typeField === undefined) return [];
    return [`${refers} AND ${alias}."${columnOf(target.typeField, typeField)}" = '${entity}'`];
  });
}
