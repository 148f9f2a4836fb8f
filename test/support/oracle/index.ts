import type { ClientBase } from "pg";
import { z } from "zod";
import { entities } from "./entities.js";
import type { ChildOracle, Columns, EntityOracle } from "./types.js";

/** QuickBooks as the oracle sees it: the exact text of every record, as a query serves it. */
export type Served = (entity: string) => AsyncIterable<string> | Iterable<string>;

/** What the oracle looks at; everything if left out. */
export interface Scope {
  readonly entities?: readonly string[];
  /** The first transaction date that is mirrored. */
  readonly transactionsSince?: string;
  /** Records that QuickBooks serves and that nobody could take in, as `Entity id`. */
  readonly without?: readonly string[];
  /** Whether names inside references count: QuickBooks shows a renamed customer's new name on old invoices without a sign. */
  readonly withoutNames?: boolean;
  /** Properties that do not count, because some ways of reading show them and others do not. */
  readonly withoutProperties?: readonly string[];
}

/** What the gateway adds of its own to every row. */
const ownColumns = [
  "id",
  "connection_id",
  "epoch",
  "answered_at",
  "mirrored_at",
  "version",
  "stale_since",
  "content_hash",
  "source_hash",
];
const ownChildColumns = ["record_id", "connection_id", "epoch", "position"];
const shownDifferences = 5;

/**
 * Compares the mirror of a connection with QuickBooks, record by record: payloads, every typed column, lines, states, maintained
 * counts, and that nothing else is there. Gives a line for each difference, a few of each kind; none: they are equal.
 */
export async function differences(
  client: ClientBase,
  connectionId: string,
  served: Served,
  scope: Scope = {},
): Promise<readonly string[]> {
  await client.query("CREATE TEMP TABLE served (id text PRIMARY KEY, r jsonb NOT NULL)");
  const found: string[] = [];
  for (const [name, entity] of Object.entries(entities)) {
    if (scope.entities?.includes(name) === false) continue;
    await load(client, served(name));
    await narrow(client, name, scope);
    await client.query("UPDATE served SET r = r - $1::text[] WHERE r ?| $1::text[]", [scope.withoutProperties ?? []]);
    for (const { text, isOfMirror } of statementsOf(name, entity, scope)) {
      const { rows } = await client.query(text, isOfMirror ? [connectionId] : []);
      const parsed = z.array(z.object({ difference: z.string() })).parse(rows);
      found.push(...parsed.map(({ difference }) => `${name} ${difference}`));
    }
  }
  await client.query("DROP TABLE served");
  return found;
}

async function load(client: ClientBase, texts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  await client.query("TRUNCATE served");
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    await client.query("INSERT INTO served SELECT t::jsonb ->> 'Id', t::jsonb FROM unnest($1::text[]) AS u(t)", [
      batch,
    ]);
    batch = [];
  };
  // A NUL, which no database keeps, must not cost the comparison: a record that holds one differs from any mirror of it.
  for await (const text of texts) if (batch.push(text.replaceAll("\\u0000", "\\ufffd")) === 1_000) await flush();
  await flush();
  await client.query("ANALYZE served");
}

/** Takes out what is not to be mirrored. */
async function narrow(
  client: ClientBase,
  name: string,
  { transactionsSince, without = [], withoutNames }: Scope,
): Promise<void> {
  if (withoutNames === true) await client.query(`UPDATE served SET r = ${nameless("r")}`);
  if (transactionsSince !== undefined)
    await client.query("DELETE FROM served WHERE r ->> 'TxnDate' < $1", [transactionsSince]);
  await client.query("DELETE FROM served WHERE $1 || ' ' || id = ANY($2)", [name, without]);
}

interface OracleStatement {
  readonly text: string;
  /** Whether $1 is the connection. */
  readonly isOfMirror: boolean;
}

const gone = "('DELETED', 'MERGED')";
/** What was made here and has not reached QuickBooks. */
const isPending = "starts_with(quickbooks_id, 'local:')";
/** A company that was reset in QuickBooks begins another life; what is mirrored of the earlier one is not compared. */
const ofLife = "connection_id = $1 AND epoch = (SELECT epoch FROM connections WHERE id = $1)";

function statementsOf(
  name: string,
  { table, columns, children }: EntityOracle,
  { withoutNames, withoutProperties = [] }: Scope,
): readonly OracleStatement[] {
  const raw = `${withoutNames === true ? nameless("t.raw") : "t.raw"} - ${list(withoutProperties)}`;
  const own = `${others(columns)}, ${raw} AS raw`;
  const mirror = `SELECT ${own}, 0 AS position FROM "${table}" t WHERE ${ofLife} AND state NOT IN ${gone} AND NOT ${isPending}`;
  const ofMirror = (text: string): OracleStatement => ({ text, isOfMirror: true });
  return [
    { text: unknownColumns(table, [...ownColumns, ...Object.keys(columns)]), isOfMirror: false },
    ofMirror(
      comparison("record", { expected: expectedRows("SELECT *, 0 AS position FROM served", columns), mirror, columns }),
    ),
    ofMirror(resurrected(table)),
    ofMirror(countsDiffer(name, table, columns)),
    ...children.flatMap((child) => [
      { text: unknownColumns(child.table, [...ownChildColumns, ...Object.keys(child.columns)]), isOfMirror: false },
      ofMirror(childrenDiffer(child, mirror)),
      ofMirror(orphans(child.table, table)),
    ]),
  ];
}

const list = (properties: readonly string[]): string =>
  `ARRAY[${properties.map((property) => `'${property}'`).join(", ")}]::text[]`;

/** A reference's name stands before its value in the text of jsonb, with its type between them if it has one. */
const nameless = (json: string): string =>
  `regexp_replace(${json}::text, '"name": "(?:[^"\\\\]|\\\\.)*", ((?:"type": "[^"]*", )?"value": )', '\\1', 'g')::jsonb`;

/** All columns but the payload. */
const others = (columns: Columns): string =>
  ["id", ...Object.keys(columns)]
    .filter((column) => column !== "raw")
    .map((column) => `t."${column}"`)
    .join(", ");

/** A column that nobody told the oracle of would never be compared. */
function unknownColumns(table: string, known: readonly string[]): string {
  const list = known.map((column) => `'${column}'`).join(", ");
  return `SELECT 'has a column that the oracle does not know: ${table}.' || column_name AS difference
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '${table}' AND column_name NOT IN (${list})`;
}

/** What the mirror has to hold, under the names of its columns. */
function expectedRows(source: string, columns: Columns): string {
  const values = Object.entries(columns).map(([column, value]) => `${value} AS "${column}"`);
  return `SELECT id AS of, position, ${values.join(", ")} FROM (${source}) AS source`;
}

interface Compared {
  readonly expected: string;
  /** Rows of the mirror, with `quickbooks_id` of their record and `position` in it. */
  readonly mirror: string;
  readonly columns: Columns;
}

/** What is wrong with each pair: one of them is missing, or which columns hold what instead of what. */
function comparison(what: string, { expected, mirror, columns }: Compared): string {
  const differs = (column: string): string => `m."${column}"${asText(column)} IS DISTINCT FROM e."${column}"`;
  const shown = (value: string): string => `coalesce(left(${value}::text, 200), 'nothing')`;
  const names = Object.keys(columns);
  const wrong = names.map(
    (column) =>
      `CASE WHEN ${differs(column)} THEN '${column} is ' || ${shown(`m."${column}"`)} || ', not ' || ${shown(`e."${column}"`)} END`,
  );
  return `SELECT '${what} ' || coalesce(e.of, m.quickbooks_id) || ' (' || coalesce(e.position, m.position) || '): ' ||
      CASE WHEN e.of IS NULL THEN 'is in the mirror alone' WHEN m.quickbooks_id IS NULL THEN 'is missing in the mirror'
        ELSE concat_ws('; ', ${wrong.join(", ")}) END AS difference
    FROM (${expected}) e FULL JOIN (${mirror}) m ON m.quickbooks_id = e.of AND m.position = e.position
    WHERE e.of IS NULL OR m.quickbooks_id IS NULL OR ${names.map(differs).join(" OR ")} LIMIT ${shownDifferences}`;
}

/** The state is an enumeration of the mirror's own. */
const asText = (column: string): string => (column === "state" ? "::text" : "");

function resurrected(table: string): string {
  return `SELECT 'record ' || s.id || ' is served, and the mirror says ' || t.state AS difference FROM "${table}" t
    JOIN served s ON s.id = t.quickbooks_id WHERE t.${ofLife} AND t.state IN ${gone} LIMIT ${shownDifferences}`;
}

function countsDiffer(name: string, table: string, columns: Columns): string {
  return `WITH expected AS (SELECT state, count(*) AS records FROM (
      SELECT ${columns["state"] ?? ""} AS state FROM served
      UNION ALL SELECT state::text FROM "${table}" WHERE ${ofLife} AND (state IN ${gone} OR ${isPending})) r GROUP BY 1),
    kept AS (SELECT state::text, records FROM mirror_counts WHERE ${ofLife} AND entity = '${name}' AND records <> 0)
    SELECT 'counts ' || state || ': ' || coalesce(k.records, 0) || ', not ' || coalesce(e.records, 0) AS difference
    FROM expected e FULL JOIN kept k USING (state) WHERE k.records IS DISTINCT FROM e.records`;
}

function childrenDiffer({ table, rows, columns }: ChildOracle, records: string): string {
  const mirror = `SELECT t.quickbooks_id, c.* FROM "${table}" c JOIN (${records}) t ON t.id = c.record_id`;
  return `WITH RECURSIVE ${linesOfTransactions} ${comparison(table, { expected: expectedRows(rows, columns), mirror, columns })}`;
}

/** All lines with their places, however deep: a bundle's lines stand right behind it. */
const linesOfTransactions = `
  lines AS (
    SELECT id, ARRAY[n] AS path, line AS r, s.r #>> '{CurrencyRef,value}' AS currency
    FROM served s, jsonb_array_elements(s.r -> 'Line') WITH ORDINALITY AS l(line, n)
    UNION ALL
    SELECT id, path || n, line, currency
    FROM lines, jsonb_array_elements(lines.r #> '{GroupLineDetail,Line}') WITH ORDINALITY AS l(line, n)),
  placed AS (SELECT *, row_number() OVER (PARTITION BY id ORDER BY path) - 1 AS position FROM lines)`;

function orphans(table: string, parents: string): string {
  return `SELECT count(*) || ' rows of ${table} belong to no record' AS difference FROM "${table}" c
    WHERE c.connection_id = $1 AND NOT EXISTS (SELECT 1 FROM "${parents}" t WHERE t.id = c.record_id) HAVING count(*) > 0`;
}
