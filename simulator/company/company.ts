import type { Clock } from "../clock.js";
import { EditRefused } from "../entities/definition.js";
import { generate } from "../generate/generate.js";
import { pacificDate } from "../pacific.js";
import type { Switches } from "../switches.js";
import { adjustment, deactivate, reactivate } from "./activity.js";
import { Books } from "./books.js";
import { Ids } from "./ids.js";
import { fieldsFrom } from "./input.js";
import type { CompanyOptions, Edit, EditKind, EditTiming, ServedRecord } from "./options.js";
import type { Row } from "./table.js";
import { textOf } from "./value.js";

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
  /** Called with every edit, before it can be seen. */
  onEdit: ((edit: Edit) => void) | undefined;
  readonly #clock: Clock;
  readonly #recordTimes: () => Switches["recordTimes"];
  readonly #books: Books;
  readonly #ids = new Ids();
  readonly #edits: Edit[] = [];
  readonly #poisoned = new Set<string>();
  #waiting: Edit[] = [];

  constructor(
    readonly options: CompanyOptions,
    clock: Clock,
    /** How a commit's time becomes whole seconds. */
    recordTimes: () => Switches["recordTimes"] = () => "down",
  ) {
    const seed = options.seed ?? "garden";
    this.#clock = clock;
    this.#recordTimes = recordTimes;
    this.realmId = options.realmId ?? realmFrom(seed);
    this.generatedAt = options.generatedAt ?? clock.now();
    this.#books = new Books(options.homeCurrency ?? "USD", options.currencies ?? []);
    generate(this.#books, this.#ids, {
      ...options,
      seed: String(seed),
      name: options.name ?? "Alder & Finch Gardens",
      endMs: this.generatedAt,
    });
    this.#ids.openForBusiness();
  }

  get name(): string {
    return textOf(this.books.find("CompanyInfo", "1")?.fields["CompanyName"]) ?? "";
  }

  /** All that readers can see now. */
  get books(): Books {
    this.#makeVisible();
    return this.#books;
  }

  get edits(): readonly Edit[] {
    return this.#edits;
  }

  /** Creates a record as a person in QuickBooks would and answers its id. Throws {@link EditRefused}. */
  create(entity: string, fields: Readonly<Record<string, unknown>>, timing?: EditTiming): string {
    const id = this.#ids.next(this.#books.entity(entity));
    this.#submit("create", entity, id, timing, fields);
    return id;
  }

  /** Changes the fields given; null clears one. Lists are replaced whole. */
  change(entity: string, id: string, fields: Readonly<Record<string, unknown>>, timing?: EditTiming): void {
    this.#submit("change", entity, id, timing, fields);
  }

  /**
   * Makes a customer, account or item inactive: it leaves default queries and its name gets ` (deleted)`. What a customer owes is first
   * brought to zero by an adjusting credit memo, or invoice.
   */
  deactivate(entity: string, id: string, timing?: EditTiming): void {
    const row = this.books.find(entity, id);
    const closing = row && adjustment(this.books, row);
    if (closing) this.create(closing.entity, closing.fields, timing);
    this.#submit("deactivate", entity, id, timing);
  }

  reactivate(entity: string, id: string, timing?: EditTiming): void {
    this.#submit("reactivate", entity, id, timing);
  }

  void(entity: string, id: string, timing?: EditTiming): void {
    this.#submit("void", entity, id, timing);
  }

  delete(entity: string, id: string, timing?: EditTiming): void {
    this.#submit("delete", entity, id, timing);
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

  /** From now on any query whose page holds the record fails, as QuickBooks does over a record it stored broken. */
  poison(entity: string, id: string): void {
    this.#poisoned.add(`${entity} ${id}`);
  }

  cure(entity: string, id: string): void {
    this.#poisoned.delete(`${entity} ${id}`);
  }

  isPoisoned(row: Row): boolean {
    return this.#poisoned.size > 0 && this.#poisoned.has(`${row.entity} ${row.id}`);
  }

  /** Does again an edit that was kept from an earlier life of the simulator. */
  replay(edit: Edit): void {
    this.#ids.use(this.#books.entity(edit.entity), edit.id);
    this.#commit(edit);
  }

  #submit(kind: EditKind, entity: string, id: string, timing: EditTiming | undefined, fields?: Edit["fields"]): void {
    const at = this.#clock.now();
    const name = this.#books.entity(entity).name;
    const base = {
      sequence: this.#edits.length + 1,
      at,
      visibleAt: at + (timing?.visibleAfterMs ?? 0),
      kind,
      entity: name,
      id,
    };
    const edit = fields === undefined ? base : { ...base, fields };
    this.#makeVisible();
    this.#commit(edit);
    this.onEdit?.(edit);
  }

  #commit(edit: Edit): void {
    if (edit.visibleAt > this.#clock.now()) this.#waiting.push(edit);
    else this.#apply(edit);
    this.#edits.push(edit);
  }

  #makeVisible(): void {
    if (this.#waiting.length === 0) return;
    const now = this.#clock.now();
    const due = this.#waiting.filter(({ visibleAt }) => visibleAt <= now);
    this.#waiting = this.#waiting.filter(({ visibleAt }) => visibleAt > now);
    for (const edit of due) this.#apply(edit);
  }

  #apply({ kind, entity: name, id, fields, at }: Edit): void {
    const entity = this.#books.entity(name);
    const seconds = this.#recordTimes() === "down" ? Math.floor(at / 1000) : Math.round(at / 1000);
    const moment = { seconds, today: pacificDate(at) };
    if (kind === "create") {
      this.#books.insert(entity, id, fieldsFrom(entity, fields, this.#books), moment);
      return;
    }
    const row = this.#books.find(entity.name, id);
    if (!row) throw new EditRefused(`There is no ${entity.name} ${id}.`);
    if (kind === "change") this.#books.change(row, fieldsFrom(entity, fields, this.#books), moment);
    if (kind === "deactivate") deactivate(this.#books, entity, row, moment);
    if (kind === "reactivate") reactivate(this.#books, entity, row, moment);
    if (kind === "void") this.#books.void(row, moment);
    if (kind === "delete") this.#books.remove(row, moment);
  }
}
