import type { Address, Field } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import type { GatewayContext } from "../context.js";
import { encodeId } from "../relay.js";
import { encodeRowId } from "../row-id.js";
import { editableFields, entryOf, inputName, inWords, quickbooksIdName, targetOf, typeFieldOf } from "./paths.js";
import type { Referred, ReferredRecord } from "./value-loaders.js";

/** The record whose value is shown. */
export interface ValueOwner {
  readonly plugin: EntityPlugin;
  readonly connectionId: string;
  readonly epoch: number;
  /** Null for a record that was never made. */
  readonly recordId: string | null;
  /** The currency of its amounts, where the record itself does not tell it yet. */
  readonly currency?: string | undefined;
}

/** A value as edits hold it, and where it stands. */
export interface ShownValue {
  readonly owner: ValueOwner;
  readonly path: string;
  readonly value: unknown;
}

type Loaders = Pick<GatewayContext["loaders"], "referred" | "currency" | "connection">;

/** The value as people read it. */
export async function textOf({ owner, path, value }: ShownValue, loaders: Loaders): Promise<string | null> {
  if (Array.isArray(value)) return counted(value.length, path);
  const field = owner.plugin.fields[path];
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "object") return isAddress(value) ? lineOf(value) : null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  switch (field?.kind) {
    case "MONEY":
      return `${text} ${await currencyOf(owner, field, loaders)}`;
    case "REFERENCE":
      return (await referredBy({ owner, path, value }, loaders))?.title ?? text;
    case "ENUM":
    case undefined:
      return inWords(text);
    default:
      return text;
  }
}

/** The value in the form in which it is given to a mutation: references by global id, lists as their rows. */
export async function inputValueOf({ owner, path, value }: ShownValue, loaders: Loaders): Promise<unknown> {
  const child = owner.plugin.children[path];
  if (child !== undefined && Array.isArray(value)) {
    return Promise.all(value.map((row: unknown) => inputRowOf(owner, child, row, loaders)));
  }
  if (owner.plugin.fields[path]?.kind !== "REFERENCE") return value;
  const referred = await referredBy({ owner, path, value }, loaders);
  const target = targetOf(owner.plugin.fields[path], undefined);
  return referred === undefined || target === undefined ? null : encodeId(target, referred.id);
}

/** The record that a reference leads to, and its entity; undefined for other values, and where it is not mirrored. */
export async function referredBy(
  { owner, path, value }: ShownValue,
  loaders: Loaders,
): Promise<(ReferredRecord & { readonly entity: string }) | undefined> {
  const field = owner.plugin.fields[path];
  const entity = field === undefined ? undefined : targetOf(field, undefined);
  if (entity === undefined || typeof value !== "string") return undefined;
  const record = await loaders.referred.load(referenceOf(owner, entity, value));
  return record && { ...record, entity };
}

function referenceOf({ connectionId, epoch }: ValueOwner, entity: string, quickbooksId: string): Referred {
  return { entity, connectionId, epoch, quickbooksId };
}

async function inputRowOf(owner: ValueOwner, child: ChildDefinition, row: unknown, loaders: Loaders): Promise<object> {
  const ownId = child.edit?.id === undefined ? undefined : entryOf(row, child.edit.id);
  const id =
    typeof ownId === "string" && owner.recordId !== null ? encodeRowId(child.type, owner.recordId, ownId) : null;
  const parts = editableFields(child.fields).map(async ([name, field]) => {
    const value = entryOf(row, name);
    return field.kind === "REFERENCE" ? referenceParts(owner, name, field, row, loaders) : { [name]: value };
  });
  return Object.assign(child.edit?.id === undefined ? {} : { id }, ...(await Promise.all(parts))) as object;
}

async function referenceParts(
  owner: ValueOwner,
  name: string,
  field: Field,
  row: unknown,
  loaders: Loaders,
): Promise<object> {
  const value = entryOf(row, name);
  const entity = targetOf(field, row);
  const record =
    entity === undefined || typeof value !== "string"
      ? undefined
      : await loaders.referred.load(referenceOf(owner, entity, value));
  const id = record === undefined || entity === undefined ? null : encodeId(entity, record.id);
  return {
    [inputName(name, field)]: id,
    ...(typeFieldOf(field) !== undefined && id === null && { [quickbooksIdName(name)]: value }),
  };
}

async function currencyOf(owner: ValueOwner, { currencyColumn }: Field, loaders: Loaders): Promise<string> {
  const { plugin, recordId, connectionId, currency } = owner;
  if (currencyColumn !== undefined) {
    const own = recordId === null ? null : await loaders.currency.load({ entity: plugin.name, id: recordId });
    if (currency !== undefined || own !== null) return currency ?? own ?? "";
  }
  // ISO 4217 has XXX for "no currency": the home currency is unknown until the company's preferences have been read.
  return (await loaders.connection.load(connectionId))?.homeCurrency ?? "XXX";
}

function isAddress(value: object | null): value is Address {
  return value !== null && "lines" in value && Array.isArray(value.lines);
}

function lineOf({ lines, city, region, postalCode, country }: Address): string {
  return [...lines, city, [region, postalCode].filter(Boolean).join(" "), country].filter(Boolean).join(", ");
}

function counted(count: number, path: string): string {
  const words = inWords(path).toLowerCase();
  return `${count} ${count === 1 ? words.replace(/s$/, "") : words}`;
}
