import type { PoolClient } from "pg";
import { z } from "zod";
import { editExact } from "../../foundation/json.js";
import type { Holding, PersonalCopies } from "../../plugins/erasing.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { excludedFields, type ExcludedFields } from "../excluded-fields.js";
import type { MirrorOf } from "../store/store.js";

/** What of QuickBooks' records is not kept: whose data is erased, and what the company does without. */
export interface LeftOut {
  /** Another one once more or less is left out. */
  readonly mark: string;
  /** Whether anybody is erased. */
  readonly hasErased: boolean;
  isErased(entity: string, quickbooksId: string): boolean;
  /** The names of the spares of an entity that the company does without. */
  excluded(entity: string): readonly string[];
}

const leftOutRow = z.object({ erased: z.array(z.string()), excluded: excludedFields });

export async function readLeftOut(
  client: Pick<PoolClient, "query">,
  { connectionId, epoch }: MirrorOf,
): Promise<LeftOut> {
  const { rows } = await client.query(
    `SELECT c.excluded_fields AS excluded, ARRAY(SELECT e.entity || ' ' || e.quickbooks_id FROM erased_records e
       WHERE e.connection_id = c.id AND e.epoch = $2) AS erased FROM connections c WHERE c.id = $1`,
    [connectionId, epoch],
  );
  const { erased, excluded } = leftOutRow.parse(rows[0] ?? { erased: [], excluded: {} });
  return leftOutOf(excluded, new Set(erased));
}

/** `erased`: entities and QuickBooks' ids, with a space between. */
export function leftOutOf(excluded: ExcludedFields, erased: ReadonlySet<string> = new Set()): LeftOut {
  return {
    // People are only ever added.
    mark: `${String(erased.size)} ${JSON.stringify(excluded)}`,
    hasErased: erased.size > 0,
    isErased: (entity, quickbooksId) => erased.has(`${entity} ${quickbooksId}`),
    excluded: (entity) => excluded[entity] ?? [],
  };
}

type Parts = Record<string, unknown>;
const parts = z.record(z.string(), z.unknown());
const reference = z.object({ value: z.string() });

/**
 * A payload without what is not kept: what the company does without; of an erased person all but what stays, and of others their copies of it.
 * Every other digit is as it came. `ownId` is given where the payload does not name it (a record that had not landed yet). Throws MalformedBody.
 */
export function withoutLeftOut(text: string, plugin: EntityPlugin, leftOut: LeftOut, ownId?: string): string {
  const holdings = leftOut.excluded(plugin.name).flatMap((name) => plugin.spares?.[name] ?? []);
  const hasErased = leftOut.hasErased && plugin.erasure !== undefined;
  if (holdings.length === 0 && !hasErased) return text;
  return editExact(text, (value) => {
    const payload: Parts = { ...parts.parse(value) };
    for (const holding of holdings) leaveOutHeld(payload, holding);
    return hasErased ? withoutErased(payload, plugin, leftOut, ownId) : payload;
  });
}

function withoutErased(payload: Parts, plugin: EntityPlugin, leftOut: LeftOut, ownId: string | undefined): Parts {
  const { person, copies = [] } = plugin.erasure ?? {};
  const id = ownId ?? payload["Id"];
  const isErased = person !== undefined && typeof id === "string" && leftOut.isErased(plugin.name, id);
  for (const copy of copies) {
    leaveOutJoined(payload, copy);
    if (isErased || refersTo(payload, copy, plugin, leftOut)) leaveOutHeld(payload, copy);
  }
  if (!isErased) return payload;
  const kept = Object.entries(payload).filter(([property]) => person.stays.includes(property));
  const standing = Object.entries(person.stands).map(([property, words]): [string, unknown] => [
    property,
    words.replace("{Id}", id),
  ]);
  return Object.fromEntries([...kept, ...standing]);
}

function refersTo(
  payload: Parts,
  { field, property }: PersonalCopies,
  plugin: EntityPlugin,
  leftOut: LeftOut,
): boolean {
  const id = reference.safeParse(payload[property]).data?.value;
  const target = plugin.fields[field]?.reference?.target;
  return id !== undefined && typeof target === "string" && leftOut.isErased(target, id);
}

function leaveOutJoined(payload: Parts, { joined = [] }: PersonalCopies): void {
  for (const { place, separator, names } of joined) {
    const path = place.split(".");
    const text = path.reduce<unknown>((value, property) => parts.safeParse(value).data?.[property], payload);
    if (typeof text === "string" && text.split(separator).length >= names) leaveOut(payload, path);
  }
}

function leaveOutHeld(payload: Parts, { places, texts = {} }: Holding): void {
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
