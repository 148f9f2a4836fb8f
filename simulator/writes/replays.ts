import { z } from "zod";

const writeSchema = z.object({
  at: z.number(),
  realmId: z.string(),
  operation: z.enum(["create", "update", "delete", "void"]).exactOptional(),
  entity: z.string().exactOptional(),
  id: z.string().exactOptional(),
  requestId: z.string().exactOptional(),
  bId: z.string().exactOptional(),
  status: z.number(),
  code: z.string().exactOptional(),
  isReplay: z.boolean(),
});

/** What was answered to a request that named itself, and what it did. */
export const keptSchema = z.object({
  realmId: z.string(),
  requestId: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
  /** The request as it was sent. */
  asked: z.string(),
  status: z.number(),
  body: z.string(),
  writes: z.array(writeSchema).readonly(),
  reads: z.number().exactOptional(),
});

export type Kept = Readonly<z.infer<typeof keptSchema>>;

/** So many are remembered, however young they are. */
const most = 20_000;

function keyOf(realmId: string, requestId: string): string {
  return `${realmId} ${requestId}`;
}

/** The answers given to requests that named themselves, per company. Source: `requestid` in Basic field definitions. */
export class Replays {
  readonly #kept = new Map<string, Kept>();
  /** Called with everything that is kept. */
  onKeep: ((kept: Kept) => void) | undefined;

  get all(): readonly Kept[] {
    return [...this.#kept.values()];
  }

  /** The answer given before, while it is remembered. */
  find(realmId: string, requestId: string, now: { readonly nowMs: number; readonly keptMs: number }): Kept | undefined {
    const kept = this.#kept.get(keyOf(realmId, requestId));
    return kept && now.nowMs - kept.at <= now.keptMs ? kept : undefined;
  }

  keep(kept: Kept): void {
    this.restore(kept);
    this.onKeep?.(kept);
  }

  /** Remembers again what an earlier life of the simulator answered. */
  restore(kept: Kept): void {
    this.#kept.set(keyOf(kept.realmId, kept.requestId), kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > most && oldest !== undefined) this.#kept.delete(oldest);
  }
}
