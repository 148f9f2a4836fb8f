import type { Database } from "../../foundation/database/database.js";
import type { Log } from "../../foundation/log.js";
import type { Streams } from "../../foundation/streams.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { EntityWrites } from "../../plugins/writes.js";
import type { CompanyClient, QuickBooksClient } from "../../quickbooks/client.js";
import type { Runs } from "../runs.js";
import type { Store } from "../store/store.js";
import type { ClaimedChange } from "./claim.js";
import type { PushPace } from "./pace.js";

/** What has been done with a change when a step ends. */
export type PushStep = "claimed" | "read" | "frozen" | "sent" | "landed" | "stored";

export interface PushServices {
  readonly database: Database;
  readonly streams: Streams;
  readonly store: Store;
  readonly quickbooks: Pick<QuickBooksClient, "for">;
  readonly plugins: readonly EntityPlugin[];
  readonly runs: Pick<Runs, "enqueue" | "wake">;
  readonly log: Log;
  readonly pace: PushPace;
  readonly random: () => number;
  /** Hears of every step; tests let a process die there. */
  readonly onStep: (step: PushStep, change: ClaimedChange, signal: AbortSignal) => Promise<void>;
}

/** One change on its way, with all by which its row is written. */
export interface Claimed {
  readonly services: PushServices;
  readonly change: ClaimedChange;
  readonly plugin: EntityPlugin;
  readonly writes: EntityWrites;
  readonly signal: AbortSignal;
}

/** And with all that it is pushed with. */
export interface Pushing extends Claimed {
  readonly company: CompanyClient;
}

/** Who pushes, by the audit. */
export const pushActor = { kind: "SYSTEM", name: "Push to QuickBooks" } as const;

export const stepDone = ({ services, change, signal }: Pushing, step: PushStep): Promise<void> =>
  services.onStep(step, change, signal);
