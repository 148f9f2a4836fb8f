import { DatabaseError, type PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { RecordSlice } from "../../foundation/json.js";
import type { EntityPlugin, RecordRef, RecordState } from "../../plugins/plugin.js";
import { changeCounts, keepFailures, resolveFailures } from "./ledger.js";
import { judge, type StoredGuard, type Verdict } from "./newer.js";
import { isRefused, prepare, type Prepared, type Refused } from "./prepare.js";
import { storeStatements, type StoreStatements } from "./statements.js";
import { sourceHash } from "./content.js";

/** Whose mirror, in which life of the company's data. */
export interface MirrorOf {
  readonly connectionId: string;
  readonly epoch: number;
}

/** Records as they stood in one answer of QuickBooks. */
export interface Page extends MirrorOf {
  readonly plugin: EntityPlugin;
  readonly runId: string;
  readonly records: readonly RecordSlice[];
  /** QuickBooks' own time of the answer. */
  readonly answeredAt: Date;
  /** The request, to name the place of a record without an id. */
  readonly request: string;
  /** Set for reads by id that settle a doubt: when they began, by the database's clock. */
  readonly settlesFrom?: Date;
}

/** What a page came to. `reread` names records whose age cannot be told from this answer (I1). */
export interface Saved {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: readonly Refused[];
  readonly reread: readonly string[];
  readonly entails: readonly RecordRef[];
}

/** Done in the same transaction: checkpoint, counters, events. */
export type Alongside<Outcome> = (client: PoolClient, outcome: Outcome) => Promise<void>;

/** The one way into the mirror. */
export interface Store {
  /** Writes a page and what belongs beside it, or nothing. */
  save(page: Page, alongside: Alongside<Saved>): Promise<Saved>;
  /** Marks records as gone, on the evidence that I3 asks for. Returns how many were there. */
  remove(mirror: MirrorOf, plugin: EntityPlugin, ids: readonly string[], alongside: Alongside<number>): Promise<number>;
}

interface StoredRow extends StoredGuard {
  readonly id: string;
  readonly state: RecordState;
  readonly isStale: boolean;
}

const storedRow = z
  .object({
    id: z.string(),
    quickbooks_id: z.string(),
    sync_token: z.number().nullable(),
    updated_in_quickbooks_at: z.date().nullable(),
    answered_at: z.date().nullable(),
    content_hash: z.instanceof(Buffer),
    state: z.enum(["ACTIVE", "INACTIVE", "VOIDED", "DELETED", "MERGED"]),
    mirrored_at: z.date(),
    stale_since: z.date().nullable(),
  })
  .transform((row): [string, StoredRow] => [
    row.quickbooks_id,
    {
      id: row.id,
      syncToken: row.sync_token,
      updatedAt: row.updated_in_quickbooks_at,
      answeredAt: row.answered_at,
      contentHash: row.content_hash,
      state: row.state,
      isRemoved: row.state === "DELETED" || row.state === "MERGED",
      mirroredAt: row.mirrored_at,
      isStale: row.stale_since !== null,
    },
  ]);
const knownRow = z.object({ quickbooks_id: z.string(), source_hash: z.instanceof(Buffer) });
const insertedRow = z.object({ id: z.string(), quickbooks_id: z.string() });

export function createStore(database: Database): Store {
  return new PostgresStore(database);
}

class PostgresStore implements Store {
  readonly #database: Database;
  readonly #statements = new Map<EntityPlugin, StoreStatements>();

  constructor(database: Database) {
    this.#database = database;
  }

  async save(page: Page, alongside: Alongside<Saved>): Promise<Saved> {
    const changed = await this.#changedSlices(page);
    const prepared = new Map<string, Prepared>();
    const refused: Refused[] = [];
    for (const [position, slice] of changed) {
      const record = prepare(slice, position, page);
      if (isRefused(record)) refused.push(record);
      else prepared.set(record.quickbooksId, record);
    }
    // In order of id, so that two transactions never wait for each other (F14).
    const records = [...prepared.values()].sort((a, b) => (a.quickbooksId < b.quickbooksId ? -1 : 1));
    return this.#database.transaction(async (client) => {
      const writing = new PageWriting(client, page, this.#statementsOf(page.plugin));
      await writing.write(records);
      const saved = await writing.finish(refused, page.records.length - changed.length);
      await alongside(client, saved);
      return saved;
    });
  }

  async remove(
    { connectionId, epoch }: MirrorOf,
    plugin: EntityPlugin,
    ids: readonly string[],
    alongside: Alongside<number>,
  ): Promise<number> {
    const statements = this.#statementsOf(plugin);
    return this.#database.transaction(async (client) => {
      const rows = await lock(client, statements, [connectionId, epoch, ids]);
      const present = [...rows.values()].filter(({ isRemoved }) => !isRemoved);
      const recordIds = present.map(({ id }) => id);
      if (recordIds.length > 0) {
        await client.query(statements.keepVersions, [recordIds, plugin.name]);
        await client.query(statements.remove, [recordIds, "DELETED"]);
        const moves = present.map(({ state }) => ({ from: state, to: "DELETED" as const }));
        await changeCounts(client, connectionId, plugin.name, moves);
      }
      await resolveFailures(client, { connectionId, epoch }, plugin.name, ids);
      await alongside(client, present.length);
      return present.length;
    });
  }

  /** Without those whose very bytes are stored already: they need not even be parsed. Unlocked; the guard decides later. */
  async #changedSlices({ connectionId, epoch, plugin, records }: Page): Promise<(readonly [number, RecordSlice])[]> {
    const ids = records.flatMap(({ id }) => id ?? []);
    const { rows } = await this.#database.pool.query(this.#statementsOf(plugin).known, [connectionId, epoch, ids]);
    const hashes = new Map(
      z
        .array(knownRow)
        .parse(rows)
        .map((row) => [row.quickbooks_id, row.source_hash]),
    );
    return [...records.entries()].filter(([, { id, bytes }]) => {
      const known = id === undefined ? undefined : hashes.get(id);
      return known === undefined || !known.equals(sourceHash(bytes, plugin));
    });
  }

  #statementsOf(plugin: EntityPlugin): StoreStatements {
    const known = this.#statements.get(plugin) ?? storeStatements(plugin);
    this.#statements.set(plugin, known);
    return known;
  }
}

/** A record, the row it was compared with, and what came of it. */
interface Written {
  readonly record: Prepared;
  readonly row?: StoredRow;
  readonly verdict: "CREATE" | Verdict;
}

/** The writing of one page within its transaction. */
class PageWriting {
  readonly #client: PoolClient;
  readonly #page: Page;
  readonly #statements: StoreStatements;
  readonly #written: Written[] = [];
  readonly #refused: Refused[] = [];

  constructor(client: PoolClient, page: Page, statements: StoreStatements) {
    this.#client = client;
    this.#page = page;
    this.#statements = statements;
  }

  /** One record that the database cannot hold must not cost the others: it is searched for by halves, and refused. */
  async write(records: readonly Prepared[]): Promise<void> {
    if (records.length === 0) return;
    await this.#client.query("SAVEPOINT records");
    try {
      const written = await this.#writeAll(records);
      await this.#client.query("RELEASE SAVEPOINT records");
      this.#written.push(...written);
    } catch (error) {
      if (!isDataException(error)) throw error;
      await this.#client.query("ROLLBACK TO SAVEPOINT records");
      const [only, ...others] = records;
      if (only !== undefined && others.length === 0) {
        this.#refused.push(unstorable(only, error));
        return;
      }
      const half = Math.ceil(records.length / 2);
      await this.write(records.slice(0, half));
      await this.write(records.slice(half));
    }
  }

  async finish(refused: readonly Refused[], skipped: number): Promise<Saved> {
    const page = this.#page;
    const entity = page.plugin.name;
    const having = (...verdicts: Written["verdict"][]): Written[] =>
      this.#written.filter(({ verdict }) => verdicts.includes(verdict));
    const ids = (written: readonly Written[]): string[] => written.map(({ record }) => record.quickbooksId);
    const all = onePerRecord([...refused, ...this.#refused]);
    const moves = having("CREATE", "UPDATE").map(({ record, row }) => ({
      ...(row && { from: row.state }),
      to: record.state,
    }));
    await changeCounts(this.#client, page.connectionId, entity, moves);
    const recovered = ids(having("SAME").filter(({ row }) => row?.isStale));
    if (recovered.length > 0) await this.#client.query(this.#statements.clearStale, [...this.#ours, recovered]);
    await resolveFailures(this.#client, page, entity, ids(having("CREATE", "UPDATE", "ADVANCE", "SAME")));
    if (all.length > 0) {
      await this.#client.query(this.#statements.markStale, [
        ...this.#ours,
        all.flatMap(({ quickbooksId }) => quickbooksId ?? []),
      ]);
      await keepFailures(this.#client, page, entity, all);
    }
    return {
      read: page.records.length,
      created: having("CREATE").length,
      updated: having("UPDATE").length,
      unchanged: skipped + having("ADVANCE", "SAME", "OLDER").length,
      refused: all,
      reread: ids(having("REREAD")),
      entails: having("CREATE", "UPDATE").flatMap(({ record }) => record.entails),
    };
  }

  get #ours(): [string, number] {
    return [this.#page.connectionId, this.#page.epoch];
  }

  async #writeAll(records: readonly Prepared[]): Promise<Written[]> {
    const stored = await this.#lock(records);
    const isNew = (record: Prepared): boolean => !stored.has(record.quickbooksId);
    const created = await this.#insert(records.filter(isNew));
    // Somebody else created them between the look and the insert: now they are there to be compared with.
    const late = await this.#lock(records.filter((record) => isNew(record) && !created.has(record.quickbooksId)));
    const written = records.map((record): Written => {
      const row = stored.get(record.quickbooksId) ?? late.get(record.quickbooksId);
      return row === undefined ? { record, verdict: "CREATE" } : { record, row, verdict: judge(record.guard, row) };
    });
    await this.#update(written.filter(({ verdict }) => verdict === "UPDATE"));
    const advanced = written.filter(({ verdict }) => verdict === "ADVANCE").map(({ record }) => record);
    if (advanced.length > 0) await this.#client.query(this.#statements.advance, [...this.#ours, recordset(advanced)]);
    return written;
  }

  async #lock(records: readonly Prepared[]): Promise<ReadonlyMap<string, StoredRow>> {
    const ids = records.map(({ quickbooksId }) => quickbooksId);
    return lock(this.#client, this.#statements, [...this.#ours, ids]);
  }

  async #insert(records: readonly Prepared[]): Promise<ReadonlyMap<string, string>> {
    if (records.length === 0) return new Map();
    const { rows } = await this.#client.query(this.#statements.insert, [...this.#ours, recordset(records)]);
    const created = new Map(
      z
        .array(insertedRow)
        .parse(rows)
        .map((row) => [row.quickbooks_id, row.id]),
    );
    await this.#insertChildren(
      records.filter(({ quickbooksId }) => created.has(quickbooksId)),
      created,
    );
    return created;
  }

  async #update(changes: readonly Written[]): Promise<void> {
    if (changes.length === 0) return;
    const recordIds = new Map(
      changes.flatMap(({ record, row }): [string, string][] => (row ? [[record.quickbooksId, row.id]] : [])),
    );
    const records = changes.map(({ record }) => record);
    const ids = [...recordIds.values()];
    await this.#client.query(this.#statements.keepVersions, [ids, this.#page.plugin.name]);
    await this.#client.query(this.#statements.update, [...this.#ours, recordset(records)]);
    for (const { clear } of this.#statements.children.values()) await this.#client.query(clear, [ids]);
    await this.#insertChildren(records, recordIds);
  }

  async #insertChildren(records: readonly Prepared[], recordIds: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, { insert }] of this.#statements.children) {
      const rows = records.flatMap(({ quickbooksId, children }) =>
        (children[name] ?? []).map((row, position) => ({ ...row, recordId: recordIds.get(quickbooksId), position })),
      );
      if (rows.length > 0) await this.#client.query(insert, [...this.#ours, JSON.stringify(rows)]);
    }
  }
}

/** The payload is spliced in as it came: parsing and printing it again could lose digits. */
function recordset(records: readonly Prepared[]): string {
  const rows = records.map(
    ({ values, row, text }) => `${JSON.stringify({ ...row, ...values }).slice(0, -1)},"raw":${text}}`,
  );
  return `[${rows.join(",")}]`;
}

async function lock(
  client: PoolClient,
  statements: StoreStatements,
  [connectionId, epoch, ids]: readonly [string, number, readonly string[]],
): Promise<ReadonlyMap<string, StoredRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query(statements.lock, [connectionId, epoch, ids]);
  return new Map(z.array(storedRow).parse(rows));
}

/** SQLSTATE class 22: a value that its type cannot hold. */
const isDataException = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.code?.startsWith("22") === true;

const unstorable = (record: Prepared, error: Error): Refused => ({
  quickbooksId: record.quickbooksId,
  position: 0,
  code: "UNSTORABLE_RECORD",
  reason: `PostgreSQL cannot hold a value of this record: ${error.message}.`,
  payload: record.text,
});

/** A record may stand twice in one answer; one failure is kept of it. */
const onePerRecord = (refused: readonly Refused[]): Refused[] => [
  ...new Map(refused.map((record) => [record.quickbooksId ?? `at ${record.position}`, record])).values(),
];
