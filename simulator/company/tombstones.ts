/** What is left of a deleted record. */
export interface Tombstone {
  readonly entity: string;
  readonly id: string;
  /** When it was deleted, seconds since 1970. */
  readonly deletedAt: number;
}

/** What is left of all deleted records of a company. */
export class Tombstones {
  readonly #byEntity = new Map<string, Tombstone[]>();

  add(tombstone: Tombstone): void {
    const known = this.#byEntity.get(tombstone.entity);
    if (known) known.push(tombstone);
    else this.#byEntity.set(tombstone.entity, [tombstone]);
  }

  /** Those of the entity from that second on, the earliest first. A late commit may have come after others with a later time. */
  since(entity: string, seconds: number): readonly Tombstone[] {
    const found = (this.#byEntity.get(entity) ?? []).filter(({ deletedAt }) => deletedAt >= seconds);
    return found.sort((a, b) => a.deletedAt - b.deletedAt);
  }
}
