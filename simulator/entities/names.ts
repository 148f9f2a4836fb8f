import { EditRefused } from "./definition.js";
import type { Context } from "./definition.js";

/** Refuses a name that QuickBooks would not take: with a colon, tab or line break, or already borne by another record of the entity. */
export function checkName(context: Context, entity: string, name: string, id: string): void {
  const bare = name.slice(name.lastIndexOf(":") + 1);
  if (/[\t\n]/.test(name) || bare.trim() === "")
    throw new EditRefused(`${entity}: the name "${name}" must not be empty or hold a tab or line break.`);
  const other = context.named(entity, name);
  if (other && other.id !== id) {
    throw new EditRefused(
      `${entity}: the name "${name}" is already used by ${entity} ${other.id}. Use a different name.`,
    );
  }
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
