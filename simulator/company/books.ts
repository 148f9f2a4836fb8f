import { entities, entityNamed } from "../entities/index.js";
import { EditRefused } from "../entities/definition.js";
import type { Application, Context, Entity, Posting } from "../entities/definition.js";
import { creditLinkNote } from "../entities/payment.js";
import { recordBytes } from "./serialise.js";
import type { Names } from "./serialise.js";
import { Row, Table } from "./table.js";
import type { Way } from "./table.js";
import { idOf, listOf, textOf, write } from "./value.js";
import type { Fields, Ref } from "./value.js";

/** When an edit happens: `seconds` since 1970, and that day as YYYY-MM-DD. */
export interface Moment {
  readonly seconds: number;
  readonly today: string;
}

/**
 * A company's records and the rules that keep them coherent: every edit takes its movements back and books the new ones, so that customers,
 * receivables and open transactions agree to the cent after each.
 */
export class Books implements Context, Names {
  readonly #tables = new Map<string, Table>(entities.map(({ name }) => [name, new Table()]));
  readonly #named = new Map<string, Row>();
  readonly #accounts = new Map<string, string>();
  readonly nameOf = (ref: Ref): string | undefined => this.#nameOf(ref);
  #namesVersion = 0;
  #docNumber = 1000;

  constructor(
    readonly homeCurrency: string,
    readonly currencies: readonly string[],
  ) {}

  get version(): number {
    return this.#namesVersion;
  }

  table(entity: string): Table {
    const table = this.#tables.get(entity);
    if (!table)
      throw new EditRefused(`There is no entity ${entity}; there are ${entities.map(({ name }) => name).join(", ")}.`);
    return table;
  }

  find(entity: string, id: string): Row | undefined {
    return this.#tables.get(entity)?.find(id);
  }

  named(entity: string, name: string): Row | undefined {
    return this.#named.get(`${entity}:${name.toLowerCase()}`);
  }

  account(subType: string, currency = this.homeCurrency): string {
    const id = this.#accounts.get(`${subType} ${currency}`);
    if (id === undefined) throw new EditRefused(`The company has no ${subType} account in ${currency}.`);
    return id;
  }

  nextDocNumber(): string {
    this.#docNumber += 1;
    return String(this.#docNumber);
  }

  bytes(row: Row, way: Way): Buffer {
    return recordBytes(this.entity(row.entity), row, way, this);
  }

  entity(name: string): Entity {
    const entity = entityNamed(name);
    if (!entity) throw new EditRefused(`There is no entity ${name}.`);
    return entity;
  }

  insert(entity: Entity, id: string, written: Fields, at: Moment): Row {
    const fields = entity.complete(this, { id, written, before: undefined, today: at.today });
    const row = new Row(entity.name, id, at.seconds, fields);
    this.table(entity.name).add(row);
    this.#register(entity, row, undefined);
    this.#adopt(row);
    this.#book(entity, row, undefined, at);
    return row;
  }

  /** Changes the fields given; one given as undefined is cleared. A change that changes nothing leaves token and time alone (recorded). */
  change(row: Row, written: Fields, at: Moment): void {
    const entity = this.entity(row.entity);
    const before = row.fields;
    const fields = entity.complete(this, {
      id: row.id,
      written: { ...before, ...written },
      before: row,
      today: at.today,
    });
    if (write(fields, () => undefined) === write(before, () => undefined)) return;
    const moved = idOf(before["ParentRef"]) !== idOf(fields["ParentRef"]);
    if (moved) this.#rollUp(row, -row.balanceWithChildren, at);
    row.fields = fields;
    row.syncToken += 1;
    this.#touch(row, at);
    if (moved) this.#adopt(row);
    if (moved) this.#rollUp(row, row.balanceWithChildren, at);
    this.#register(entity, row, before);
    this.#book(entity, row, before, at);
    if (before["FullyQualifiedName"] !== fields["FullyQualifiedName"]) this.#renameChildren(row, at);
  }

  /** Voids a transaction; whatever settled it is free again. */
  void(row: Row, at: Moment): void {
    const entity = this.entity(row.entity);
    if (!entity.voided) throw new EditRefused(`${row.entity} cannot be voided; Invoice, Payment and CreditMemo can.`);
    const token = row.syncToken;
    this.#release(row, at);
    row.syncToken = token;
    this.change(row, entity.voided(row.fields), at);
  }

  /** Deletes a transaction; whatever settled it is free again. Name lists can only be made inactive. */
  remove(row: Row, at: Moment): void {
    const entity = this.entity(row.entity);
    if (entity.sequence !== "transactions")
      throw new EditRefused(`${row.entity} ${row.id} cannot be deleted: deactivate it instead.`);
    this.#release(row, at);
    const before = row.fields;
    row.fields = {};
    this.#book(entity, row, before, at);
    this.table(row.entity).remove(row);
  }

  #nameOf(ref: Ref): string | undefined {
    const field = this.entity(ref.entity).referenceName;
    return field === undefined ? undefined : textOf(this.find(ref.entity, ref.value)?.fields[field]);
  }

  #touch(row: Row, at: Moment): void {
    row.updatedAt = Math.max(row.updatedAt, at.seconds);
    this.table(row.entity).changed(row);
  }

  /** Keeps the indexes by name, and by account subtype, in step with the record. */
  #register(entity: Entity, row: Row, before: Fields | undefined): void {
    const field = entity.referenceName;
    if (field === undefined) return;
    const name = textOf(row.fields[field]) ?? "";
    const old = textOf(before?.[field]);
    if (old === name) return;
    if (old !== undefined) {
      this.#named.delete(`${entity.name}:${old.toLowerCase()}`);
      this.#namesVersion += 1;
    }
    this.#named.set(`${entity.name}:${name.toLowerCase()}`, row);
    if (entity.name === "Account") {
      const key = `${textOf(row.fields["AccountSubType"]) ?? ""} ${idOf(row.fields["CurrencyRef"]) ?? ""}`;
      if (!this.#accounts.has(key)) this.#accounts.set(key, row.id);
    }
  }

  #adopt(row: Row): void {
    const parent = this.find(row.entity, idOf(row.fields["ParentRef"]) ?? "");
    if (parent) parent.hasChildren = true;
  }

  /** The full names of all records below follow; their times move, their tokens do not. */
  #renameChildren(parent: Row, at: Moment): void {
    if (!parent.hasChildren) return;
    const entity = this.entity(parent.entity);
    for (const row of this.table(parent.entity).rows) {
      if (idOf(row.fields["ParentRef"]) !== parent.id) continue;
      const before = row.fields;
      row.fields = entity.complete(this, { id: row.id, written: before, before: row, today: at.today });
      this.#touch(row, at);
      this.#register(entity, row, before);
      this.#renameChildren(row, at);
    }
  }

  /** Books the difference between what the record moved before and what it moves now. */
  #book(entity: Entity, row: Row, before: Fields | undefined, at: Moment): void {
    const after = Object.keys(row.fields).length === 0 ? undefined : row.fields;
    if (entity.postings) {
      const differences = new Map<string, Posting>();
      for (const posting of after ? entity.postings(this, after, row.id) : []) add(differences, posting, 1);
      for (const posting of before ? entity.postings(this, before, row.id) : []) add(differences, posting, -1);
      for (const difference of differences.values()) if (difference.amount !== 0) this.#post(difference, at);
    }
    if (entity.applications)
      this.#settle(row, before ? entity.applications(before) : [], after ? entity.applications(after) : [], at);
  }

  #post({ entity, id, amount }: Posting, at: Moment): void {
    const row = this.find(entity, id);
    if (!row) throw new EditRefused(`There is no ${entity} ${id} to post to.`);
    row.balance += amount;
    row.balanceWithChildren += amount;
    this.#touch(row, at);
    if (entity !== "Item") this.#rollUp(row, amount, at);
  }

  #rollUp(row: Row, amount: number, at: Moment): void {
    const parent = this.find(row.entity, idOf(row.fields["ParentRef"]) ?? "");
    if (!parent) return;
    parent.balanceWithChildren += amount;
    this.#touch(parent, at);
    this.#rollUp(parent, amount, at);
  }

  /** Moves what a payment settles. A transaction whose settlement changed gets a new token and time (recorded). */
  #settle(payment: Row, before: readonly Application[], after: readonly Application[], at: Moment): void {
    const key = ({ entity, id }: Application): string => `${entity} ${id}`;
    for (const application of new Map([...before, ...after].map((each) => [key(each), each])).values()) {
      const held = before.find((each) => key(each) === key(application))?.cents ?? 0;
      const now = after.find((each) => key(each) === key(application));
      const row = this.find(application.entity, application.id);
      if (!row || (held === now?.cents && row.appliedBy.includes(payment.id))) continue;
      row.applied += (now?.cents ?? 0) - held;
      const others = row.appliedBy.filter((id) => id !== payment.id);
      row.appliedBy = now ? [payment.id, ...others] : others;
      row.syncToken += 1;
      this.#touch(row, at);
    }
  }

  /** Frees a transaction from all payments: they keep their amount as unapplied; one that only linked a credit goes. */
  #release(row: Row, at: Moment): void {
    for (const id of row.appliedBy) {
      const payment = this.find("Payment", id);
      if (!payment) continue;
      if (payment.fields["PrivateNote"] === creditLinkNote) this.remove(payment, at);
      else this.change(payment, { Line: listOf(payment.fields["Line"]).filter((line) => !links(line, row)) }, at);
    }
  }
}

function links(line: Fields, row: Row): boolean {
  return listOf(line["LinkedTxn"]).some((link) => link["TxnType"] === row.entity && link["TxnId"] === row.id);
}

function add(differences: Map<string, Posting>, posting: Posting, sign: 1 | -1): void {
  const key = `${posting.entity} ${posting.id}`;
  const amount = (differences.get(key)?.amount ?? 0) + sign * posting.amount;
  differences.set(key, { ...posting, amount });
}
