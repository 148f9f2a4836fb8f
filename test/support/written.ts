import type { EngineBench } from "./engine.js";

const tables = [
  ...["customers", "accounts", "items", "invoices", "payments"],
  ...["invoice_lines", "payment_applications", "item_components"],
  ...["record_versions", "entity_changes", "record_failures", "mirror_counts", "mirror_status"],
];

/** How many rows each table of the mirror has, and by which transaction the last of them was written: equal means that nothing was. */
export async function written(
  { database }: Pick<EngineBench, "database">,
  but: readonly string[] = [],
): Promise<unknown[]> {
  const each = tables
    .filter((table) => !but.includes(table))
    .map((table) => `SELECT '${table}' AS name, count(*) AS n, max(xmin::text::bigint) AS last FROM ${table}`);
  return (await database.pool.query<object>(`${each.join(" UNION ALL ")} ORDER BY name`)).rows;
}
