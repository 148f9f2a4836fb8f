import { DatabaseError, type PoolClient } from "pg";
import { z } from "zod";
import type { EventSink } from "../../foundation/streams.js";
import { compareRecords } from "../conflicts/detect.js";
import { tellChanges, type RecordChange } from "./change-feed.js";
import { changeCounts, keepFailures, resolveFailures } from "./ledger.js";
import { judge, type Verdict } from "./newer.js";
import { isOtherBirth } from "./other-life.js";
import type { Prepared, Refused } from "./prepare.js";
import { unstorable } from "./unstorable.js";
import type { StoreStatements } from "./statements.js";
import type { Page, Saved } from "./store.js";
import { lockRows, type StoredRow } from "./stored-rows.js";

const insertedRow = z.object({ id: z.string(), quickbooks_id: z.string() });

/** A record, the row it was compared with, and what came of it. */
interface Written {
  readonly record: Prepared;
  readonly recordId: string | undefined;
  readonly row?: StoredRow;
  readonly verdict: "CREATE" | Verdict;
}

/** The writing of one page within its transaction. */
export class PageWriting {
  readonly #client: PoolClient;
  readonly #page: Page;
  readonly #statements: StoreStatements;
  readonly #events: EventSink;
  readonly #written: Written[] = [];
  readonly #refused: Refused[] = [];

  constructor(client: PoolClient, page: Page, statements: StoreStatements, events: EventSink) {
    this.#client = client;
    this.#page = page;
    this.#statements = statements;
    this.#events = events;
  }

  /** The rows of what is refused are marked last of all: they are locked with the others, before what comes behind records (F14). */
  async begin(records: readonly Prepared[], refused: readonly Refused[]): Promise<void> {
    if (refused.length === 0) return;
    const ids = [...records, ...refused].flatMap(({ quickbooksId }) => quickbooksId ?? []);
    await lockRows(this.#client, this.#statements, [...this.#ours, ids]);
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
    const updatedIds = having("UPDATE").flatMap(({ recordId }) => recordId ?? []);
    const compared = await compareRecords(this.#client, { streams: this.#events }, page, page.plugin, updatedIds);
    const moves = having("CREATE", "UPDATE").map(({ record, row }) => ({
      ...(row && { from: row.state }),
      to: record.state,
    }));
    await changeCounts(this.#client, page, entity, moves);
    await tellChanges(this.#client, page.connectionId, entity, having("CREATE", "UPDATE").flatMap(changeOf));
    const recovered = ids(having("SAME").filter(({ row }) => row?.isStale));
    if (recovered.length > 0) await this.#client.query(this.#statements.clearStale, [...this.#ours, recovered]);
    await resolveFailures(this.#client, page, entity, ids(having("CREATE", "UPDATE", "ADVANCE", "SAME")));
    const failureIds = await this.#keepFailures(all);
    return {
      read: page.records.length,
      created: having("CREATE").length,
      updated: having("UPDATE").length,
      unchanged: skipped + having("ADVANCE", "SAME", "OLDER").length,
      refused: failureIds.length,
      conflicted: compared.conflicted,
      failureIds,
      reread: ids(having("REREAD")),
      entails: having("CREATE", "UPDATE").flatMap(({ record }) => record.entails),
    };
  }

  async #keepFailures(refused: readonly Refused[]): Promise<string[]> {
    if (refused.length === 0) return [];
    const ids = refused.flatMap(({ quickbooksId }) => quickbooksId ?? []);
    await this.#client.query(this.#statements.markStale, [...this.#ours, ids]);
    return keepFailures(this.#client, this.#page, this.#page.plugin.name, refused);
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
      if (row === undefined) return { record, recordId: created.get(record.quickbooksId), verdict: "CREATE" };
      return { record, recordId: row.id, row, verdict: this.#verdictOn(record, row) };
    });
    await this.#update(written.filter(({ verdict }) => verdict === "UPDATE"));
    const advanced = written.filter(({ verdict }) => verdict === "ADVANCE").map(({ record }) => record);
    if (advanced.length > 0) await this.#client.query(this.#statements.advance, [...this.#ours, recordset(advanced)]);
    return written;
  }

  #verdictOn(record: Prepared, row: StoredRow): Verdict {
    const isOther = isOtherBirth(this.#page, record, row);
    const verdict = judge(record.guard, row);
    // Another creation time is taken over as well, so that it is not met again.
    return isOther && verdict === "SAME" && !row.isRemoved ? "ADVANCE" : verdict;
  }

  async #lock(records: readonly Prepared[]): Promise<ReadonlyMap<string, StoredRow>> {
    const ids = records.map(({ quickbooksId }) => quickbooksId);
    return lockRows(this.#client, this.#statements, [...this.#ours, ids]);
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

/** SQLSTATE class 22: a value that its type cannot hold. */
const isDataException = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.code?.startsWith("22") === true;

/** A record may stand twice in one answer; one failure is kept of it. */
const onePerRecord = (refused: readonly Refused[]): Refused[] => [
  ...new Map(refused.map((record) => [record.quickbooksId ?? `at ${record.position}`, record])).values(),
];

function changeOf({ recordId, row }: Written): RecordChange[] {
  if (recordId === undefined) return [];
  return [{ recordId, kind: row === undefined ? "CREATED" : "UPDATED", version: (row?.version ?? 0) + 1 }];
}
