import type { RequestKind } from "./writes/kind.js";

export const faultKinds = [
  "401",
  "403-3100",
  "429",
  "500",
  "502",
  "503",
  "504",
  /** Someone else was faster. */
  "5010",
  /** The company was reset. */
  "10200",
  /** The company's subscription has ended: it can be read, and no more. */
  "6190",
  "200-fault",
  "200-empty",
  "malformed",
  /** The connection ends before anything is done. */
  "drop",
  /** Everything is done, then the connection ends: the answer is lost. */
  "drop-after",
  /** Everything is done, and the answer says that something failed. */
  "500-after",
  "504-after",
  /** Nothing but the delay: before anything is done, or after everything. */
  "delay",
  "delay-after",
  /** Nothing until it is released: before anything is done, or after everything. */
  "hold",
  "hold-after",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Something to go wrong with requests to come. What is absent matches everything; text matches as a part, in any case. */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly path?: string;
  /** A part of the statement of a query, or of the parameters of a call for changes. */
  readonly query?: string;
  /** The entity queried or read, or one of those whose changes are asked for. */
  readonly entity?: string;
  readonly realmId?: string;
  /** What the request does. */
  readonly operation?: RequestKind | "write";
  /** Meets single items of batches, not requests: of the kinds that are faults of the service. */
  readonly isInBatch?: true;
  /** How many matching requests pass before it begins (default 0), and how many it then meets (default 1). */
  readonly after?: number;
  readonly times?: number;
  readonly delayMs?: number;
}

/** The traits by which a request is matched. */
export interface Target {
  readonly path: string;
  readonly query: string;
  readonly entities: readonly string[];
  readonly realmId: string;
  /** Undefined where nothing of a company is asked for. */
  readonly operation: RequestKind | undefined;
  /** Whether it is an item of a batch. */
  readonly isInBatch?: true;
}

/** A fault that waits for its requests. */
export class InjectedFault {
  #passed = 0;
  #met = 0;
  #release: () => void = () => undefined;
  /** Settles once a held fault is let go. */
  readonly released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(
    readonly id: number,
    readonly spec: FaultSpec,
  ) {}

  /** How many requests it has met. */
  get met(): number {
    return this.#met;
  }

  get isSpent(): boolean {
    return this.#met >= (this.spec.times ?? 1);
  }

  /** Lets all requests it holds go on. */
  release(): void {
    this.#release();
  }

  /** Whether the fault meets the request; counts it if so. */
  meets(target: Target): boolean {
    if (this.isSpent || !matches(this.spec, target)) return false;
    this.#passed += 1;
    if (this.#passed <= (this.spec.after ?? 0)) return false;
    this.#met += 1;
    return true;
  }
}

function includes(text: string, part: string | undefined): boolean {
  return part === undefined || text.toLowerCase().includes(part.toLowerCase());
}

function matches({ path, query, entity, realmId, operation, isInBatch }: FaultSpec, target: Target): boolean {
  const isEntity = entity === undefined || target.entities.some((name) => name.toLowerCase() === entity.toLowerCase());
  const isWrite = target.operation !== undefined && target.operation !== "read";
  return (
    isEntity &&
    isInBatch === target.isInBatch &&
    includes(target.path, path) &&
    includes(target.query, query) &&
    (realmId ?? target.realmId) === target.realmId &&
    (operation === "write" ? isWrite : (operation ?? target.operation) === target.operation)
  );
}

/** All faults that wait. */
export class Faults {
  readonly #injected: InjectedFault[] = [];
  #last = 0;

  get all(): readonly InjectedFault[] {
    return this.#injected;
  }

  inject(spec: FaultSpec): InjectedFault {
    this.#last += 1;
    const injected = new InjectedFault(this.#last, spec);
    this.#injected.push(injected);
    return injected;
  }

  /** Takes faults back and releases what they hold: one by its id, or all. */
  clear(id?: number): void {
    for (const injected of [...this.#injected]) {
      if (id !== undefined && injected.id !== id) continue;
      injected.release();
      this.#injected.splice(this.#injected.indexOf(injected), 1);
    }
  }

  /** The first fault that meets the request. */
  take(target: Target): InjectedFault | undefined {
    return this.#injected.find((injected) => injected.meets(target));
  }
}
