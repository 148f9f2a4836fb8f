import { entities, entityNamed } from "../entities/index.js";
import { EditRefused } from "../entities/definition.js";
import type { Context, Entity } from "../entities/definition.js";
import { recordBytes } from "./serialise.js";
import type { Names } from "./serialise.js";
import { Table } from "./table.js";
import type { Row, Way } from "./table.js";
import { idOf, textOf } from "./value.js";
import type { Fields, Ref } from "./value.js";

/** All records of a company, and the ways to find one: by id, by name, by what it is for. */
export class Records implements Context, Names {
  readonly #tables = new Map<string, Table>(entities.map(({ name }) => [name, new Table()]));
  readonly #named = new Map<string, Row>();
  readonly #accounts = new Map<string, string>();
  readonly nameOf = (ref: Ref): string | undefined => this.#nameOf(ref);
  #namesVersion = 0;
  #docNumber = 1000;
  #addressId = 1000;
  readonly #taken = new Set<string>();

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

  nextAddressId(): string {
    this.#addressId += 1;
    return String(this.#addressId);
  }

  isTaken(name: string): boolean {
    return this.#taken.has(name.toLowerCase());
  }

  /** Has a vendor or employee bear the name, of whom nothing else is known here. */
  take(name: string): void {
    this.#taken.add(name.toLowerCase());
  }

  bytes(row: Row, way: Way): Buffer {
    return recordBytes(this.entity(row.entity), row, way, this);
  }

  entity(name: string): Entity {
    const entity = entityNamed(name);
    if (!entity) throw new EditRefused(`There is no entity ${name}.`);
    return entity;
  }

  #nameOf(ref: Ref): string | undefined {
    const field = this.entity(ref.entity).referenceName;
    return field === undefined ? undefined : textOf(this.find(ref.entity, ref.value)?.fields[field]);
  }

  /** Frees the name of a record that goes. */
  protected unregister(entity: Entity, row: Row): void {
    const name = entity.referenceName === undefined ? undefined : textOf(row.fields[entity.referenceName]);
    if (name !== undefined) this.#named.delete(`${entity.name}:${name.toLowerCase()}`);
  }

  /** Keeps the indexes by name, and by account subtype, in step with the record. */
  protected register(entity: Entity, row: Row, before: Fields | undefined): void {
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
}
