import { z } from "zod";
import type { Database } from "../../src/foundation/database/database.js";
import { columnOf, type Field, type FieldMap } from "../../src/plugins/fields.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { figureOf } from "./exact.js";
import type { Figures } from "./figures.js";

/** What the mirror holds of a record. */
export interface MirroredRecord {
  /** The payload's text. */
  readonly raw: string;
  readonly figures: Figures;
}

const numbers = z.record(z.string(), z.string().nullable().transform(figureOf));
const mirroredRow = z.object({
  id: z.string(),
  raw: z.string(),
  row: numbers,
  children: z.record(z.string(), z.array(numbers)),
});

/** Every record of an entity that the mirror holds, by QuickBooks' id. */
export async function mirroredRecords(
  { pool }: Database,
  plugin: EntityPlugin,
  connectionId: string,
): Promise<ReadonlyMap<string, MirroredRecord>> {
  const lists = Object.entries(plugin.children).map(
    ([name, { table, fields }]) =>
      `'${name}', (SELECT coalesce(jsonb_agg(${figuresAsJson("c", fields)} ORDER BY c.position), '[]') FROM "${table}" c WHERE c.record_id = t.id)`,
  );
  const { rows } = await pool.query(
    `SELECT t.quickbooks_id AS id, t.raw::text AS raw, ${figuresAsJson("t", plugin.fields)} AS row,
       jsonb_build_object(${lists.join(", ")}) AS children
     FROM "${plugin.table}" t WHERE t.connection_id = $1`,
    [connectionId],
  );
  const records = z.array(mirroredRow).parse(rows);
  return new Map(records.map(({ id, raw, row, children }) => [id, { raw, figures: { row, children } }]));
}

/** The stored fields that hold figures. */
export function figureFields(fields: FieldMap): readonly (readonly [string, Field])[] {
  return Object.entries(fields).filter(([, { stored, kind }]) => stored && (kind === "MONEY" || kind === "DECIMAL"));
}

function figuresAsJson(alias: string, fields: FieldMap): string {
  const parts = figureFields(fields).map(([name, field]) => `'${name}', ${alias}."${columnOf(name, field)}"::text`);
  return `jsonb_build_object(${parts.join(", ")})`;
}

/** Why records could not be taken in, by QuickBooks' id. */
export async function refusals(
  { prisma }: Database,
  plugin: EntityPlugin,
  connectionId: string,
): Promise<ReadonlyMap<string, string>> {
  const failures = await prisma.recordFailure.findMany({
    where: { connectionId, entity: plugin.name, status: "OPEN" },
    select: { quickbooksId: true, reason: true },
  });
  return new Map(failures.map(({ quickbooksId, reason }) => [quickbooksId ?? "", reason]));
}
