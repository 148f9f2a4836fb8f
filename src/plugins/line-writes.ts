import type { Payload, Values } from "./writes.js";

/** How the lists of transactions are edited: rows of the mappers' form, beside the objects in which QuickBooks holds them. */

const isObject = (value: unknown): value is Payload =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The objects in a list; none where it is no list. */
export function objectsIn(list: unknown): readonly Payload[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

export function objectIn(payload: Payload | undefined, name: string): Payload {
  const value = payload?.[name];
  return isObject(value) ? value : {};
}

/** A text, or null where there is none. */
export function textIn(values: Values | undefined, key: string): string | null {
  const value = values?.[key];
  return typeof value === "string" && value !== "" ? value : null;
}

/** An object with these properties instead of its own; undefined takes one away. */
export function replaced(object: Payload, properties: Payload): Payload {
  return Object.fromEntries(Object.entries({ ...object, ...properties }).filter(([, value]) => value !== undefined));
}

/** The id of a reference as it stands in a payload. */
export function referenceIn(payload: Payload | undefined, name: string): string | null {
  return textIn(objectIn(payload, name), "value");
}

/** For bodies: a reference to the id, undefined without one. */
export const referenceTo = (id: string | null): Payload | undefined => (id === null ? undefined : { value: id });

/** The first so far unclaimed of the candidates that suits; it is claimed. */
export function claim<Candidate>(
  candidates: Iterable<Candidate>,
  claimed: Set<Candidate>,
  suits: (candidate: Candidate) => boolean,
): Candidate | undefined {
  for (const candidate of candidates) {
    if (claimed.has(candidate) || !suits(candidate)) continue;
    claimed.add(candidate);
    return candidate;
  }
  return undefined;
}
