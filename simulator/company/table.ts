import { Ref } from "./value.js";
import type { Fields } from "./value.js";

/** How a record is being looked at: as a row of a query, read by its id, or in the answer to what created or changed it. */
export type Way = "query" | "read" | "create" | "update";

/** The JSON of a record, and the version of all names it was written with. */
interface Written {
  readonly bytes: Buffer;
  readonly names: number;
}

/** One record: its own fields, and what other records have done to it. Amounts in cents (an item's balance: hundredths). */
export class Row {
  syncToken = 0;
  /** Seconds since 1970. */
  updatedAt: number;
  /** Moved by transactions: what a customer owes, what an account holds, how many of an item are on hand. */
  balance = 0;
  /** The same, with all records below this one. */
  balanceWithChildren = 0;
  /** How much of this transaction payments have settled, and which payments did, newest first. */
  applied = 0;
  appliedBy: readonly string[] = [];
  /** The one reference to this record that all others share. */
  readonly reference: Ref;
  /** The record as last written, for each way of looking; good until the record or any name changes. */
  written: Partial<Record<Way, Written>> = {};

  constructor(
    readonly entity: string,
    readonly id: string,
    /** Seconds since 1970; never changes. */
    readonly createdAt: number,
    public fields: Fields,
  ) {
    this.updatedAt = createdAt;
    this.reference = new Ref(entity, id);
  }
}

type Key = string | number;

interface Order {
  rows: Row[];
  version: number;
}

/** All records of one entity, with the orders in which they have been asked for. */
export class Table {
  readonly #byId = new Map<string, Row>();
  readonly #orders = new Map<string, Order>();
  /** In the order of their coming; made anew after one has gone. */
  #rows: Row[] | undefined;
  /** Grows with every change, so that an order knows when it is out of date. */
  #version = 0;
  /** Grows only when a record comes or goes. */
  #membership = 0;

  get size(): number {
    return this.#byId.size;
  }

  get rows(): readonly Row[] {
    this.#rows ??= [...this.#byId.values()];
    return this.#rows;
  }

  find(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  add(row: Row): void {
    this.#byId.set(row.id, row);
    this.#rows?.push(row);
    this.#membership += 1;
    this.#version += 1;
  }

  remove(row: Row): void {
    this.#byId.delete(row.id);
    this.#rows = undefined;
    this.#membership += 1;
    this.#version += 1;
  }

  /** To be called after any change to a record: its texts and the orders it stands in are out of date. */
  changed(row: Row): void {
    row.written = {};
    this.#version += 1;
  }

  #missing(from: readonly Row[]): readonly Row[] {
    const known = new Set(from);
    return this.rows.filter((row) => !known.has(row));
  }

  /**
   * The records in ascending order of a key, equal keys by id. The order is kept: after a few changes the next call sorts what is almost
   * sorted already. A key that never changes (the time of creation) is only extended.
   */
  sortedBy(name: string, key: (row: Row) => Key, immutable = false): readonly Row[] {
    const version = immutable ? this.#membership : this.#version;
    const order = this.#orders.get(name) ?? { rows: [], version: -1 };
    if (order.version === version) return order.rows;
    const kept = order.rows.filter((row) => this.#byId.get(row.id) === row);
    const rows = kept.length === this.size ? kept : [...kept, ...this.#missing(kept)];
    rows.sort((a, b) => compare(key(a), key(b)) || Number(a.id) - Number(b.id));
    this.#orders.set(name, { rows, version });
    return rows;
  }
}

export function compare(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
