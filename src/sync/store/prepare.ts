import { z } from "zod";
import { MalformedBody, parseExact, type RecordSlice } from "../../foundation/json.js";
import {
  InvalidRecord,
  type EntityPlugin,
  type Mapped,
  type RecordRef,
  type RecordState,
} from "../../plugins/plugin.js";
import { type LeftOut, withoutLeftOut } from "../erasure/left-out.js";
import type { RecordValues } from "./columns.js";
import { contentHash, sourceHash } from "./content.js";
import type { IncomingGuard } from "./newer.js";

/** A record ready to be written. */
export interface Prepared extends Mapped {
  readonly quickbooksId: string;
  readonly guard: IncomingGuard;
  readonly state: RecordState;
  readonly values: RecordValues;
  readonly entails: readonly RecordRef[];
  /** The payload exactly as it came, but for what is left out. */
  readonly text: string;
}

/** A record that could not be taken in, and why (I4). */
export interface Refused {
  readonly quickbooksId: string | null;
  /** Where it stood in the answer. */
  readonly position: number;
  readonly code: "INVALID_RECORD" | "MALFORMED_RECORD" | "UNSTORABLE_RECORD" | "UNREADABLE_RECORD";
  readonly reason: string;
  readonly payload: string;
}

export interface Reading {
  readonly plugin: EntityPlugin;
  /** QuickBooks' own time of the answer. */
  readonly answeredAt: Date;
  readonly settlesFrom?: Date | undefined;
  readonly leftOut: LeftOut;
}

/** QuickBooks' times carry no milliseconds, its tokens are small integers as text. */
const envelope = z.object({
  Id: z.string(),
  SyncToken: z.coerce.number().int().nonnegative().nullish(),
  MetaData: z.object({ CreateTime: z.coerce.date().nullish(), LastUpdatedTime: z.coerce.date().nullish() }).nullish(),
});

/** PostgreSQL stores neither a NUL nor half of a surrogate pair; both can only be written as escapes. */
const suspiciousEscape = /\\u(?:0000|d[89a-f])/i;

export function prepare(slice: RecordSlice, position: number, reading: Reading): Prepared | Refused {
  const text = textOf(slice, reading);
  try {
    return prepareText(text, slice, reading);
  } catch (error) {
    const refused = { quickbooksId: slice.id ?? null, position, payload: text };
    if (error instanceof InvalidRecord) return { ...refused, code: "INVALID_RECORD", reason: error.message };
    if (error instanceof Error) return { ...refused, code: "MALFORMED_RECORD", reason: error.message };
    throw error;
  }
}

/** Of what cannot be parsed nothing is kept where something is left out: nobody can tell what it is. */
function textOf(slice: RecordSlice, { plugin, leftOut }: Reading): string {
  try {
    return withoutLeftOut(slice.text(), plugin, leftOut);
  } catch (error) {
    if (error instanceof MalformedBody) return "";
    throw error;
  }
}

function prepareText(
  text: string,
  slice: RecordSlice,
  { plugin, answeredAt, settlesFrom, leftOut }: Reading,
): Prepared {
  const payload = parseExact(text);
  if (suspiciousEscape.test(text)) refuseUnstorable(payload);
  const parts = envelope.safeParse(payload);
  if (!parts.success) {
    const problems = parts.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new InvalidRecord(problems, { cause: parts.error });
  }
  const { Id: quickbooksId, SyncToken: syncToken = null, MetaData: times } = parts.data;
  const updatedAt = times?.LastUpdatedTime ?? null;
  const hash = contentHash(payload, plugin);
  const { row, children, state, entails } = plugin.takeIn(payload);
  return {
    quickbooksId,
    guard: { syncToken, updatedAt, answeredAt, contentHash: hash, settlesFrom },
    state,
    row,
    children,
    entails,
    text,
    values: {
      quickbooksId,
      syncToken,
      state,
      createdInQuickBooksAt: times?.CreateTime?.toISOString() ?? null,
      updatedInQuickBooksAt: updatedAt?.toISOString() ?? null,
      answeredAt: answeredAt.toISOString(),
      contentHash: bytea(hash),
      sourceHash: bytea(sourceHash(slice.bytes, plugin, leftOut)),
    },
  };
}

export const isRefused = (record: Prepared | Refused): record is Refused => "code" in record;

const bytea = (bytes: Buffer): string => `\\x${bytes.toString("hex")}`;

function refuseUnstorable(value: unknown): void {
  if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
    throw new InvalidRecord(["A text holds a NUL or half of a surrogate pair, which no database can keep."]);
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      refuseUnstorable(key);
      refuseUnstorable(inner);
    }
  }
}
