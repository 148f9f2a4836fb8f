import { z } from "zod";
import type { Database } from "../../foundation/database/database.js";
import type { KeyRing } from "../../foundation/encryption.js";
import { sha256, type Ids } from "../../foundation/ids.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { realmLookup } from "../../quickbooks/realm.js";
import type { Notice, Notices, UnreadableNotice } from "../../quickbooks/webhooks.js";

export interface KeepingServices {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly environment: string;
  readonly plugins: readonly EntityPlugin[];
  readonly ids: Ids;
}

/** The marks of keys: what is told apart by an id of its own, and what only by what it says. */
export const changeKey = "change:";
const eventKey = "event:";
const unreadableKey = "unreadable:";

/** In order of the keys, so that two bodies with the same notices never wait for each other (F14). */
const insertStatement = `
  INSERT INTO quickbooks_webhook_events (id, environment, realm_lookup, connection_id, entity, type, operation, quickbooks_id,
    deleted_id, event_time, received_at, key, status, next_attempt_at, reason, payload)
  SELECT r.id, $1::"Environment", r."realmLookup", c.id, r.entity, r.type, r.operation, r."quickbooksId",
    r."deletedId", r."eventTime", now(), r.key,
    CASE WHEN r.problem IS NOT NULL THEN 'UNREADABLE' WHEN why.reason IS NOT NULL THEN 'IGNORED' ELSE 'PENDING' END::"WebhookEventStatus",
    now(), coalesce(r.problem, why.reason), r.payload
  FROM jsonb_to_recordset($2::jsonb) AS r(id uuid, "realmLookup" text, entity text, type text, operation text, "quickbooksId" text,
    "deletedId" text, "eventTime" timestamptz, key text, problem text, payload text)
  LEFT JOIN connections c ON c.environment = $1::"Environment" AND c.realm_lookup = r."realmLookup"
  CROSS JOIN LATERAL (SELECT CASE
    WHEN c.id IS NULL THEN 'No connection of this gateway is to this company.'
    WHEN r.entity IS NULL THEN 'Records of this kind are not mirrored.'
    WHEN c.status = 'DISCONNECTED' THEN 'The company is disconnected: what changes meanwhile is read when it is connected again.'
    WHEN r.entity <> ALL (c.entities) THEN 'The connection''s scope does not include this entity.' END AS reason) why
  ORDER BY r.key
  ON CONFLICT (key) DO NOTHING RETURNING status`;

/** Commits all notices of a body, each on its own; those that are known already are left out. Returns how many wait to be applied. */
export async function keepNotices(services: KeepingServices, { read, unreadable }: Notices): Promise<number> {
  if (read.length + unreadable.length === 0) return 0;
  const rows = [
    ...read.map((notice) => noticeRow(services, notice)),
    ...unreadable.map((notice) => unreadableRow(services, notice)),
  ];
  const kept = await services.database.pool.query(insertStatement, [services.environment, JSON.stringify(rows)]);
  const statuses = z.array(z.object({ status: z.string() })).parse(kept.rows);
  return statuses.filter(({ status }) => status === "PENDING").length;
}

function noticeRow({ keyRing, environment, plugins, ids }: KeepingServices, notice: Notice): object {
  const { realmId, type, operation, quickbooksId, deletedId, eventTime, eventId } = notice;
  const lookup = realmLookup(keyRing, environment, realmId);
  const name = notice.entity?.toLowerCase();
  const change = [lookup, type, quickbooksId, deletedId, operation, eventTime];
  return {
    id: ids.newId(),
    realmLookup: lookup,
    entity: plugins.find((plugin) => plugin.name.toLowerCase() === name)?.name,
    type,
    operation,
    quickbooksId,
    deletedId,
    eventTime,
    key:
      eventId === undefined
        ? `${changeKey}${sha256(JSON.stringify(change))}`
        : `${eventKey}${sha256(JSON.stringify([lookup, eventId]))}`,
    payload: notice.payload,
  };
}

/** It may name companies in the clear, so it is encrypted. */
function unreadableRow({ keyRing, ids }: KeepingServices, { problem, payload }: UnreadableNotice): object {
  const id = ids.newId();
  return {
    id,
    type: "unreadable",
    operation: "UNKNOWN",
    key: `${unreadableKey}${keyRing.lookup(payload)}`,
    problem,
    payload: keyRing.encrypt(payload, `quickbooks_webhook_events|${id}|payload`),
  };
}
