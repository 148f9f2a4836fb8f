import type { ChildDefinition } from "../../plugins/plugin.js";
import { fieldOf } from "./catalog.js";
import { typeKey } from "./selection.js";
import { literal, named } from "./statement.js";
import { valueOf } from "./values.js";

/** Whether a child row stands inside another: inside the one at `position`, where one is given. */
export function isInside({ nesting, fields }: ChildDefinition, alias: string, position?: string): string {
  if (nesting === undefined) return "";
  const parent = valueOf(nesting.parentPosition, fieldOf(fields, nesting.parentPosition), alias);
  return position === undefined ? `(${parent} IS NOT NULL)` : `${parent} = ${position}`;
}

/** The column that tells a child row's type, where there are several. */
export function variantOf({ variants, fields }: ChildDefinition, alias: string): readonly string[] {
  if (variants === undefined) return [];
  const kind = valueOf(variants.discriminator, fieldOf(fields, variants.discriminator), alias);
  const types = Object.entries(variants.types).map(([name, { type }]) => `WHEN ${literal(name)} THEN ${literal(type)}`);
  return [named(`CASE ${kind} ${types.join(" ")} END`, typeKey)];
}
