import type { PoolClient } from "pg";
import { z } from "zod";
import { editExact } from "../../foundation/json.js";
import type { PersonalCopies } from "../../plugins/erasing.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { MirrorOf } from "../store/store.js";

/** Whose records of a mirror are erased. */
export interface Erased {
  readonly size: number;
  has(entity: string, quickbooksId: string): boolean;
}

const erasedRow = z.object({ entity: z.string(), quickbooksId: z.string() });

export async function readErased(
  client: Pick<PoolClient, "query">,
  { connectionId, epoch }: MirrorOf,
): Promise<Erased> {
  const { rows } = await client.query(
    `SELECT entity, quickbooks_id AS "quickbooksId" FROM erased_records WHERE connection_id = $1 AND epoch = $2`,
    [connectionId, epoch],
  );
  const keys = new Set(
    z
      .array(erasedRow)
      .parse(rows)
      .map(({ entity, quickbooksId }) => `${entity} ${quickbooksId}`),
  );
  return { size: keys.size, has: (entity, quickbooksId) => keys.has(`${entity} ${quickbooksId}`) };
}

type Parts = Record<string, unknown>;
const parts = z.record(z.string(), z.unknown());
const reference = z.object({ value: z.string() });

/**
 * A payload without what tells of people who are erased: of its own person all but what stays, and its copies of what it refers to. Every other
 * digit is as it came. `ownId` is given where the payload does not name it (a record that had not landed yet). Throws MalformedBody.
 */
export function withoutErased(text: string, plugin: EntityPlugin, erased: Erased, ownId?: string): string {
  if (erased.size === 0 || plugin.erasure === undefined) return text;
  const { person, copies = [] } = plugin.erasure;
  return editExact(text, (value) => {
    const payload: Parts = { ...parts.parse(value) };
    const id = ownId ?? payload["Id"];
    const isErased = person !== undefined && typeof id === "string" && erased.has(plugin.name, id);
    for (const copy of copies) {
      leaveOutJoined(payload, copy);
      if (isErased || refersTo(payload, copy, plugin, erased)) leaveOutCopies(payload, copy);
    }
    if (!isErased) return payload;
    const kept = Object.entries(payload).filter(([property]) => person.stays.includes(property));
    const standing = Object.entries(person.stands).map(([property, words]) => [property, words.replace("{Id}", id)]);
    return Object.fromEntries([...kept, ...standing]);
  });
}

function refersTo(payload: Parts, { field, property }: PersonalCopies, plugin: EntityPlugin, erased: Erased): boolean {
  const id = reference.safeParse(payload[property]).data?.value;
  const target = plugin.fields[field]?.reference?.target;
  return id !== undefined && typeof target === "string" && erased.has(target, id);
}

function leaveOutJoined(payload: Parts, { joined = [] }: PersonalCopies): void {
  for (const { place, separator, names } of joined) {
    const path = place.split(".");
    const text = path.reduce<unknown>((value, property) => parts.safeParse(value).data?.[property], payload);
    if (typeof text === "string" && text.split(separator).length >= names) leaveOut(payload, path);
  }
}

function leaveOutCopies(payload: Parts, { places, texts = {} }: PersonalCopies): void {
  for (const place of places) leaveOut(payload, place.split("."));
  for (const [property, words] of Object.entries(texts)) {
    const text = payload[property];
    if (typeof text === "string" && text.startsWith(words)) payload[property] = words;
    else leaveOut(payload, [property]);
  }
}

function leaveOut(payload: Parts, [property = "", ...rest]: readonly string[]): void {
  const inner = parts.safeParse(payload[property]).data;
  if (rest.length === 0) Reflect.deleteProperty(payload, property);
  else if (inner !== undefined) {
    leaveOut(inner, rest);
    payload[property] = inner;
  }
}
