import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { RecordSlice } from "../../foundation/json.js";
import type { EventSink } from "../../foundation/streams.js";
import type { EntityPlugin, RecordRef } from "../../plugins/plugin.js";
import { compareRecords } from "../conflicts/detect.js";
import { enterMirror } from "../erasure/gate.js";
import { type LeftOut, readLeftOut } from "../erasure/left-out.js";
import { tellChanges } from "./change-feed.js";
import { sourceHash } from "./content.js";
import { changeCounts, resolveFailures } from "./ledger.js";
import { LateEvents } from "./late-events.js";
import { PageWriting } from "./page-writing.js";
import { portionsOf, type PreparedPage, preparePage } from "./prepare-page.js";
import { storeStatements, type StoreStatements } from "./statements.js";
import { lockRows } from "./stored-rows.js";

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
  readonly unreadable?: readonly Unreadable[];
  /** Set for reads by id that settle a doubt: when they began, by the database's clock. */
  readonly settlesFrom?: Date;
  /** Whether somebody made sure that the company is in the life the mirror is of, whatever creation times its records name. */
  readonly isLifeCertain?: boolean;
}

/** A record that QuickBooks itself could not give, by its place in the answer (from 1), and by its id where that was asked for. */
export interface Unreadable {
  readonly id?: string;
  readonly position: number;
  readonly reason: string;
}

/** What a page came to. `reread` names records whose age cannot be told from this answer (I1). */
export interface Saved {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Conflicts that were opened. */
  readonly conflicted: number;
  /** The failures that hold what was refused and why. */
  readonly failureIds: readonly string[];
  readonly reread: readonly string[];
  readonly entails: readonly RecordRef[];
}

/** What a removal came to. */
export interface Removed {
  readonly removed: number;
  /** Conflicts that were opened. */
  readonly conflicted: number;
}

/** Done in the same transaction: checkpoint, counters. What it tells through `events` is told last, in the order of locks. */
export type Alongside<Outcome> = (client: PoolClient, outcome: Outcome, events: EventSink) => Promise<void>;

/** The one way into the mirror. */
export interface Store {
  /** Writes a page and what belongs beside it, or nothing. Throws OtherLife where a record shows that the company may have been reset. */
  save(page: Page, alongside: Alongside<Saved>): Promise<Saved>;
  /**
   * Marks records as gone, or as merged into others, on the evidence that I3 asks for. A merging may become known after the removal.
   * `removed` are those that were not marked so yet.
   */
  remove(
    mirror: MirrorOf,
    plugin: EntityPlugin,
    ids: readonly string[],
    alongside: Alongside<Removed>,
    state?: "DELETED" | "MERGED",
  ): Promise<Removed>;
}

/** Records that are written by one statement: a whole page's text would fill the memory. */
const writtenAtOnce = 200;

const knownRow = z.object({ quickbooks_id: z.string(), source_hash: z.instanceof(Buffer) });

export function createStore(database: Database, streams: EventSink): Store {
  return new PostgresStore(database, streams);
}

class PostgresStore implements Store {
  readonly #database: Database;
  readonly #streams: EventSink;
  readonly #statements = new Map<EntityPlugin, StoreStatements>();

  constructor(database: Database, streams: EventSink) {
    this.#database = database;
    this.#streams = streams;
  }

  async save(page: Page, alongside: Alongside<Saved>): Promise<Saved> {
    for (;;) {
      const leftOut = await readLeftOut(this.#database.pool, page);
      const changed = await this.#changedSlices(page, leftOut);
      const prepared = await preparePage(changed, { ...page, leftOut });
      const unchanged = page.records.length - changed.length;
      const saved = await this.#write(page, prepared, { leftOut, unchanged }, alongside);
      if (saved !== undefined) return saved;
    }
  }

  /** undefined, and nothing is written, where more or less is left out than when the records were prepared. */
  #write(
    page: Page,
    { records, refused }: PreparedPage,
    { leftOut, unchanged }: { readonly leftOut: LeftOut; readonly unchanged: number },
    alongside: Alongside<Saved>,
  ): Promise<Saved | undefined> {
    return this.#database.transaction(async (client) => {
      await enterMirror(client, page.connectionId);
      if ((await readLeftOut(client, page)).mark !== leftOut.mark) return undefined;
      const events = new LateEvents(this.#streams);
      const writing = new PageWriting(client, page, this.#statementsOf(page.plugin), events);
      await writing.begin(records, refused);
      for (const portion of portionsOf(records, writtenAtOnce)) await writing.write(portion);
      const saved = await writing.finish(refused, unchanged);
      await alongside(client, saved, events);
      await events.tell(client);
      return saved;
    });
  }

  async remove(
    { connectionId, epoch }: MirrorOf,
    plugin: EntityPlugin,
    ids: readonly string[],
    alongside: Alongside<Removed>,
    removedAs: "DELETED" | "MERGED" = "DELETED",
  ): Promise<Removed> {
    const statements = this.#statementsOf(plugin);
    return this.#database.transaction(async (client) => {
      await enterMirror(client, connectionId);
      const events = new LateEvents(this.#streams);
      const rows = await lockRows(client, statements, [connectionId, epoch, ids]);
      const present = [...rows.values()].filter(({ state }) => state !== "MERGED" && state !== removedAs);
      const recordIds = present.map(({ id }) => id);
      if (recordIds.length > 0) {
        await client.query(statements.keepVersions, [recordIds, plugin.name]);
        await client.query(statements.remove, [recordIds, removedAs]);
      }
      const mirror = { connectionId, epoch };
      const { conflicted } = await compareRecords(client, { streams: events }, mirror, plugin, recordIds);
      if (recordIds.length > 0) {
        const moves = present.map(({ state }) => ({ from: state, to: removedAs }));
        await changeCounts(client, mirror, plugin.name, moves);
        const gone = present.map(({ id, version }) => ({
          recordId: id,
          kind: "REMOVED" as const,
          version: version + 1,
        }));
        await tellChanges(client, connectionId, plugin.name, gone);
      }
      await resolveFailures(client, mirror, plugin.name, ids);
      const outcome = { removed: present.length, conflicted };
      await alongside(client, outcome, events);
      await events.tell(client);
      return outcome;
    });
  }

  /** Without those whose very bytes are stored already: they need not even be parsed. Unlocked; the guard decides later. */
  async #changedSlices(
    { connectionId, epoch, plugin, records }: Page,
    leftOut: LeftOut,
  ): Promise<(readonly [number, RecordSlice])[]> {
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
      return known === undefined || !known.equals(sourceHash(bytes, plugin, leftOut));
    });
  }

  #statementsOf(plugin: EntityPlugin): StoreStatements {
    const known = this.#statements.get(plugin) ?? storeStatements(plugin);
    this.#statements.set(plugin, known);
    return known;
  }
}
