import { createHash, createHmac } from "node:crypto";
import type { Notice, Operation } from "../company/notices.js";

/** A notice under way. The id stays the same however often it is sent. */
export interface Event {
  readonly id: string;
  readonly notice: Notice;
  /** The digits of its time below the millisecond, 0 to 999,999. */
  readonly nanoseconds: number;
}

/** QuickBooks says "void", not "voided" (subscription page of 2026). */
const verbs: Readonly<Record<Operation, string>> = {
  Create: "created",
  Update: "updated",
  Delete: "deleted",
  Merge: "merged",
  Void: "void",
  Emailed: "emailed",
};

function cloudEvent({ id, notice, nanoseconds }: Event, source: string, emptyData: "object" | "absent"): object {
  const { realmId, entity, operation, deletedId, at } = notice;
  const hasData = emptyData === "object" || deletedId !== undefined;
  return {
    specversion: "1.0",
    id: `${id}-${entity}-${notice.id}`,
    source,
    type: `qbo.${entity.toLowerCase()}.${verbs[operation]}.v1`,
    ...(hasData ? { datacontenttype: "application/json" } : {}),
    time: new Date(at).toISOString().replace("Z", `${String(nanoseconds).padStart(6, "0")}Z`),
    intuitentityid: notice.id,
    intuitaccountid: realmId,
    ...(hasData ? { data: deletedId === undefined ? {} : { deletedid: deletedId } } : {}),
  };
}

/** The form since 2026: a list of events, of whichever companies (CloudEvents 1.0, batched). */
export function cloudEvents(events: readonly Event[], clientId: string, emptyData: "object" | "absent"): string {
  const source = `intuit.${createHash("sha256").update(clientId).digest("base64")}`;
  return JSON.stringify(events.map((event) => cloudEvent(event, source, emptyData)));
}

function legacyEntity({ notice }: Event): object {
  const { id, operation, entity, deletedId, at } = notice;
  const fields = { id, operation, name: entity, lastUpdated: new Date(at).toISOString() };
  return deletedId === undefined ? fields : { ...fields, deletedId };
}

/** The form before: events grouped by company (recorded in 2025). */
export function legacy(events: readonly Event[]): string {
  const realms = [...new Set(events.map(({ notice }) => notice.realmId))];
  const eventNotifications = realms.map((realmId) => ({
    realmId,
    dataChangeEvent: { entities: events.filter(({ notice }) => notice.realmId === realmId).map(legacyEntity) },
  }));
  return JSON.stringify({ eventNotifications });
}

/** The headers of a notification (recorded in 2016); the signature covers the body's very bytes (Webhooks guide). */
export function headersOf(
  body: Buffer,
  verifierToken: string,
  sentAtMs: number,
  id: string,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "intuit_notification_server/0.1",
    "intuit-created-time": new Date(sentAtMs).toISOString(),
    "intuit-t-id": id,
    "intuit-notification-schema-version": "0.1",
    "intuit-signature": createHmac("sha256", verifierToken).update(body).digest("base64"),
  };
}
