import type { PoolClient } from "pg";
import { z } from "zod";
import { differences } from "../../support/oracle/index.js";
import { plugins } from "../process.js";
import type { World } from "../world.js";

/**
 * I1 to I4: equal record by record. The names inside references are left out on both sides: QuickBooks shows a renamed customer's
 * new name on old invoices without a sign, and such a name is no content of theirs. Nor is what varies with the way of reading.
 * What there was before the company was reset is no part of the mirror.
 */
export async function mirrorDiffers(client: PoolClient, { company, connectionId }: World): Promise<string[]> {
  await client.query("BEGIN");
  try {
    for (const { table, children, quickbooks } of plugins) {
      for (const name of [table, ...Object.values(children).map((child) => child.table)]) {
        await client.query(
          `DELETE FROM "${name}" t USING connections c WHERE c.id = t.connection_id AND t.connection_id = $1 AND t.epoch < c.epoch`,
          [connectionId],
        );
      }
      const { rows } = await client.query(`SELECT id, raw::text FROM "${table}" WHERE connection_id = $1`, [
        connectionId,
      ]);
      const stored = z.array(z.object({ id: z.string(), raw: z.string() })).parse(rows);
      const nameless = stored.map(({ id, raw }) => ({ id, raw: contentOf(raw, quickbooks.variesByReading) }));
      await client.query(
        `UPDATE "${table}" t SET raw = r.raw::jsonb FROM jsonb_to_recordset($1::jsonb) AS r(id uuid, raw text) WHERE t.id = r.id`,
        [JSON.stringify(nameless)],
      );
    }
    await showMerged(
      client,
      connectionId,
      [...company.records("Customer")].map(({ id }) => id),
    );
    return [
      ...(await differences(client, connectionId, function* (entity) {
        const varying = plugins.find(({ name }) => name === entity)?.quickbooks.variesByReading ?? [];
        for (const { text } of company.records(entity)) yield contentOf(text, varying);
      })),
    ];
  } finally {
    await client.query("ROLLBACK");
  }
}

/** What was merged into another may go on being shown there, as deactivated. */
async function showMerged(client: PoolClient, connectionId: string, served: readonly string[]): Promise<void> {
  await client.query(
    `WITH shown AS (
       UPDATE customers SET state = 'INACTIVE'
       WHERE connection_id = $1 AND state = 'MERGED' AND quickbooks_id = ANY($2) RETURNING 1)
     INSERT INTO mirror_counts (connection_id, epoch, entity, state, records)
     SELECT $1, (SELECT epoch FROM connections WHERE id = $1), 'Customer', s.state, s.sign * (SELECT count(*) FROM shown)
     FROM (VALUES ('INACTIVE'::"RecordState", 1), ('MERGED', -1)) AS s(state, sign)
     ON CONFLICT (connection_id, epoch, entity, state) DO UPDATE SET records = mirror_counts.records + excluded.records`,
    [connectionId, served],
  );
}

function contentOf(text: string, varying: readonly string[]): string {
  const nameless = z.record(z.string(), z.unknown()).parse(
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value !== "object" || value === null || !("value" in value) || !("name" in value)) return value;
      const { name: _name, ...rest } = value;
      return rest;
    }),
  );
  return JSON.stringify(Object.fromEntries(Object.entries(nameless).filter(([key]) => !varying.includes(key))));
}
