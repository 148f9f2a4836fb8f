import type { Entity } from "../entities/definition.js";

/** New accounts of a company in use get ids from here on (recorded in 2026). */
const laterAccountIds = 1_150_040_000;

/** Where a company's ids come from: all transactions share one sequence, customers, accounts and items have their own. */
export class Ids {
  readonly #last = { transactions: 0, names: 0, accounts: 0, items: 0 };

  next({ sequence }: Entity): string {
    if (sequence === "single") return "1";
    this.#last[sequence] += 1;
    return String(this.#last[sequence]);
  }

  /** Makes sure that an id in use is not given again. */
  use({ sequence }: Entity, id: string): void {
    if (sequence === "single") return;
    this.#last[sequence] = Math.max(this.#last[sequence], Number(id));
  }

  /** Ends the ids of a company's beginnings. */
  openForBusiness(): void {
    this.#last.accounts = laterAccountIds - 1;
  }
}
