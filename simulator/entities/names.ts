import type { Context } from "./definition.js";
import { invalidText, missing, takenName } from "./refused.js";

/** A name about to be given: as the record bears it, and as it must be unique (with its parents' where these count). */
interface NewName {
  readonly entity: string;
  readonly field: string;
  readonly own: string;
  readonly unique: string;
}

/** Refuses a name that QuickBooks would not take: empty, with a colon, tab or line break, or already borne by another record. */
export function checkName(context: Context, { entity, field, own, unique }: NewName, id: string): void {
  const path = `${entity}.${field}`;
  if (own.trim() === "") throw missing(path, "it must not be empty.");
  if (/[:\t\n\r]/.test(own)) throw invalidText(path, `"${own}" must not hold a colon, tab or line break.`);
  const other = context.named(entity, unique);
  if (other && other.id !== id) throw takenName(entity, unique, `${entity} ${other.id}`);
  if (entity === "Customer" && context.isTaken(unique)) throw takenName(entity, unique, "a vendor or employee");
}

const deletedSuffix = / \(deleted(?: \d+)?\)$/;

/** The name an inactive record gets: ` (deleted)` added, numbered when that is taken. */
export function deletedName(name: string, taken: (name: string) => boolean): string {
  const first = `${name} (deleted)`;
  if (!taken(first)) return first;
  for (let number = 1; ; number += 1) {
    const numbered = `${name} (deleted ${String(number)})`;
    if (!taken(numbered)) return numbered;
  }
}

export function withoutDeleted(name: string): string {
  return name.replace(deletedSuffix, "");
}
