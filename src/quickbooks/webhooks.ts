import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { MalformedBody, parseExact } from "../foundation/json.js";
import { instant } from "./answers.js";
import { isRealmId } from "./realm.js";

/** One change notice of Intuit's, in whichever of its two formats it came. */
export interface Notice {
  readonly realmId: string;
  /** What the notice itself calls it: a name of QuickBooks', or a type of CloudEvents. */
  readonly type: string;
  /** The name of what changed; CloudEvents write it in small letters. */
  readonly entity: string | undefined;
  /** CREATE, UPDATE, DELETE, MERGE, VOID, EMAIL, or Intuit's own word for what is none of these, in capitals. */
  readonly operation: string;
  readonly quickbooksId: string;
  /** The record that was merged into this one. */
  readonly deletedId: string | undefined;
  /** When it changed; undefined where the notice does not say. */
  readonly eventTime: Date | undefined;
  /** The id that CloudEvents give every notice; the older format has none. */
  readonly eventId: string | undefined;
  /** This notice alone, as JSON, without the realm id. */
  readonly payload: string;
}

/** A body, or a part of one, that is no notice. */
export interface UnreadableNotice {
  readonly problem: string;
  /** As it came: it may hold realm ids. */
  readonly payload: string;
}

export interface Notices {
  readonly read: readonly Notice[];
  readonly unreadable: readonly UnreadableNotice[];
}

/** SHA-256 in base64: 43 characters and one that fills up. */
const base64Hash = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Whether `intuit-signature` is the base64 HMAC-SHA256 of the very bytes under one of the app's verifier tokens. Every token is
 * tried, each in constant time.
 */
export function isSigned(body: Uint8Array, signature: unknown, verifierTokens: readonly string[]): boolean {
  if (typeof signature !== "string" || !base64Hash.test(signature)) return false;
  const given = Buffer.from(signature, "base64");
  if (given.toString("base64") !== signature) return false;
  const matches = verifierTokens.map((token) =>
    timingSafeEqual(createHmac("sha256", token).update(body).digest(), given),
  );
  return matches.includes(true);
}

const operations: Readonly<Record<string, string>> = {
  create: "CREATE",
  created: "CREATE",
  update: "UPDATE",
  updated: "UPDATE",
  delete: "DELETE",
  deleted: "DELETE",
  merge: "MERGE",
  merged: "MERGE",
  void: "VOID",
  voided: "VOID",
  emailed: "EMAIL",
};
const operationOf = (word: string): string => operations[word.toLowerCase()] ?? word.toUpperCase();

const id = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,30}$/, "is not an id in digits"));
const realmId = z.union([z.string(), z.number()]).transform(String).refine(isRealmId, "is not a realm id in digits");
/** A time that cannot be read costs a notice no more than the comparison with it. */
const eventTime = instant
  .refine((time) => time.getTime() > 0)
  .optional()
  .catch(undefined);
const word = z.string().regex(/^[\w.:-]{1,200}$/, "is not a name");
const optionalId = id.optional().catch(undefined);

const legacyBody = z.object({ eventNotifications: z.array(z.unknown()) });
/** `dataChangeEvent` is one object that holds a list, whatever older guides say. */
const legacyNotification = z.object({ realmId, dataChangeEvent: z.object({ entities: z.array(z.unknown()) }) });
const legacyNotice = z
  .object({ name: word, id, operation: word, lastUpdated: eventTime, deletedId: optionalId, deletedID: optionalId })
  .transform(({ name, operation, lastUpdated, deletedId, deletedID, ...notice }) => ({
    type: name,
    entity: name,
    operation: operationOf(operation),
    quickbooksId: notice.id,
    deletedId: deletedId ?? deletedID,
    eventTime: lastUpdated,
    eventId: undefined,
  }));

const cloudType = /^qbo\.([a-z]+)\.([a-z]+)\.v\d+$/;
const cloudNotice = z
  .object({
    id: z.string().min(1).optional().catch(undefined),
    type: word,
    time: eventTime,
    intuitentityid: id,
    intuitaccountid: realmId,
    data: z.object({ deletedid: optionalId }).optional().catch(undefined),
  })
  .transform(({ type, time, data, ...notice }) => {
    const [, entity, verb = type] = cloudType.exec(type) ?? [];
    return {
      realmId: notice.intuitaccountid,
      type,
      entity,
      operation: operationOf(verb),
      quickbooksId: notice.intuitentityid,
      deletedId: data?.deletedid,
      eventTime: time,
      eventId: notice.id,
    };
  });

/** The notices of a body, of one company or of several; never throws. */
export function readNotices(body: Uint8Array): Notices {
  const text = Buffer.from(body).toString("utf8");
  const parsed = parsedOrUndefined(text);
  if (isDeep(parsed)) return { read: [], unreadable: [{ problem: "The body is nested too deeply.", payload: text }] };
  if (Array.isArray(parsed)) return join(parsed.map(readCloudNotice));
  const legacy = legacyBody.safeParse(parsed).data;
  if (legacy !== undefined) return join(legacy.eventNotifications.map(readNotification));
  if (z.object({ specversion: z.unknown() }).safeParse(parsed).success) return readCloudNotice(parsed);
  const problem =
    parsed === undefined ? "The body is not JSON." : "The body is of neither of the formats that Intuit documents.";
  return { read: [], unreadable: [{ problem, payload: text }] };
}

function parsedOrUndefined(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}

/** Far deeper than any notice; and what is deeper by much more can be parsed, but not written again. */
const deepest = 100;

function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((each): unknown[] => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return false;
}

function readNotification(notification: unknown): Notices {
  const found = legacyNotification.safeParse(notification);
  if (!found.success) return unreadable(notification, found.error);
  const { realmId, dataChangeEvent } = found.data;
  return join(
    dataChangeEvent.entities.map((entry) => {
      const notice = legacyNotice.safeParse(entry);
      return notice.success ? one({ ...notice.data, realmId }, entry) : unreadable({ realmId, entry }, notice.error);
    }),
  );
}

function readCloudNotice(entry: unknown): Notices {
  const notice = cloudNotice.safeParse(entry);
  return notice.success ? one(notice.data, entry) : unreadable(entry, notice.error);
}

function one(notice: Omit<Notice, "payload">, entry: unknown): Notices {
  const payload = JSON.stringify(entry, (key, value: unknown) =>
    /^(intuitaccountid|realmid)$/i.test(key) ? undefined : value,
  );
  const deletedId = notice.deletedId === notice.quickbooksId ? undefined : notice.deletedId;
  return { read: [{ ...notice, deletedId, payload }], unreadable: [] };
}

function unreadable(entry: unknown, error: z.ZodError): Notices {
  const problems = error.issues.map(({ path, message }) => `${path.join(".") || "notice"}: ${message}`);
  return { read: [], unreadable: [{ problem: problems.join("; "), payload: JSON.stringify(entry) }] };
}

const join = (parts: readonly Notices[]): Notices => ({
  read: parts.flatMap(({ read }) => read),
  unreadable: parts.flatMap(({ unreadable: none }) => none),
});
