/** U+0000, and halves of surrogate pairs: JSON can say them, but neither `text` nor `jsonb` holds them. */
const unstorable = /[\0\p{Surrogate}]/u;

export const unstorableReason =
  "holds a character that PostgreSQL cannot store (U+0000, or half of a surrogate pair). Retype this text in QuickBooks and retry.";

/** Where in a payload a text, or the name of a property, holds a character that PostgreSQL refuses; undefined if nowhere. */
export function unstorablePath(value: unknown): string | undefined {
  if (typeof value === "string") return unstorable.test(value) ? "record" : undefined;
  if (!isObject(value)) return undefined;
  for (const key in value) {
    if (unstorable.test(key)) return "record";
    const path = unstorablePath(value[key]);
    if (path !== undefined) return path === "record" ? key : `${key}.${path}`;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
