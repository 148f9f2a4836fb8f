import { registerEnumType } from "type-graphql";
import * as stored from "../generated/prisma/enums.js";

type Described<Name extends string> = Readonly<Record<Name, string>>;

/** Makes an enum known under its GraphQL name, with a sentence on each of its values. */
function describeEnum<Name extends string>(
  values: Readonly<Record<Name, string>>,
  name: string,
  description: string,
  descriptions: Described<Name>,
): void {
  const anyNames: Readonly<Record<string, string>> = values;
  const entries = Object.entries<string>(descriptions).map(([value, text]) => [value, { description: text }] as const);
  registerEnumType(anyNames, { name, description, valuesConfig: Object.fromEntries(entries) });
}

export const { Role, Environment, ConnectionStatus, SyncMode, SyncTrigger, SyncRunStatus } = stored;
export const { AlertKind, AlertStatus } = stored;
export const { EntityPhase, CompletenessProof, DriftKind, ExportFormat, FailureStatus, WebhookEventStatus } = stored;

export const ActorKind = { MEMBER: "MEMBER", API_KEY: "API_KEY", SYSTEM: "SYSTEM" } as const;

export const BudgetScope = { MEMBER: "MEMBER", API_KEY: "API_KEY", ORGANIZATION: "ORGANIZATION" } as const;

export const StartSyncOutcome = { STARTED: "STARTED", JOINED: "JOINED", QUEUED: "QUEUED" } as const;

describeEnum(Role, "Role", "What a member may do; each role includes the ones before it.", {
  VIEWER: "Reads.",
  OPERATOR: "Also syncs, retries and edits records.",
  ADMIN: "Also connects companies, sets policy and manages people.",
});

describeEnum(ActorKind, "ActorKind", "Who did something.", {
  MEMBER: "A person of the organization.",
  API_KEY: "A program of the organization.",
  SYSTEM: "The gateway itself.",
});

describeEnum(BudgetScope, "BudgetScope", "Who has a budget.", {
  MEMBER: "A person, with all the tokens they bring.",
  API_KEY: "A program.",
  ORGANIZATION: "All people and programs of an organization together.",
});

describeEnum(Environment, "Environment", "Which QuickBooks a company lives in.", {
  SANDBOX: "Intuit's sandbox, for development.",
  PRODUCTION: "Real companies.",
  SIMULATOR: "The QuickBooks simulator that comes with the gateway.",
});

describeEnum(ConnectionStatus, "ConnectionStatus", "Whether QuickBooks lets the gateway in.", {
  CONNECTED: "The gateway may read.",
  REAUTHORIZATION_REQUIRED: "QuickBooks no longer accepts the authorization: an ADMIN must connect the company again.",
  DISCONNECTED: "Somebody disconnected the company; its mirror is kept.",
});

describeEnum(SyncMode, "SyncMode", "What a sync run reads.", {
  FULL: "Every record in scope.",
  INCREMENTAL: "What has changed since the last run.",
  RECORDS: "Records that a webhook or a person named.",
  VERIFY: "Every record in scope, to compare it with the mirror.",
});

describeEnum(SyncTrigger, "SyncTrigger", "What began a sync run.", {
  SCHEDULE: "Its time had come.",
  MANUAL: "Somebody asked for it.",
  WEBHOOK: "QuickBooks told of changes.",
  CONNECT: "The company was connected.",
  RECOVERY: "The gateway found that something was missed.",
});

describeEnum(SyncRunStatus, "SyncRunStatus", "How far a sync run has come.", {
  QUEUED: "It waits for a worker, or for the run before it.",
  RUNNING: "It is being worked on.",
  SUCCEEDED: "Everything was taken in.",
  PARTIAL: "It ended, and some records or entities could not be taken in.",
  FAILED: "It ended without having read what it should.",
  CANCELLED: "Somebody stopped it.",
  INTERRUPTED: "It could not begin or go on: its company was disconnected or reset meanwhile.",
});

describeEnum(EntityPhase, "EntityPhase", "What a sync run is doing about one entity.", {
  WAITING: "Its turn has not come.",
  COUNTING: "QuickBooks is asked how many records there are.",
  READING: "Records are being read.",
  CATCHING_UP: "What changed during the reading is being read.",
  PROVING: "The completeness of what was read is being checked.",
  DONE: "Finished.",
  FAILED: "It could not be finished.",
  SKIPPED: "There was nothing to do, or the run ended before its turn.",
});

describeEnum(CompletenessProof, "CompletenessProof", "How it is known that an entity was read completely.", {
  IDS_AND_COUNT: "By every id seen, and by QuickBooks' own count.",
  CHANGES: "By an answer of QuickBooks' change feed that was not cut off.",
  WINDOWS: "By windows of time, each read to its end.",
});

describeEnum(DriftKind, "DriftKind", "How the mirror differs from QuickBooks.", {
  MISSING: "QuickBooks has the record, the mirror does not.",
  DIFFERENT: "Both have it, and tell different things.",
  EXTRA: "The mirror alone has it.",
  REFUSED: "QuickBooks has it, and it could not be taken in.",
});

describeEnum(FailureStatus, "FailureStatus", "What became of a record that could not be taken in.", {
  OPEN: "Every run tries it again.",
  RESOLVED: "It has been taken in since, or is gone.",
  DISMISSED: "Somebody decided that it need not be taken in.",
});

describeEnum(WebhookEventStatus, "WebhookEventStatus", "What became of a change that QuickBooks told of.", {
  PENDING: "It waits to be applied, or to be looked at again because QuickBooks does not show the change yet.",
  CLAIMED: "A sync run is applying it.",
  DONE: "The mirror is at least as new.",
  FAILED: "It could not be applied, and is tried again.",
  PARKED: "It failed too often, and waits for somebody to replay it.",
  IGNORED: "Nothing needs to be done; the error says why.",
  UNREADABLE: "It was signed by QuickBooks and is of no known form.",
});

describeEnum(AlertKind, "AlertKind", "What an alert is about.", {
  ERROR_RATE: "In 24 hours, more than 5 % of the sync runs failed, or of the records could not be taken in.",
  FRESHNESS: "A sync that was due has not come to a complete end for hours.",
  AUTHORIZATION_ENDING: "QuickBooks ends the authorization soon.",
  AUTHORIZATION_LOST: "QuickBooks no longer accepts the authorization.",
  QUOTA: "The deployment's reads of QuickBooks run out this month.",
  WEBHOOK_SILENCE: "QuickBooks used to tell of changes, and tells of none any more, while syncs find some.",
  STUCK_WORK: "A sync run, or an edit on its way to QuickBooks, has made no progress for an hour.",
});

describeEnum(AlertStatus, "AlertStatus", "Whether the cause of an alert is there.", {
  OPEN: "It is there.",
  RECOVERED: "It is gone.",
});

describeEnum(StartSyncOutcome, "StartSyncOutcome", "What became of the request to sync.", {
  STARTED: "A run was made for it.",
  JOINED: "A run that does the same is already there.",
  QUEUED: "A run was made, and waits for the one before it.",
});

describeEnum(ExportFormat, "ExportFormat", "How the files of an export are written.", {
  NDJSON: "One file of JSON objects, one a line; the last one says what the file must hold to be whole.",
  CSV: "A file per entity, and one per list inside its records, by RFC 4180.",
});
