import type { EntityPlugin } from "../../plugins/plugin.js";
import { checkedPolicies } from "../conflicts/policies.js";
import type { PolicyRule } from "../conflicts/policy.js";
import { checkedExclusions, type ExcludedFields, type ExcludedOfEntity } from "../excluded-fields.js";
import { checkedDays, type KeptDays } from "../kept-days.js";
import { UserProblem } from "../problems.js";
import { cronProblem } from "./cron.js";
import type { ScheduledConnection } from "./scheduled-connection.js";
import type { Scope } from "./scope.js";
import { isTimeZone } from "./time-zone.js";

/** What a person decides about the syncs of a connection. */
export interface SyncSettings extends Scope {
  readonly cron: string | null;
  readonly scheduleTimeZone: string | null;
  readonly isPriority: boolean;
  readonly isPaused: boolean;
  /** Who wins in conflicts to come. */
  readonly policies: readonly PolicyRule[];
  readonly retention: KeptDays;
  /** What is neither stored nor served. */
  readonly excludedFields: ExcludedFields;
}

/** Undefined leaves a setting as it is, null sets it back to its default. Named as the input's fields are. */
export interface SettingsChange {
  readonly cron?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly priority?: boolean | null | undefined;
  readonly entities?: readonly string[] | null | undefined;
  /** `YYYY-MM-DD`. */
  readonly transactionsSince?: string | null | undefined;
  readonly isPaused?: boolean | null | undefined;
  /** All of them; null: none, so that the same field always waits for a person. */
  readonly policies?: readonly PolicyRule[] | null | undefined;
  /** All of it: what is left out of it has its default. */
  readonly retention?: Partial<KeptDays> | null | undefined;
  /** All of them; null: none. */
  readonly excludedFields?: readonly ExcludedOfEntity[] | null | undefined;
}

export function settingsOf(connection: ScheduledConnection): SyncSettings {
  const { cron, scheduleTimeZone, isPriority, entities, transactionsSince, isPaused } = connection;
  const { policies, retention, excludedFields } = connection;
  return {
    ...{ cron, scheduleTimeZone, isPriority, entities, transactionsSince, isPaused },
    ...{ policies, retention, excludedFields },
  };
}

/** The settings as they are to be. Throws UserProblem for the first that does not fit. */
export function changedSettings(
  before: SyncSettings,
  change: SettingsChange,
  plugins: readonly EntityPlugin[],
): SyncSettings {
  const { cron, timeZone, priority, entities, transactionsSince, isPaused } = change;
  const { policies, retention, excludedFields } = change;
  return {
    cron: cron === undefined ? before.cron : checkedCron(cron),
    scheduleTimeZone: timeZone === undefined ? before.scheduleTimeZone : checkedTimeZone(timeZone),
    isPriority: priority === undefined ? before.isPriority : (priority ?? false),
    entities: entities === undefined ? before.entities : checkedEntities(entities, plugins),
    transactionsSince: transactionsSince === undefined ? before.transactionsSince : transactionsSince,
    isPaused: isPaused === undefined ? before.isPaused : (isPaused ?? false),
    policies: policies === undefined ? before.policies : checkedPolicies(policies ?? [], plugins),
    retention: retention === undefined ? before.retention : checkedDays(retention),
    excludedFields:
      excludedFields === undefined ? before.excludedFields : checkedExclusions(excludedFields ?? [], plugins),
  };
}

function checkedCron(cron: string | null): string | null {
  const tidy = cron === null ? null : cron.trim().replace(/\s+/g, " ");
  const problem = tidy === null ? undefined : cronProblem(tidy);
  if (problem !== undefined) throw new UserProblem("INVALID", "cron", problem);
  return tidy;
}

function checkedTimeZone(timeZone: string | null): string | null {
  if (timeZone === null || isTimeZone(timeZone)) return timeZone;
  throw new UserProblem("INVALID", "timeZone", 'Give a time zone of the IANA database, as in "America/New_York".');
}

/** In the registry's order, each once. */
function checkedEntities(entities: readonly string[] | null, plugins: readonly EntityPlugin[]): string[] {
  const names = plugins.map(({ name }) => name);
  if (entities === null) return names;
  if (entities.length === 0) {
    throw new UserProblem("INVALID", "entities", "Name at least one entity; to stop syncing altogether, set isPaused.");
  }
  const unknown = entities.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UserProblem("INVALID", "entities", `This gateway does not mirror ${unknown.join(", ")}.`);
  }
  return names.filter((name) => entities.includes(name));
}
