import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { columnOf, type FieldKind, type FieldMap } from "../../src/plugins/fields.js";
import type { ChildDefinition } from "../../src/plugins/plugin.js";
import { declaredTables, type Table } from "./models.js";
import type { Values } from "../../src/plugins/writes.js";
import { plugins } from "./support.js";

const tables = declaredTables();

const columnTypes: Readonly<Record<FieldKind, string>> = {
  TEXT: "String",
  ENUM: "String",
  REFERENCE: "String",
  INTEGER: "Int",
  BOOLEAN: "Boolean",
  DECIMAL: "Decimal(38, 16)",
  MONEY: "Decimal(28, 8)",
  DATE: "Date",
  TIMESTAMP: "Timestamptz(3)",
  ADDRESS: "Json",
};

/** What the engine keeps of every record, and of every child row, whatever its entity. */
const recordColumns =
  "id connection_id epoch quickbooks_id sync_token state created_in_quickbooks_at updated_in_quickbooks_at answered_at " +
  "mirrored_at version stale_since content_hash source_hash raw";
const childColumns = "record_id connection_id epoch position";

function tableNamed(name: string): Table {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`prisma/models has no table ${name}.`);
  return table;
}

const stored = (fields: FieldMap) => Object.entries(fields).filter(([, field]) => field.stored);

function expectColumns(tableName: string, fields: FieldMap, ofTheEngine: string): void {
  const { columns } = tableNamed(tableName);
  const declared = stored(fields).map(([name, field]) => columnOf(name, field));
  expect([...columns.keys()].sort()).toEqual([...ofTheEngine.split(" "), ...declared].sort());
  for (const [name, field] of stored(fields)) {
    const column = { type: columnTypes[field.kind], isNullable: field.required !== true };
    expect([name, columns.get(columnOf(name, field))]).toEqual([name, column]);
  }
}

test("every folder of plugins is registered", () => {
  const folders = readdirSync(new URL("../../src/plugins/", import.meta.url), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(plugins.map(({ name }) => name.toLowerCase()).sort()).toEqual(names.sort());
});

describe.each([...plugins])("$name", (plugin) => {
  const children: readonly [string, ChildDefinition][] = Object.entries(plugin.children);

  test("the declared fields are the columns of its table, with their types", () => {
    expectColumns(plugin.table, plugin.fields, recordColumns);
  });

  test("the declared fields of its children are the columns of their tables", () => {
    for (const [, child] of children) expectColumns(child.table, child.fields, childColumns);
  });

  test("what it can be filtered or ordered by has an index of its connection", () => {
    const { indexes } = tableNamed(plugin.table);
    const indexed = indexes.filter(([first]) => first === "connection_id").map(([, second]) => second);
    const asked = Object.entries(plugin.fields).filter(([, { filter, order }]) => filter === true || order === true);
    for (const [name, field] of asked) {
      const columns = field.expression?.("r", "today").match(/(?<=\br\.)\w+/g) ?? [columnOf(name, field)];
      expect([name, columns.some((column) => indexed.includes(column))]).toEqual([name, true]);
    }
    expect(asked.map(([name]) => name)).toContain(plugin.defaultOrder.field);
  });

  test("every field and value is explained to people, in sentences", () => {
    for (const fields of [plugin.fields, ...children.map(([, child]) => child.fields)]) {
      for (const { label, description, enumeration } of Object.values(fields)) {
        expect(label).toMatch(/^[A-Z]/);
        const descriptions = enumeration ? [enumeration.description, ...Object.values(enumeration.values)] : [];
        for (const each of [description, ...descriptions]) expect(each).toMatch(/^[A-Z].*\.$/s);
      }
    }
  });

  test("the currency of its amounts is a column beside them", () => {
    for (const fields of [plugin.fields, ...children.map(([, child]) => child.fields)]) {
      const currencies = Object.values(fields).flatMap(({ currencyColumn }) => currencyColumn ?? []);
      for (const column of currencies)
        expect(stored(fields).map(([name, field]) => columnOf(name, field))).toContain(column);
    }
  });

  test("its references point at registered entities, or at a sibling field that names them", () => {
    const names = plugins.map(({ name }) => name);
    for (const fields of [plugin.fields, ...children.map(([, child]) => child.fields)]) {
      for (const { reference } of Object.values(fields)) {
        if (typeof reference?.target === "string") expect(names).toContain(reference.target);
        else if (reference !== undefined) expect(Object.keys(fields)).toContain(reference.target.typeField);
        for (const type of reference?.inverse?.on ?? []) expect(names).toContain(type);
        for (const field of reference?.inverse?.edgeFields ?? []) expect(Object.keys(fields)).toContain(field);
      }
    }
  });

  test("the variants of its children name fields that exist, one for each kind", () => {
    for (const [, { fields, common = [], variants, nesting }] of children) {
      const named = [...common, ...Object.values(variants?.types ?? {}).flatMap((variant) => variant.fields)];
      for (const name of named) expect(Object.keys(fields)).toContain(name);
      if (variants === undefined) continue;
      const kinds = fields[variants.discriminator]?.enumeration?.values ?? {};
      expect(Object.keys(variants.types)).toEqual(Object.keys(kinds));
      if (nesting === undefined) continue;
      expect(Object.keys(variants.types)).toContain(nesting.variant);
      expect(Object.keys(fields)).toContain(nesting.parentPosition);
    }
  });
});

/** A value that a field of the kind can hold. */
const samples: Readonly<Record<FieldKind, unknown>> = {
  TEXT: "a text",
  ENUM: "A_VALUE",
  REFERENCE: "71",
  INTEGER: 71,
  BOOLEAN: true,
  DECIMAL: "71.5",
  MONEY: "71.5",
  DATE: "2026-01-31",
  TIMESTAMP: "2026-01-31T09:30:00Z",
  ADDRESS: { lines: ["71 Elm"], city: null, region: null, postalCode: null, country: null },
};

describe.each(plugins.filter(({ writes }) => writes !== undefined))("editing $name", (plugin) => {
  const editable = Object.entries(plugin.fields).filter(([, { edit }]) => edit !== undefined);

  test("whatever can be edited is stored, and none of it asks for what it cannot hold", () => {
    for (const [path, { stored: isStored, kind, edit = {}, enumeration }] of editable) {
      expect([path, isStored]).toEqual([path, true]);
      const isText = kind === "TEXT";
      const isNumber = kind === "DECIMAL" || kind === "MONEY";
      const ofTexts = [edit.longest, edit.forbidden, edit.multiline].some((option) => option !== undefined);
      const ofNumbers = [edit.decimals, edit.least].some((option) => option !== undefined);
      expect([path, ofTexts && !isText, ofNumbers && !isNumber]).toEqual([path, false, false]);
      const choices = edit.oneOf ?? [];
      if (enumeration) expect(Object.keys(enumeration.values)).toEqual(expect.arrayContaining([...choices]));
    }
    expect(editable.map(([path]) => path)).toEqual(expect.arrayContaining([plugin.writes?.unique?.field ?? []].flat()));
  });

  test("its requests speak of every field that can be edited", () => {
    const silent = editable.filter(([path, { kind, edit }]) => {
      const operation = edit?.on ?? "UPDATE";
      const value = edit?.oneOf?.[0] ?? samples[kind];
      const asked = (values: Values) =>
        JSON.stringify(plugin.writes?.request({ operation, values, current: operation === "CREATE" ? undefined : {} }));
      return asked({ [path]: value }) === asked({});
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});

test("names that must be unique are found by an index, whatever their capitals", () => {
  const directory = new URL("../../prisma/migrations/", import.meta.url);
  const folders = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const migrations = folders
    .map(({ name }) => readFileSync(new URL(`${name}/migration.sql`, directory), "utf8"))
    .join("\n");
  const indexes = plugins.flatMap(({ table, fields, writes }) => {
    const [path = "", field] = Object.entries(fields).find(([key]) => key === writes?.unique?.field) ?? [];
    return field === undefined ? [] : [`ON "${table}"("connection_id", lower("${columnOf(path, field)}"))`];
  });
  expect(indexes.length).toBeGreaterThan(0);
  expect(indexes.filter((index) => !migrations.includes(index))).toEqual([]);
});

test("no two fields of a type share a name, inverse fields included", () => {
  for (const { name, fields, children } of plugins) {
    const inverses = plugins.flatMap((plugin) =>
      [plugin.fields, ...Object.values(plugin.children).map((child) => child.fields)]
        .flatMap((each) => Object.values(each))
        .filter(({ reference }) => reference?.inverse?.on?.includes(name) ?? reference?.target === name)
        .flatMap(({ reference }) => reference?.inverse?.field ?? []),
    );
    const all = [...Object.keys(fields), ...Object.keys(children), ...inverses];
    expect(all.filter((field, index) => all.indexOf(field) !== index)).toEqual([]);
  }
});
