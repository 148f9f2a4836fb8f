import type { Clock } from "../clock.js";
import { generate } from "../generate/generate.js";
import { pacificDate } from "../pacific.js";
import { defaultSwitches } from "../switches.js";
import type { Switches } from "../switches.js";
import { adjustment } from "./activity.js";
import { Books } from "./books.js";
import { Ids } from "./ids.js";
import { Journal } from "./journal.js";
import { Touched, ownNotice } from "./notices.js";
import type { Notice } from "./notices.js";
import type { CompanyOptions, Edit, EditDraft, EditTiming, ServedRecord } from "./options.js";
import { perform } from "./perform.js";
import type { Row } from "./table.js";
import { textOf } from "./value.js";

const defaultSeed = "garden";

function realmFrom(seed: string | number): string {
  let number = 7;
  for (const character of String(seed)) number = (number * 31 + (character.codePointAt(0) ?? 0)) % 1_000_000_000;
  return `9130${String(number).padStart(12, "0")}`;
}

function* served(books: Books, rows: readonly Row[]): Generator<ServedRecord> {
  for (const row of rows) yield { id: row.id, text: books.bytes(row, "query").toString() };
}

/** One QuickBooks company, and a person working in it. */
export class Company {
  readonly realmId: string;
  readonly generatedAt: number;
  /** Called with every edit. */
  onEdit: ((edit: Edit) => void) | undefined;
  /** Called with what QuickBooks tells apps about an edit: of one made visible late, what it did to its own record is told at once. */
  onNotices: ((notices: readonly Notice[]) => void) | undefined;
  readonly #switches: Switches;
  readonly #journal: Journal;
  readonly #poisoned = new Set<string>();
  #ids = new Ids();
  #books: Books;
  #resetAt: number | undefined;

  constructor(
    readonly options: CompanyOptions,
    clock: Clock,
    switches: Switches = { ...defaultSwitches },
  ) {
    this.realmId = options.realmId ?? realmFrom(options.seed ?? defaultSeed);
    this.generatedAt = options.generatedAt ?? clock.now();
    this.#switches = switches;
    this.#journal = new Journal(clock, (edit) => {
      this.#apply(edit);
    });
    this.#books = this.#begin(options.name ?? "Alder & Finch Gardens", this.generatedAt, options);
  }

  get name(): string {
    return textOf(this.books.find("CompanyInfo", "1")?.fields["CompanyName"]) ?? "";
  }

  /** All that readers can see now. */
  get books(): Books {
    this.#journal.makeVisible();
    return this.#books;
  }

  /** When the company was last reset, milliseconds since 1970. */
  get resetAt(): number | undefined {
    return this.#resetAt;
  }

  get edits(): readonly Edit[] {
    return this.#journal.edits;
  }

  /** Creates a record as a person in QuickBooks would and answers its id. Throws {@link EditRefused}. */
  create(entity: string, fields: Readonly<Record<string, unknown>>, timing?: EditTiming): string {
    const id = this.#ids.next(this.#books.entity(entity));
    this.submit({ kind: "create", entity, id, fields }, timing);
    return id;
  }

  /** Changes the fields given; null clears one. Lists are replaced whole. */
  change(entity: string, id: string, fields: Readonly<Record<string, unknown>>, timing?: EditTiming): void {
    this.submit({ kind: "change", entity, id, fields }, timing);
  }

  /**
   * Makes a customer, account or item inactive: it leaves default queries and its name gets ` (deleted)`. What a customer owes is first
   * brought to zero by an adjusting credit memo, or invoice.
   */
  deactivate(
    entity: string,
    id: string,
    timing?: EditTiming,
    beside: Pick<EditDraft, "fields" | "isWhole"> = {},
  ): void {
    const row = this.books.find(entity, id);
    const closing = row && adjustment(this.books, row);
    if (closing) this.create(closing.entity, closing.fields, timing);
    this.submit({ kind: "deactivate", entity, id, ...beside }, timing);
  }

  reactivate(entity: string, id: string, timing?: EditTiming): void {
    this.submit({ kind: "reactivate", entity, id }, timing);
  }

  void(entity: string, id: string, timing?: EditTiming): void {
    this.submit({ kind: "void", entity, id }, timing);
  }

  delete(entity: string, id: string, timing?: EditTiming): void {
    this.submit({ kind: "delete", entity, id }, timing);
  }

  /** Merges a customer into another, as giving both one name does. What becomes of it is a switch. */
  merge(entity: string, id: string, into: string, timing?: EditTiming): void {
    this.submit({ kind: "merge", entity, id, into }, timing);
  }

  /** Clears all data, as QuickBooks offers to do within a company's first weeks: a new life begins, with ids from 1. */
  reset(): void {
    this.submit({ kind: "reset", entity: "CompanyInfo", id: "1" });
  }

  /** Every record of the entity, inactive ones too, as a query serves it, in the order of creation. */
  records(entity: string): Iterable<ServedRecord> {
    const { books } = this;
    return served(books, books.table(entity).rows);
  }

  record(entity: string, id: string): ServedRecord | undefined {
    const { books } = this;
    const row = books.table(entity).find(id);
    return row && { id, text: books.bytes(row, "query").toString() };
  }

  /** How many records of the entity there are, inactive ones included. */
  count(entity: string): number {
    return this.books.table(entity).size;
  }

  /** From now on any query or call for changes whose answer holds the record fails, as QuickBooks does over a record it stored broken. */
  poison(entity: string, id: string): void {
    this.#poisoned.add(`${entity} ${id}`);
  }

  cure(entity: string, id: string): void {
    this.#poisoned.delete(`${entity} ${id}`);
  }

  isPoisoned(row: Row): boolean {
    return this.#poisoned.size > 0 && this.#poisoned.has(`${row.entity} ${row.id}`);
  }

  /** Makes an edit of any kind. Throws {@link EditRefused}. */
  submit(draft: EditDraft, timing?: EditTiming): void {
    const edit = this.#journal.make({ ...draft, entity: this.#books.entity(draft.entity).name }, timing);
    this.onEdit?.(edit);
    const own = ownNotice(this.realmId, edit, this.#switches);
    if (own && this.#journal.isWaiting(edit)) this.onNotices?.([own]);
  }

  /** Has a vendor or employee bear the name: no customer can be given it then. */
  takeName(name: string): void {
    this.#books.take(name);
  }

  /** Does again an edit that was kept from an earlier life of the simulator. */
  replay(edit: Edit): void {
    if (edit.kind !== "reset") this.#ids.use(this.#books.entity(edit.entity), edit.id);
    this.#journal.replay(edit);
  }

  /** A company as it is on its first day, with a history if a size says so. */
  #begin(name: string, endMs: number, options: CompanyOptions): Books {
    const books = new Books(options.homeCurrency ?? "USD", options.currencies ?? []);
    this.#ids = new Ids();
    generate(books, this.#ids, { ...options, seed: String(options.seed ?? defaultSeed), name, endMs });
    this.#ids.openForBusiness();
    return books;
  }

  #apply(edit: Edit): void {
    const { at } = edit;
    if (edit.kind === "reset") {
      this.#books = this.#begin(this.name, at, { ...this.options, size: 0, years: 0 });
      this.#poisoned.clear();
      this.#resetAt = at;
      return;
    }
    const isDown = this.#switches.recordTimes === "down";
    const moment = { seconds: isDown ? Math.floor(at / 1000) : Math.round(at / 1000), today: pacificDate(at) };
    const touched = new Touched();
    this.#books.onTouch = touched.note;
    perform(this.#books, edit, moment, this.#switches);
    this.onNotices?.(touched.notices(this.realmId, edit, this.#switches));
  }
}
