import type { PoolClient } from "pg";
import { z } from "zod";
import type { Holding, PersonalCopies, PersonalRecord } from "../../plugins/erasing.js";
import { columnOf } from "../../plugins/fields.js";
import type { EntityPlugin } from "../../plugins/plugin.js";

/** Whose data is erased: a record, in one life of its company. */
export interface Person {
  readonly plugin: EntityPlugin;
  readonly connectionId: string;
  readonly epoch: number;
  readonly recordId: string;
  readonly quickbooksId: string;
}

const personRow = z.object({ epoch: z.number(), quickbooksId: z.string() });

/** undefined where the connection has no such record. */
export async function findPerson(
  client: Pick<PoolClient, "query">,
  plugin: EntityPlugin,
  { connectionId, recordId }: Pick<Person, "connectionId" | "recordId">,
): Promise<Person | undefined> {
  const { rows } = await client.query(
    `SELECT epoch, quickbooks_id AS "quickbooksId" FROM "${plugin.table}" WHERE id = $1 AND connection_id = $2`,
    [recordId, connectionId],
  );
  const row = personRow.optional().parse(rows[0]);
  return row && { plugin, connectionId, recordId, ...row };
}

/** `$1` to `$4` of the conditions below. */
export const personValues = ({ connectionId, epoch, recordId, quickbooksId }: Person): readonly unknown[] => [
  connectionId,
  epoch,
  recordId,
  quickbooksId,
];

/** How SQL reads a mirrored record: from its row, or from a version of it. */
export interface RowParts {
  column(name: string): string;
  readonly raw: string;
  readonly recordId: string;
  readonly epoch: string;
}

export const currentRow: RowParts = {
  column: (name) => `t."${name}"`,
  raw: "t.raw",
  recordId: "t.id",
  epoch: "t.epoch",
};
export const versionRow: RowParts = {
  column: (name) => `(t.row->>'${name}')`,
  raw: "(t.row->'raw')",
  recordId: "t.record_id",
  epoch: "(t.row->>'epoch')::integer",
};

/** The fields of an entity's records that may tell of a person of another. */
export const copiesOf = (plugin: EntityPlugin, person: EntityPlugin): readonly PersonalCopies[] =>
  (plugin.erasure?.copies ?? []).filter(({ field }) => plugin.fields[field]?.reference?.target === person.name);

/** SQL of whether a record refers to the person; FALSE where its entity cannot. */
export function refersTo({ plugin: target }: Person, plugin: EntityPlugin, { column }: RowParts): string {
  return anyOf(
    copiesOf(plugin, target).flatMap(({ field }) => {
      const declared = plugin.fields[field];
      return declared === undefined ? [] : [`${column(columnOf(field, declared))} = $4::text`];
    }),
  );
}

/** SQL of whether a record still tells of the person. */
export function tellsOf(person: Person, plugin: EntityPlugin, row: RowParts): string {
  const copies = copiesOf(plugin, person.plugin);
  const held = holdsAny(copies, row);
  const isOwn = `${row.recordId} = $3::uuid`;
  const about = plugin.name === person.plugin.name ? plugin.erasure?.person : undefined;
  return anyOf([
    `(${refersTo(person, plugin, row)}) AND (${held})`,
    ...copies.flatMap((each) => joinedIn(each, row)),
    ...(about === undefined ? [] : [`${isOwn} AND (${saysMore(about, row)} OR ${held})`]),
  ]);
}

const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? "FALSE" : conditions.map((each) => `(${each})`).join(" OR ");

/** SQL of whether a record holds any of this. */
export const holdsAny = (holdings: readonly Holding[], row: RowParts): string =>
  anyOf(holdings.flatMap((each) => heldBy(each, row)));

const heldBy = ({ places, texts = {} }: Holding, { raw }: RowParts): string[] => [
  ...places.map((place) => `${raw} #> '${pathOf(place)}' IS NOT NULL`),
  ...Object.entries(texts).map(([property, words]) => `${raw}->>'${property}' <> '${words}'`),
];

const joinedIn = ({ joined = [] }: PersonalCopies, { raw }: RowParts): string[] =>
  joined.map(
    ({ place, separator, names }) =>
      `cardinality(string_to_array(${raw} #>> '${pathOf(place)}', '${separator}')) >= ${String(names)}`,
  );

const pathOf = (place: string): string => `{${place.replaceAll(".", ",")}}`;

function saysMore({ stays, stands }: PersonalRecord, { raw }: RowParts): string {
  const left = stays.map((property) => `'${property}'`).join(", ");
  const words = Object.entries(stands).map(([property, text]) => `'${property}', replace('${text}', '{Id}', $4::text)`);
  return `${raw} - ARRAY[${left}] <> jsonb_build_object(${words.join(", ")})`;
}
