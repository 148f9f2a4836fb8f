import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import { literal } from "./statement.js";

/** Rows of a statement: what stands in its FROM, and what must hold beside. */
export interface From {
  readonly from: string;
  readonly where: readonly string[];
}

/** At most these rows are wanted: those with this SQL value in the column. */
export interface Key {
  readonly column: string;
  readonly equals: string;
}

/** Where records and the rows inside them are read, known by `alias`. A statement holds `company`, whose they are. */
export interface Source {
  records(plugin: EntityPlugin, alias: string, key?: Key): From;
  rows(plugin: EntityPlugin, child: ChildDefinition, alias: string, key: Key): From;
}

/** The mirror as it is. */
export const present: Source = {
  records: ({ table }, alias) => ({ from: `${table} ${alias}`, where: [] }),
  rows: (_plugin, { table }, alias) => ({ from: `${table} ${alias}`, where: [] }),
};

/**
 * The mirror as it was at `at`, an SQL instant: rows that have not changed since, and of the others the versions that held then. What
 * came later is in neither.
 */
export function past(at: string): Source {
  const versions = ({ name }: EntityPlugin, key: Key | undefined): string =>
    [
      `v.connection_id = company.id AND v.entity = ${literal(name)} AND v.valid_from <= ${at} AND v.valid_to > ${at}`,
      ...(key === undefined ? [] : [keptUnder(key)]),
    ].join(" AND ");
  return {
    // What holds outside holds for both halves, so that an index can give the order of the first one.
    records: (plugin, alias, key) => ({
      from: `LATERAL (SELECT * FROM ${plugin.table} UNION ALL
        SELECT was.* FROM record_versions v CROSS JOIN LATERAL jsonb_populate_record(NULL::${plugin.table}, v.row) was
        WHERE ${versions(plugin, key)}) ${alias}`,
      where: [`${alias}.mirrored_at <= ${at}`],
    }),
    rows: (plugin, child, alias, { column, equals }) => ({
      from: `LATERAL (SELECT own.* FROM ${child.table} own JOIN ${plugin.table} its ON its.id = own.record_id
        WHERE its.mirrored_at <= ${at} AND own.connection_id = company.id AND own.${column} = ${equals} UNION ALL
        SELECT was.* FROM record_versions v
          CROSS JOIN LATERAL jsonb_populate_recordset(NULL::${child.table}, v.children -> ${literal(nameOf(plugin, child))}) was
        WHERE ${versions(plugin, { column: column === "record_id" ? "id" : column, equals })} AND was.${column} = ${equals}) ${alias}`,
      where: [],
    }),
  };
}

/** A version keeps by itself whose it is, and all that it refers to. */
function keptUnder({ column, equals }: Key): string {
  if (column === "id") return `v.record_id = ${equals}`;
  return column === "quickbooks_id" ? `v.quickbooks_id = ${equals}` : `v.refs @> ARRAY[${equals}]`;
}

function nameOf({ name, children }: EntityPlugin, child: ChildDefinition): string {
  const found = Object.entries(children).find(([, other]) => other === child);
  if (found === undefined) throw new Error(`${name} has no children in ${child.table}.`);
  return found[0];
}
