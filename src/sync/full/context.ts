import type { Database } from "../../foundation/database/database.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { activeOrNot, type Condition } from "../../quickbooks/statements.js";
import type { Gate } from "../concurrency.js";
import type { Company } from "../company.js";
import type { Progress } from "../progress.js";
import type { Store } from "../store/store.js";

/** A run as its worker claimed it. */
export interface ClaimedRun {
  readonly id: string;
  readonly connectionId: string;
  readonly organizationId: string;
  readonly epoch: number;
  readonly mode: "FULL" | "INCREMENTAL" | "RECORDS" | "VERIFY";
  readonly trigger: "SCHEDULE" | "MANUAL" | "WEBHOOK" | "CONNECT" | "RECOVERY";
  /** It compares, and writes nothing to the mirror. */
  readonly isDryRun: boolean;
  readonly fence: number;
  readonly entities: readonly string[];
  /** `YYYY-MM-DD`, both inclusive; narrower than the connection's scope. */
  readonly transactionsFrom: string | null;
  readonly transactionsTo: string | null;
  /** The connection's scope. */
  readonly transactionsSince: string | null;
  readonly startedAt: Date;
}

/** All that a run works with, whatever the entity. */
export interface RunSync {
  readonly run: ClaimedRun;
  readonly company: Company;
  readonly database: Database;
  readonly store: Store;
  readonly progress: Progress;
  /** Pages being stored at once, over all runs of this process: what bounds its memory. */
  readonly storing: Gate;
  readonly signal: AbortSignal;
}

/** All that the reading of one entity works with. */
export interface EntitySync extends RunSync {
  readonly plugin: EntityPlugin;
  /** The frozen upper bound of the run, by QuickBooks' clock. */
  readonly bound: Date;
}

/** Reading starts this long before a bound: a commit can become visible after its own time (I2). */
export const overlapMs = 5 * 60_000;

/** What the run wants of this entity, as conditions of a query. */
export function scopeConditions({ plugin, run }: Pick<EntitySync, "plugin" | "run">): Condition[] {
  if (plugin.quickbooks.kind === "NAME_LIST") return [activeOrNot];
  const from = [run.transactionsSince, run.transactionsFrom].reduce(later);
  return [
    ...(from === null ? [] : [{ property: "TxnDate", operator: ">=", value: from } as const]),
    ...(run.transactionsTo === null
      ? []
      : [{ property: "TxnDate", operator: "<=", value: run.transactionsTo } as const]),
  ];
}

/** A run over less than the connection's scope proves nothing and moves nothing (I2). */
export const isNarrowed = ({ run, plugin }: Pick<EntitySync, "plugin" | "run">): boolean =>
  plugin.quickbooks.kind === "TRANSACTION" && (run.transactionsFrom !== null || run.transactionsTo !== null);

/** Whether some of the company's records lie outside what is read, so that not seeing one does not prove that it is gone. */
export const isPartOfCompany = (sync: Pick<EntitySync, "plugin" | "run">): boolean =>
  sync.plugin.quickbooks.kind === "TRANSACTION" && scopeConditions(sync).length > 0;

const later = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);
