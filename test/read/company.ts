import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { encodeId } from "../../src/schema/relay.js";

export type Values = Readonly<Record<string, unknown>>;
type Known = Values & { readonly id?: string; readonly organization_id?: string };

/** The instant at which every question of these tests is asked: five in the morning in Los Angeles. */
export const now = new Date("2026-03-15T12:00:00Z");

/** A connected company of an organization of its own, unless told otherwise. */
export interface Company {
  readonly organizationId: string;
  readonly id: string;
  readonly globalId: string;
  /** Inserts a record; what every table needs and is not given is made up. Returns our id. */
  insert(table: string, values: Known): Promise<string>;
  /** Inserts child rows, in order. */
  insertChildren(table: string, recordId: string, rows: readonly Values[]): Promise<void>;
}

export async function addCompany(
  pool: Pool,
  { organization_id: organizationId = randomUUID(), ...values }: Known,
): Promise<Company> {
  const id = randomUUID();
  await insertRow(pool, "connections", {
    id,
    organization_id: organizationId,
    environment: "SIMULATOR",
    realm_id: "sealed",
    realm_lookup: id,
    home_currency: "USD",
    time_zone: "America/Los_Angeles",
    status: "CONNECTED",
    entities: [],
    connected_at: now,
    created_at: now,
    ...values,
  });
  const own = { connection_id: id, epoch: 1 };
  return {
    organizationId,
    id,
    globalId: encodeId("ConnectedCompany", id),
    async insert(table, { id: recordId = randomUUID(), ...record }) {
      await insertRow(pool, table, {
        id: recordId,
        ...own,
        sync_token: 0,
        state: "ACTIVE",
        mirrored_at: now,
        version: 1,
        content_hash: Buffer.alloc(32),
        source_hash: Buffer.alloc(32),
        raw: "{}",
        ...record,
      });
      return recordId;
    },
    async insertChildren(table, recordId, rows) {
      for (const [position, child] of rows.entries()) {
        await insertRow(pool, table, { record_id: recordId, ...own, position, ...child });
      }
    },
  };
}

async function insertRow(pool: Pool, table: string, values: Values): Promise<void> {
  const columns = Object.keys(values);
  const places = columns.map((_, index) => `$${index + 1}`).join(", ");
  await pool.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`, Object.values(values));
}
