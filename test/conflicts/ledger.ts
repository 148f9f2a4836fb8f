const token = /#\d+#/g;
const tokensIn = (value: unknown): readonly string[] => JSON.stringify([value]).match(token) ?? [];

/**
 * Every text that somebody entered, on either side: each is one of its own, so that it is known again wherever it stands. One is
 * answered for when somebody who saw it entered another, or when a person or a policy decided against it.
 */
export class Ledger {
  readonly #records = new Map<string, string>();
  readonly #answered = new Set<string>();
  #count: number;

  /** Texts are numbered behind `after`. */
  constructor(after: number) {
    this.#count = after;
  }

  newText(): string {
    return `#${String((this.#count += 1))}#`;
  }

  entered(recordId: string, value: unknown): void {
    for (const text of tokensIn(value)) this.#records.set(text, recordId);
  }

  /** It may be lost from now on: somebody saw it and went on, or decided against it. */
  answer(...values: readonly unknown[]): void {
    for (const text of tokensIn(values)) this.#answered.add(text);
  }

  /** What was entered for one record is another's. */
  move(value: unknown, recordId: string): void {
    for (const text of tokensIn(value)) {
      this.#records.set(text, recordId);
      this.#answered.delete(text);
    }
  }

  /** What was entered for the record, is not there, and nobody answers for. */
  lost(recordId: string, now: unknown): readonly string[] {
    const held = new Set(tokensIn(now));
    return [...this.#records]
      .filter(([text, owner]) => owner === recordId && !held.has(text) && !this.#answered.has(text))
      .map(([text]) => text);
  }
}
