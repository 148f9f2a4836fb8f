/** One request to the OAuth or API endpoints. Secrets are never in it. */
export interface RequestLogEntry {
  readonly sequence: number;
  /** The machine's clock, milliseconds since 1970, and how long the answer took. */
  readonly at: number;
  readonly durationMs: number;
  readonly method: string;
  readonly path: string;
  /** The statement of a query, or the parameters of a call for changes; decoded. */
  readonly query?: string;
  readonly realmId?: string;
  /** 0 when the connection was dropped. */
  readonly status: number;
  readonly rows: number;
  readonly bytes: number;
}

const longest = 20_000;

/** The latest requests, oldest first. */
export class RequestLog {
  #entries: RequestLogEntry[] = [];
  #sequence = 0;

  get entries(): readonly RequestLogEntry[] {
    return this.#entries;
  }

  /** How many requests there have been, those no longer kept included. */
  get total(): number {
    return this.#sequence;
  }

  add(entry: Omit<RequestLogEntry, "sequence">): void {
    this.#sequence += 1;
    this.#entries.push({ sequence: this.#sequence, ...entry });
    if (this.#entries.length > longest) this.#entries = this.#entries.slice(longest / 2);
  }

  clear(): void {
    this.#entries = [];
  }
}
