import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Database } from "../../src/foundation/database/database.js";
import { cutRecords } from "../../src/foundation/json.js";
import { columnOf, type Field, type FieldMap } from "../../src/plugins/fields.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { createStore, type Saved, type Store } from "../../src/sync/store/store.js";
import type { Payload } from "../fixtures/payload.js";

export type Row = Readonly<Record<string, unknown>>;

const envelope = z.object({
  id: z.guid(),
  version: z.number(),
  state: z.string(),
  raw: z.record(z.string(), z.unknown()),
  is_stale: z.boolean(),
  updated_in_quickbooks_at: z.date().nullable(),
  row: z.record(z.string(), z.unknown()),
});

/** The mirror of one entity of a company of its own, written by the real store and read by SQL. */
export class Mirror {
  readonly #database: Database;
  readonly #plugin: EntityPlugin;
  readonly #store: Store;
  readonly #of = { connectionId: randomUUID(), epoch: 1 };
  #answers = 0;

  constructor(database: Database, plugin: EntityPlugin) {
    this.#database = database;
    this.#plugin = plugin;
    this.#store = createStore(database, { append: () => Promise.resolve() });
  }

  /** Takes in one answer of QuickBooks, each a second after the one before. */
  save(...payloads: readonly Payload[]): Promise<Saved> {
    return this.saveText(...payloads.map((payload) => JSON.stringify(payload)));
  }

  saveText(...texts: readonly string[]): Promise<Saved> {
    const { name } = this.#plugin;
    const body = Buffer.from(`{"QueryResponse":{"${name}":[${texts.join(",")}]}}`);
    const records = cutRecords(body, new Set([name])).records.get(name) ?? [];
    const answeredAt = new Date(Date.UTC(2026, 10, 1) + ++this.#answers * 1000);
    const page = { ...this.#of, plugin: this.#plugin, runId: randomUUID(), records, answeredAt, request: "a test" };
    return this.#store.save(page, () => Promise.resolve());
  }

  async remove(...ids: readonly string[]): Promise<number> {
    const { removed } = await this.#store.remove(this.#of, this.#plugin, ids, () => Promise.resolve());
    return removed;
  }

  async record(quickbooksId: unknown): Promise<z.infer<typeof envelope> | undefined> {
    const { rows } = await this.#database.pool.query(
      `SELECT t.id, t.version, t.state, t.raw, t.stale_since IS NOT NULL AS is_stale, t.updated_in_quickbooks_at,
         ${asJson(this.#plugin.fields)} AS row
       FROM "${this.#plugin.table}" t WHERE t.connection_id = $1 AND t.quickbooks_id = $2`,
      [this.#of.connectionId, quickbooksId],
    );
    return z.array(envelope).max(1).parse(rows)[0];
  }

  /** The rows of every list of children of a record, in order. */
  async children(recordId: string): Promise<Readonly<Record<string, readonly Row[]>>> {
    const lists = Object.entries(this.#plugin.children).map(async ([name, { table, fields }]) => {
      const { rows } = await this.#database.pool.query(
        `SELECT ${asJson(fields)} AS row FROM "${table}" t WHERE t.record_id = $1 ORDER BY t.position`,
        [recordId],
      );
      const parsed = z.array(z.object({ row: z.record(z.string(), z.unknown()) })).parse(rows);
      return [name, parsed.map(({ row }) => row)] as const;
    });
    return Object.fromEntries(await Promise.all(lists));
  }

  async failures(): Promise<readonly Row[]> {
    const sql =
      "SELECT quickbooks_id, code, reason, status FROM record_failures WHERE connection_id = $1 ORDER BY quickbooks_id";
    const { rows } = await this.#database.pool.query(sql, [this.#of.connectionId]);
    return z.array(z.record(z.string(), z.unknown())).parse(rows);
  }

  /** The maintained totals that are not zero. */
  async counts(): Promise<Row> {
    const sql = "SELECT state, records FROM mirror_counts WHERE connection_id = $1 AND records <> 0";
    const { rows } = await this.#database.pool.query(sql, [this.#of.connectionId]);
    const counts = z.array(z.object({ state: z.string(), records: z.number() })).parse(rows);
    return Object.fromEntries(counts.map(({ state, records }) => [state, records]));
  }
}

/** SQL of a JSON object of the stored fields, written as mappers write them. */
function asJson(fields: FieldMap): string {
  const stored = Object.entries(fields).filter(([, field]) => field.stored);
  return `jsonb_build_object(${stored.map(([name, field]) => `'${name}', ${valueOf(name, field)}`).join(", ")})`;
}

function valueOf(name: string, field: Field): string {
  const column = `t."${columnOf(name, field)}"`;
  return field.kind === "MONEY" || field.kind === "DECIMAL" ? `trim_scale(${column})::text` : column;
}
