import { EditRefused } from "../entities/definition.js";
import type { Application, Entity, Posting } from "../entities/definition.js";
import { creditLinkNote, linesWithout } from "../entities/payment.js";
import { Records } from "./records.js";
import { Row } from "./table.js";
import { Tombstones } from "./tombstones.js";
import { idOf, isSame } from "./value.js";
import type { Fields } from "./value.js";

/** When an edit happens: `seconds` since 1970, and that day as YYYY-MM-DD. */
export interface Moment {
  readonly seconds: number;
  readonly today: string;
}

/**
 * The rules that keep a company's records coherent: every edit takes its movements back and books the new ones, so that customers,
 * receivables and open transactions agree to the cent after each.
 */
export class Books extends Records {
  readonly tombstones = new Tombstones();
  /** Called for every record whose token an edit moves or that it takes away. */
  onTouch: ((row: Row, operation: "Update" | "Delete") => void) | undefined;
  readonly #children = new Map<Row, Set<Row>>();

  insert(entity: Entity, id: string, written: Fields, at: Moment): Row {
    const fields = entity.complete(this, { id, written, before: undefined, today: at.today });
    const row = new Row(entity.name, id, at.seconds, fields);
    this.table(entity.name).add(row);
    this.register(entity, row, undefined);
    this.#adopt(row);
    this.#book(entity, row, undefined, fields, at);
    return row;
  }

  /**
   * Changes the fields given; one given as undefined is cleared. A whole change also clears what is not given and may be.
   * A change that changes nothing leaves token and time alone (recorded).
   */
  change(row: Row, written: Fields, at: Moment, isWhole = false): void {
    const entity = this.entity(row.entity);
    const before = row.fields;
    const left = isWhole ? keptOf(entity, before) : before;
    const fields = entity.complete(this, {
      id: row.id,
      written: { ...left, ...written },
      before: row,
      today: at.today,
    });
    if (isSame(fields, before)) return;
    const moved = idOf(before["ParentRef"]) !== idOf(fields["ParentRef"]);
    if (moved) this.#rollUp(row, -row.balanceWithChildren, at);
    row.fields = fields;
    this.#advance(row, at);
    if (moved) this.#adopt(row);
    if (moved) this.#rollUp(row, row.balanceWithChildren, at);
    this.register(entity, row, before);
    this.#book(entity, row, before, fields, at);
    if (before["FullyQualifiedName"] !== fields["FullyQualifiedName"]) this.#renameChildren(row, at);
  }

  /** Voids a transaction; whatever settled it is free again. */
  void(row: Row, at: Moment): void {
    const entity = this.entity(row.entity);
    if (!entity.voided) throw new EditRefused(`${row.entity} cannot be voided; Invoice, Payment and CreditMemo can.`);
    if (entity.isVoided?.(row.fields) === true) throw new EditRefused(`${row.entity} ${row.id} is voided already.`);
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
    this.#book(entity, row, row.fields, undefined, at);
    this.#bury(row, at);
  }

  /** Takes a record away that nothing refers to any more, as a merge does with one of a name list. */
  forget(row: Row, at: Moment): void {
    this.unregister(this.entity(row.entity), row);
    for (const rows of this.#children.values()) rows.delete(row);
    this.#bury(row, at);
  }

  /** Gives a record other fields without anyone editing it: balances follow, its token and time stay. */
  replace(row: Row, fields: Fields, at: Moment): void {
    const before = row.fields;
    row.fields = fields;
    this.table(row.entity).changed(row);
    this.#book(this.entity(row.entity), row, before, fields, at);
  }

  #bury(row: Row, at: Moment): void {
    this.table(row.entity).remove(row);
    this.tombstones.add({ entity: row.entity, id: row.id, deletedAt: at.seconds });
    this.onTouch?.(row, "Delete");
  }

  #advance(row: Row, at: Moment): void {
    row.syncToken += 1;
    this.#touch(row, at);
    this.onTouch?.(row, "Update");
  }

  #touch(row: Row, at: Moment): void {
    row.updatedAt = Math.max(row.updatedAt, at.seconds);
    this.table(row.entity).changed(row);
  }

  /** Remembers whose child a record is, or once was. */
  #adopt(row: Row): void {
    const parent = this.find(row.entity, idOf(row.fields["ParentRef"]) ?? "");
    if (parent) this.#children.set(parent, (this.#children.get(parent) ?? new Set()).add(row));
  }

  /** The full names of all records below follow; their times move, their tokens do not. */
  #renameChildren(parent: Row, at: Moment): void {
    const entity = this.entity(parent.entity);
    for (const row of this.#children.get(parent) ?? []) {
      if (idOf(row.fields["ParentRef"]) !== parent.id) continue;
      const before = row.fields;
      row.fields = entity.complete(this, { id: row.id, written: before, before: row, today: at.today });
      this.#touch(row, at);
      this.register(entity, row, before);
      this.#renameChildren(row, at);
    }
  }

  /** Books the difference between what the record moved before and what it moves now; undefined: it did not exist, or does no more. */
  #book(entity: Entity, row: Row, before: Fields | undefined, after: Fields | undefined, at: Moment): void {
    const { postings, applications } = entity;
    if (postings) {
      const differences = new Map<string, Posting>();
      for (const posting of after ? postings(this, after, row.id) : []) add(differences, posting, 1);
      for (const posting of before ? postings(this, before, row.id) : []) add(differences, posting, -1);
      for (const difference of differences.values()) if (difference.amount !== 0) this.#post(difference, at);
    }
    if (applications) this.#settle(row, before ? applications(before) : [], after ? applications(after) : [], at);
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
      this.#advance(row, at);
    }
  }

  /** Frees a transaction from all payments: they keep their amount as unapplied; one that only linked a credit goes. */
  #release(row: Row, at: Moment): void {
    for (const id of row.appliedBy) {
      const payment = this.find("Payment", id);
      if (!payment) continue;
      if (payment.fields["PrivateNote"] === creditLinkNote) this.remove(payment, at);
      else this.change(payment, { Line: linesWithout(payment.fields, row.entity, row.id) }, at);
    }
  }
}

/** What a full update leaves of a record when it names nothing. */
function keptOf(entity: Entity, fields: Fields): Fields {
  const cleared = new Set(entity.fields.filter((field) => field.writable && !field.kept).map(({ name }) => name));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !cleared.has(name)));
}

function add(differences: Map<string, Posting>, posting: Posting, sign: 1 | -1): void {
  const key = `${posting.entity} ${posting.id}`;
  const amount = (differences.get(key)?.amount ?? 0) + sign * posting.amount;
  differences.set(key, { ...posting, amount });
}
