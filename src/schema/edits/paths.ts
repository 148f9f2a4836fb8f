import type { Field } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";

export { labelOf } from "../../sync/local-changes/paths.js";

/** What a path of an edit leads to: a field, a list of children, or the record's state, which is what ends or restores it. */

type EditableList = ChildDefinition & { readonly edit: NonNullable<ChildDefinition["edit"]> };

export const statePath = "state";

/** The editable fields among these, with their names. */
export function editableFields(fields: Readonly<Record<string, Field>>): readonly (readonly [string, Field])[] {
  return Object.entries(fields).filter(([, { edit }]) => edit !== undefined);
}

/** The lists of an entity that can be edited, with their names. */
export function editableLists({ children }: EntityPlugin): readonly (readonly [string, EditableList])[] {
  return Object.entries(children).flatMap(([path, { edit, ...child }]) =>
    edit === undefined ? [] : [[path, { ...child, edit }] as const],
  );
}

/** The paths of these edits, in the order in which the plugin declares them. */
export function inOrder({ fields, children }: EntityPlugin, paths: readonly string[]): readonly string[] {
  const declared = [...Object.keys(fields), ...Object.keys(children)];
  return [...paths].sort((one, other) => declared.indexOf(one) - declared.indexOf(other));
}

/** `NON_INVENTORY` → `Non inventory`. */
export function inWords(name: string): string {
  const words = name.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The name of a field in an input: references are given by id. */
export function inputName(name: string, { kind }: Pick<Field, "kind">): string {
  return kind === "REFERENCE" ? `${name}Id` : name;
}

/** The name in an input of QuickBooks' own id, for a reference that may lead to what no plugin mirrors. */
export const quickbooksIdName = (name: string): string => `${name}QuickbooksId`;

/** The sibling that says what a polymorphic reference leads to; undefined for others. */
export function typeFieldOf({ reference }: Pick<Field, "reference">): string | undefined {
  return typeof reference?.target === "object" ? reference.target.typeField : undefined;
}

/** The entity that a reference of a row leads to. */
export function targetOf({ reference }: Pick<Field, "reference">, row: unknown): string | undefined {
  if (reference === undefined) return undefined;
  if (typeof reference.target === "string") return reference.target;
  const type = entryOf(row, reference.target.typeField);
  return typeof type === "string" ? type : undefined;
}

/** What an object holds under a name; null where it holds nothing. */
export function entryOf(object: unknown, name: string): unknown {
  if (typeof object !== "object" || object === null) return null;
  const entry = Object.entries(object).find(([key]) => key === name);
  return entry?.[1] ?? null;
}
