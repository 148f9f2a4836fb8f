import { recordTime } from "../pacific.js";
import type { Row, Way } from "../company/table.js";
import type { Fields, Value } from "../company/value.js";

export { EditRefused } from "./refused.js";

/** How a field is compared in a query. */
export type Kind = "id" | "text" | "number" | "boolean" | "date" | "time" | "reference";

/** One field, declared in the order in which QuickBooks serves it. */
export interface Field {
  readonly name: string;
  /** Who can write it: anyone, or people only (an app that sends it is not heard). */
  readonly writable?: true | "people";
  /** A full update that omits it leaves it as it is; any other writable field it clears. */
  readonly kept?: true;
  /** How it compares in a query; without a kind it can be neither filtered nor sorted. */
  readonly kind?: Kind;
  readonly filter?: true;
  readonly sort?: true;
  /** Served only when the record is looked at in one of these ways. */
  readonly ways?: readonly Way[];
  /** What is served, when that is not simply the field as stored. */
  readonly shown?: (row: Row) => Value | undefined;
}

/** A movement caused by a transaction: cents for customers and accounts, hundredths for an item's quantity. */
export interface Posting {
  readonly entity: "Customer" | "Account" | "Item";
  readonly id: string;
  readonly amount: number;
}

/** An amount with which a payment settles a transaction. */
export interface Application {
  readonly entity: string;
  readonly id: string;
  readonly cents: number;
}

/** What an entity may know of the company it is in. */
export interface Context {
  readonly homeCurrency: string;
  /** The foreign currencies in use; none when multicurrency is off. */
  readonly currencies: readonly string[];
  find(entity: string, id: string): Row | undefined;
  /** The id of the account with that subtype and currency (the home currency when absent); error when the company has none. */
  account(subType: string, currency?: string): string;
  /** The record of that entity that bears the name, compared as QuickBooks does (case does not count). */
  named(entity: string, name: string): Row | undefined;
  /** Whether a vendor or employee bears the name: a customer cannot. */
  isTaken(name: string): boolean;
  /** An id for an address that has none yet. */
  nextAddressId(): string;
  nextDocNumber(): string;
}

/** What is being completed: `id` of the record, `before` when it exists already, `today` as YYYY-MM-DD. */
export interface Draft {
  readonly id: string;
  readonly written: Fields;
  readonly before: Row | undefined;
  readonly today: string;
}

/** One entity of QuickBooks: what differs between entities, and nothing else. */
export interface Entity {
  readonly name: string;
  /** The sequence its ids are taken from: all transactions share one. */
  readonly sequence: "transactions" | "names" | "accounts" | "items" | "single";
  readonly fields: readonly Field[];
  /** Name lists: the field that carries the name, and the one that carries it with its parents. They can be made inactive, never deleted. */
  readonly nameField?: "DisplayName" | "Name";
  /** The name other records refer to it by. */
  readonly referenceName?: "DisplayName" | "FullyQualifiedName" | "Name";
  /** Whether a page of query rows carries `totalCount`. */
  readonly totalCount: boolean;
  readonly defaultOrder: { readonly property: string; readonly descending: boolean };
  /** Checks what was written and adds everything QuickBooks would add. Throws {@link EditRefused}. */
  readonly complete: (context: Context, draft: Draft) => Fields;
  /** The balances the record moves. */
  readonly postings?: (context: Context, fields: Fields, id: string) => readonly Posting[];
  /** Payments: what they settle. */
  readonly applications?: (fields: Fields) => readonly Application[];
  /** The most characters QuickBooks stores, by the path of the text; lists do not count in it. */
  readonly lengths?: Readonly<Record<string, number>>;
  /** How an app voids it: by an operation of its own, or as an update that includes it (Invoice and Payment references). */
  readonly voidedBy?: "operation" | "include";
  /** Transactions that can be voided: what is left of them. */
  readonly voided?: (fields: Fields) => Fields;
  readonly isVoided?: (fields: Fields) => boolean;
}

function metaData(row: Row): Fields {
  return { CreateTime: recordTime(row.createdAt), LastUpdatedTime: recordTime(row.updatedAt) };
}

/** The fields every record carries, in their usual order. */
export const identity: readonly Field[] = [
  { name: "domain", shown: () => "QBO" },
  { name: "sparse", shown: () => false },
  { name: "Id", kind: "id", filter: true, sort: true, shown: (row) => row.id },
  { name: "SyncToken", shown: (row) => String(row.syncToken) },
  { name: "MetaData", shown: metaData },
];

/** Fields that can be written and not queried. */
export function writable(...names: string[]): readonly Field[] {
  return names.map((name) => ({ name, writable: true }));
}

/** The same, and a full update that omits them leaves them. */
export function kept(...names: string[]): readonly Field[] {
  return names.map((name) => ({ name, writable: true, kept: true }));
}
