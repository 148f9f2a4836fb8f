import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { Values, WriteOperation } from "../../plugins/writes.js";

/**
 * PENDING: waits to be sent. PUSHING: frozen, and being sent. UNKNOWN: sent, and the answer lost. PUSHED: QuickBooks holds it. CONFLICT:
 * held back, as its record changed in QuickBooks too. REJECTED: QuickBooks refused it; the edit is kept. CANCELLED: given up.
 *
 * PENDING → PUSHING → PUSHED is the way; back to PENDING after a definite refusal that a newer generation may mend (5010).
 */
export const localChangeStatuses = [
  "PENDING",
  "PUSHING",
  "UNKNOWN",
  "PUSHED",
  "CONFLICT",
  "REJECTED",
  "CANCELLED",
] as const;
export type LocalChangeStatus = (typeof localChangeStatuses)[number];

/** Somebody's new value of one field, and what the field held when they edited it last. */
export interface Edit {
  readonly base: unknown;
  readonly value: unknown;
}
/** By path (see `Values`). What ends or restores a record edits the path `state`. */
export type Edits = Readonly<Record<string, Edit>>;

/** What was frozen to be sent (I8): the same bytes go out under the same requestid until the fate is known. */
export interface FrozenRequest {
  readonly requestId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** The JSON text. */
  readonly body: string;
  /** The SyncToken it was built on; null for a create. */
  readonly syncToken: number | null;
}

const edits = z.record(z.string(), z.object({ base: z.unknown(), value: z.unknown() }).transform(completed));

const operations = [
  "CREATE",
  "UPDATE",
  "DEACTIVATE",
  "REACTIVATE",
  "VOID",
  "DELETE",
] as const satisfies readonly WriteOperation[];

const frozenRequest = z.object({
  requestId: z.string(),
  parameters: z.record(z.string(), z.string()),
  body: z.string(),
  syncToken: z.number().nullable(),
});

/** A row of `local_changes`, as `localChangeColumns` reads it. */
export const localChangeRow = z.object({
  id: z.string(),
  connectionId: z.string(),
  epoch: z.number(),
  entity: z.string(),
  recordId: z.string(),
  number: z.string(),
  operation: z.enum(operations),
  status: z.enum(localChangeStatuses),
  edits: z.string().transform((text): Edits => edits.parse(parseExact(text))),
  /** All editable values when a removal was asked for; null for other operations. */
  baseContent: z
    .string()
    .nullable()
    .transform((text): Values | null =>
      text === null ? null : z.record(z.string(), z.unknown()).parse(parseExact(text)),
    ),
  requestedBy: z.unknown(),
  createdAt: z.date(),
  updatedAt: z.date(),
  generation: z.number(),
  request: z
    .string()
    .nullable()
    .transform((text): FrozenRequest | null => (text === null ? null : frozenRequest.parse(JSON.parse(text)))),
  firstSentAt: z.date().nullable(),
  lastSentAt: z.date().nullable(),
  attempts: z.number(),
  nextAttemptAt: z.date(),
  fence: z.number(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  errorIntuitTid: z.string().nullable(),
});
export type LocalChange = z.infer<typeof localChangeRow>;

/** The code of a change that QuickBooks did or did not do: nobody can tell, so a person has to say what shall be. */
export const undecidedCode = "UNDECIDED";

/** The columns of a local change known by `alias`, for `localChangeRow`. */
export const localChangeColumns = (alias = "l"): string =>
  `${alias}.id, ${alias}.connection_id AS "connectionId", ${alias}.epoch, ${alias}.entity, ${alias}.record_id AS "recordId",
   ${alias}.number::text, ${alias}.operation, ${alias}.status, ${alias}.edits::text, ${alias}.base_content::text AS "baseContent",
   ${alias}.requested_by AS "requestedBy", ${alias}.created_at AS "createdAt", ${alias}.updated_at AS "updatedAt",
   ${alias}.generation, ${alias}.request::text, ${alias}.first_sent_at AS "firstSentAt", ${alias}.last_sent_at AS "lastSentAt",
   ${alias}.attempts, ${alias}.next_attempt_at AS "nextAttemptAt", ${alias}.fence, ${alias}.error_code AS "errorCode",
   ${alias}.error_message AS "errorMessage", ${alias}.error_intuit_tid AS "errorIntuitTid"`;

/** The stream of an organization's local changes: CHANGED {connectionId, localChangeId}. */
export const localChangeStream = (organizationId: string): string => `local-changes:${organizationId}`;

/** QuickBooks' id of a record that only exists here: its create has not landed. Never sent, never compared with what QuickBooks has. */
export const localId = (recordId: string): string => `${localPrefix}${recordId}`;
export const localPrefix = "local:";
/** Such an id as a whole text in JSON, for JavaScript and PostgreSQL alike: other texts may begin like one. */
export const localIdInJson = `"${localPrefix}[0-9a-f-]{36}"`;
export const isLocalId = (quickbooksId: string): boolean => quickbooksId.startsWith(localPrefix);

/** A key that JSON leaves out says nothing: the field was empty. */
function completed({ base = null, value = null }: { base?: unknown; value?: unknown }): Edit {
  return { base, value };
}

/** SQL of whether a row of the mirror known by `alias` is of a record that QuickBooks has, or had. */
export const isInQuickBooks = (alias: string): string => `${alias}.quickbooks_id NOT LIKE '${localPrefix}%'`;

/** SQL of whether a local change known by `alias` is neither in QuickBooks nor given up. */
export const isOpen = (alias: string): string => `${alias}.status NOT IN ('PUSHED', 'CANCELLED')`;
