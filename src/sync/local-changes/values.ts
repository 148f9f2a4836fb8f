import type { EntityPlugin, Mapped, TakenIn } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";

/**
 * All that can be edited of a record, in the form in which mappers give it: what is compared, and what edits name. Without what QuickBooks
 * adds to it while the record is inactive, which is nobody's value.
 */
export function editableValues(
  plugin: EntityPlugin,
  { row, children, state }: Pick<Mapped, "row" | "children"> & Partial<Pick<TakenIn, "state">>,
): Values {
  const fields = Object.entries(plugin.fields)
    .filter(([, field]) => field.stored && field.edit !== undefined)
    .map(
      ([path]) => [path, state === "INACTIVE" ? bare(plugin, path, valueIn(row, path)) : valueIn(row, path)] as const,
    );
  const lists = editableLists(plugin).map(
    ([path, list]) => [path, (children[path] ?? []).flatMap((each) => editableRow(list, each))] as const,
  );
  return Object.fromEntries([...fields, ...lists]);
}

/**
 * Whether two values of a path say the same. A row that is new has no id yet, and may be the one that has got one since, with what
 * QuickBooks fills in.
 */
export function sameValue(plugin: EntityPlugin, path: string, left: unknown, right: unknown): boolean {
  const child = plugin.children[path];
  if (child?.edit === undefined || !Array.isArray(left) || !Array.isArray(right)) return text(left) === text(right);
  const { id, filledIn = [] } = child.edit;
  const [lefts, rights]: readonly unknown[][] = [left, right];
  if (lefts?.length !== rights?.length) return false;
  return (lefts ?? []).every((row, index) => {
    const other = rights?.[index];
    if (id === undefined || (cellIn(row, id) !== null && cellIn(other, id) !== null)) return text(row) === text(other);
    const unsaid = filledIn.filter((key) => cellIn(row, key) === null || cellIn(other, key) === null);
    const ignored = new Set([id, ...unsaid]);
    return text(row, ignored) === text(other, ignored);
  });
}

/**
 * Whether QuickBooks holds another value than an edit was made over. What it added to a name is none, be it that it was left there when
 * the record was made active again.
 */
export function hasMoved(plugin: EntityPlugin, path: string, base: unknown, quickbooks: unknown): boolean {
  return !sameValue(plugin, path, bare(plugin, path, base), bare(plugin, path, quickbooks));
}

function bare({ fields }: EntityPlugin, path: string, value: unknown): unknown {
  const added = fields[path]?.edit?.addedWhenInactive;
  return added === undefined || typeof value !== "string" ? value : value.replace(added, "");
}

type EditableList = NonNullable<EntityPlugin["children"][string]["edit"]>;

function editableLists(plugin: EntityPlugin) {
  return Object.entries(plugin.children).flatMap(([path, child]) =>
    child.edit === undefined ? [] : [[path, { fields: child.fields, edit: child.edit }] as const],
  );
}

interface List {
  readonly fields: EntityPlugin["fields"];
  readonly edit: EditableList;
}

/** Nothing of a row that QuickBooks adds by itself. */
function editableRow({ fields, edit }: List, row: object): Values[] {
  if (edit.counts?.({ ...row }) === false) return [];
  const keys = [
    ...(edit.id === undefined ? [] : [edit.id]),
    ...(edit.along ?? []),
    ...Object.keys(fields).filter((key) => fields[key]?.edit !== undefined),
  ];
  return [Object.fromEntries(keys.map((key) => [key, valueIn(row, key)]))];
}

function valueIn(row: object, key: string): unknown {
  const entry = Object.entries(row).find(([name]) => name === key);
  return entry?.[1] ?? null;
}

function cellIn(row: unknown, key: string): unknown {
  return typeof row === "object" && row !== null ? valueIn(row, key) : null;
}

/** Canonical: keys in order, empty values left out. */
function text(value: unknown, without?: ReadonlySet<string>): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return `[${value.map((each) => text(each)).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const parts = Object.entries(value)
    .filter(([key]) => without?.has(key) !== true)
    .map(([key, inner]) => [key, text(inner)] as const)
    .filter(([, inner]) => inner !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${parts.map(([key, inner]) => `${JSON.stringify(key)}:${inner}`).join(",")}}`;
}
