import { coerceInputValue, type GraphQLSchema, isInputObjectType } from "graphql";
import type { Address, Field } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import type { Values } from "../../plugins/writes.js";
import { RecordReference } from "../../sync/local-changes/references.js";
import type { Problem } from "../../sync/problems.js";
import { decodeId, decodeIdOf } from "../relay.js";
import { decodeRowId } from "../row-id.js";
import type { EditLoaders } from "./loaders.js";
import { editableFields, editableLists, entryOf, inputName, quickbooksIdName, typeFieldOf } from "./paths.js";

/** Values as clients give them, made into the form in which edits hold them. What was left out stays left out; null stays null. */

const nothingThere = "Nothing in your organization has this id.";

/** Whose fields are given, and where in the input; a new record has no id. */
export interface Giving {
  readonly plugin: EntityPlugin;
  readonly recordId?: string | undefined;
  /** `fields` */
  readonly place: string;
}

export interface Given {
  readonly values: Values;
  /** What the values refer to by our ids, with the input fields that do. */
  readonly references: readonly GivenReference[];
  /** Ids of nothing. */
  readonly problems: readonly Problem[];
}

export interface GivenReference {
  readonly field: string;
  readonly reference: RecordReference;
}

/** What was given in an input made by `EditInputs`; GraphQL has checked the types. */
export function givenValues(giving: Giving, given: unknown): Given {
  const reader = new Reader(giving);
  const { references, problems } = reader;
  return { values: reader.fields(given), references, problems };
}

/** References to what is not there, or is another organization's. */
export async function unknownReferences(
  { references }: Given,
  { connectionOfRecord }: Pick<EditLoaders, "connectionOfRecord">,
): Promise<readonly Problem[]> {
  const found = await Promise.all(
    references.map(({ reference: { entity, recordId } }) => connectionOfRecord.load({ entity, id: recordId })),
  );
  return references.flatMap(({ field }, index): readonly Problem[] => {
    return found[index] === undefined ? [{ code: "NOT_FOUND", field, message: nothingThere }] : [];
  });
}

/** One value out of JSON, which GraphQL has not checked: in the shape of its field in the inputs, as `FieldValue.value` shows it. */
export function givenJson(schema: GraphQLSchema, giving: Giving, path: string, json: unknown): Given {
  const field = giving.plugin.fields[path];
  const name = field === undefined ? path : inputName(path, field);
  const type = ["Update", "Create"]
    .map((verb) => schema.getType(`${verb}${giving.plugin.name}Fields`))
    .flatMap((input) => (isInputObjectType(input) ? [input.getFields()[name]?.type] : []))
    .find((found) => found !== undefined);
  const refused = (message: string): Problem => ({ code: "INVALID", field: giving.place, message });
  if (type === undefined) return { values: {}, references: [], problems: [refused(`\`${path}\` cannot be edited.`)] };
  const problems: Problem[] = [];
  const value: unknown = coerceInputValue(json, type, (_path, _value, { message }) => problems.push(refused(message)));
  return problems.length > 0 ? { values: {}, references: [], problems } : givenValues(giving, { [name]: value });
}

class Reader {
  readonly problems: Problem[] = [];
  readonly references: GivenReference[] = [];

  constructor(private readonly giving: Giving) {}

  fields(given: unknown): Values {
    const { plugin, place } = this.giving;
    const parts = editableFields(plugin.fields).map(([name, field]) => this.field(name, field, given, place));
    const lists = editableLists(plugin).map(([path, child]) => {
      const rows = entryIn(given, path);
      if (rows === undefined) return {};
      return {
        [path]: Array.isArray(rows)
          ? rows.map((row, index) => this.row(child, row, `${place}.${path}.${index}`))
          : null,
      };
    });
    return merged([...parts, ...lists]);
  }

  private row(child: ChildDefinition, given: unknown, place: string): Values {
    const ownId = child.edit?.id;
    const parts = editableFields(child.fields).map(([name, field]) => this.field(name, field, given, place));
    return merged([ownId === undefined ? {} : this.rowId(child, ownId, entryIn(given, "id"), `${place}.id`), ...parts]);
  }

  private rowId({ type }: ChildDefinition, key: string, given: unknown, place: string): Values {
    if (typeof given !== "string") return {};
    const { recordId } = this.giving;
    const id = recordId === undefined ? undefined : decodeRowId(type, recordId, given);
    if (id === undefined) this.notFound(place, "This record has no such row. Leave the id out for a new row.");
    return { [key]: id ?? null };
  }

  private field(name: string, field: Field, given: unknown, place: string): Values {
    if (typeFieldOf(field) !== undefined) return this.polymorphic(name, field, given, place);
    const value = entryIn(given, inputName(name, field));
    if (value === undefined) return {};
    if (field.kind !== "REFERENCE" || typeof value !== "string") return { [name]: normal(field, value) };
    const target = field.reference?.target;
    const id = typeof target === "string" ? decodeIdOf(target, value) : undefined;
    if (typeof target !== "string" || id === undefined) {
      this.notFound(`${place}.${inputName(name, field)}`);
      return {};
    }
    return { [name]: this.reference(target, id, `${place}.${inputName(name, field)}`) };
  }

  /** By our id, or by the type and QuickBooks' id of what no plugin mirrors. */
  private polymorphic(name: string, field: Field, given: unknown, place: string): Values {
    const typeField = typeFieldOf(field) ?? "";
    const [globalId, type] = [entryIn(given, inputName(name, field)), entryIn(given, typeField)];
    if (typeof globalId !== "string") {
      const quickbooksId = entryIn(given, quickbooksIdName(name));
      return {
        ...(type !== undefined && { [typeField]: type }),
        ...(quickbooksId !== undefined && { [name]: quickbooksId }),
      };
    }
    const decoded = decodeId(globalId);
    if (decoded === undefined || (typeof type === "string" && type !== decoded.type)) {
      this.notFound(`${place}.${inputName(name, field)}`);
      return {};
    }
    const reference = this.reference(decoded.type, decoded.id, `${place}.${inputName(name, field)}`);
    return { [typeField]: decoded.type, [name]: reference };
  }

  private reference(entity: string, recordId: string, field: string): RecordReference {
    const reference = new RecordReference(entity, recordId);
    this.references.push({ field, reference });
    return reference;
  }

  private notFound(field: string, message = nothingThere): void {
    this.problems.push({ code: "NOT_FOUND", field, message });
  }
}

/** The form in which mappers give values. */
function normal({ kind }: Field, value: unknown): unknown {
  if (kind === "TIMESTAMP" && value instanceof Date) return value.toISOString();
  return kind === "ADDRESS" && value !== null ? addressOf(value) : value;
}

/** An address is given whole: what is left out of it is empty, and one without anything is none. */
function addressOf(given: unknown): Address | null {
  const part = (name: string): string | null => {
    const value = entryOf(given, name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  const lines = entryOf(given, "lines");
  const address = {
    lines: Array.isArray(lines) ? lines.filter((line): line is string => typeof line === "string" && line !== "") : [],
    city: part("city"),
    region: part("region"),
    postalCode: part("postalCode"),
    country: part("country"),
  };
  const { lines: own, ...parts } = address;
  return own.length === 0 && Object.values(parts).every((value) => value === null) ? null : address;
}

/** Null is a value; what was left out is undefined. */
function entryIn(given: unknown, name: string): unknown {
  if (typeof given !== "object" || given === null) return undefined;
  return Object.entries(given).find(([key]) => key === name)?.[1];
}

function merged(parts: readonly Values[]): Values {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}
