import type { Pool } from "pg";
import { isReached, type Reach, reachParameter } from "../../access/reach.js";
import { sha256 } from "../../foundation/ids.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { createCatalog, entityOf, type Catalog, type Entity } from "./catalog.js";
import { conditionsOn } from "./conditions.js";
import { keptAfter } from "../kept-versions.js";
import { epochAt } from "../lives.js";
import { Planner, type Listing } from "./planner.js";
import { pageRows, recordRow, type PageRows, type PageSelection, type Row, type Selection } from "./selection.js";
import { past, present, type Source } from "./source.js";
import { jsonRow, literal, Statement } from "./statement.js";

/** Where to read, for whom, and as of which instant "today" is told; `asOf` for what the mirror was then. */
export interface Asking {
  readonly database: Pick<Pool, "query">;
  readonly reach: Reach;
  readonly at: Date;
  readonly asOf?: Date | undefined;
}

/** What `asOf` asks for is no longer whole: the past is kept from this instant on. */
export interface NotKept {
  readonly keptFrom: Date;
}

/** Reads the mirror: every question is one SQL statement, whatever relations it follows. */
export interface Reader {
  readonly catalog: Catalog;
  /** A page of an entity's records; null where no such connection is reached. */
  list(asking: Asking, entity: string, connectionId: string, page: PageSelection): Promise<PageRows | NotKept | null>;
  /** The records with these of our ids, in their order; null for the missing, for other organizations' alike (I10), and for those of an earlier life of the company. */
  byIds(asking: Asking, entity: string, ids: readonly string[], selection: Selection): Promise<readonly (Row | null)[]>;
}

/** PostgreSQL keeps a prepared statement as long as its connection lives, and clients can ask in any number of shapes. */
const mostPrepared = 500;

export function createReader(plugins: readonly EntityPlugin[]): Reader {
  const catalog = createCatalog(plugins);
  const prepared = new Set<string>();

  async function execute({ database }: Asking, text: string, values: unknown[]): Promise<readonly Row[]> {
    const name = sha256(text).slice(0, 32);
    if (prepared.size < mostPrepared) prepared.add(name);
    const { rows } = await database.query<Row>({ text, values, ...(prepared.has(name) && { name }) });
    return rows;
  }

  return {
    catalog,
    async list(asking, name, connectionId, page) {
      const statement = new Statement();
      const company = companies(statement, asking, connectionId);
      const source = sourceFor(statement, asking);
      const listing = allOf(catalog, entityOf(catalog, name), page, { statement, source });
      const answer = new Planner(catalog, statement, source).page(listing, page);
      const text = `SELECT kept_from, CASE WHEN kept_from IS NULL THEN ${answer} END AS page ${company}`;
      const [row] = await execute(asking, text, statement.values);
      if (row === undefined) return null;
      const { kept_from: keptFrom } = row;
      return keptFrom instanceof Date ? { keptFrom } : pageRows(row["page"]);
    },
    async byIds(asking, name, ids, selection) {
      const entity = entityOf(catalog, name);
      const statement = new Statement();
      const company = companies(statement, asking);
      const alias = statement.alias();
      const record = jsonRow(new Planner(catalog, statement, present).record(entity, alias, selection));
      const wanted = `${alias}.connection_id = company.id AND ${alias}.epoch = company.epoch AND ${alias}.id = ANY(${statement.param(ids, "uuid[]")})`;
      const text = `SELECT ${alias}.id, ${record} AS record ${company} JOIN ${entity.plugin.table} ${alias} ON ${wanted}`;
      const rows = await execute(asking, text, statement.values);
      const found = new Map(rows.map((row) => [row["id"], recordRow(row["record"])]));
      return ids.map((id) => found.get(id) ?? null);
    },
  };
}

/** `company`: the connections that are reached, with what their records' values depend on. */
export function companies(statement: Statement, { at, reach, asOf }: Omit<Asking, "database">, id?: string): string {
  const now = statement.param(at, "timestamptz");
  const own = isReached("connections", statement.param(reachParameter(reach), "jsonb"));
  const one = id === undefined ? "" : ` AND id = ${statement.param(id, "uuid")}`;
  const today = `(${now} AT TIME ZONE coalesce(time_zone, 'UTC'))::date AS today`;
  const then = asOf && statement.param(asOf, "timestamptz");
  const epoch = then === undefined ? "epoch" : `${epochAt("connections", then)} AS epoch`;
  const keptFrom = then === undefined ? "NULL::timestamptz" : keptAfter("connections", then);
  const columns = `id, ${epoch}, home_currency, ${today}, ${keptFrom} AS kept_from`;
  return `FROM (SELECT ${columns} FROM connections WHERE ${own}${one}) company`;
}

function sourceFor(statement: Statement, { asOf }: Asking): Source {
  return asOf === undefined ? present : past(statement.param(asOf, "timestamptz"));
}

/** All records of an entity. What depends on nothing but the state has been counted already. */
function allOf(
  catalog: Catalog,
  entity: Entity,
  page: PageSelection,
  { statement, source }: { readonly statement: Statement; readonly source: Source },
): Listing {
  const { name } = entity.plugin;
  const alias = statement.alias();
  const { from, where } = source.records(entity.plugin, alias);
  const isOfState = page.conditions.every((condition) => "field" in condition && condition.field === "state");
  const isCounted = isOfState && source === present;
  return {
    entity,
    alias,
    from: `FROM ${from}`,
    where: [`${alias}.connection_id = company.id`, `${alias}.epoch = company.epoch`, ...where],
    total:
      isCounted && page.withTotal
        ? counted(name, conditionsOn({ catalog, entity, alias: "counts" }, page.conditions, statement))
        : undefined,
  };
}

function counted(entity: string, conditions: readonly string[]): string {
  const where = [
    "counts.connection_id = company.id",
    "counts.epoch = company.epoch",
    `counts.entity = ${literal(entity)}`,
    ...conditions,
  ];
  return `(SELECT coalesce(sum(counts.records), 0) FROM mirror_counts counts WHERE ${where.join(" AND ")})`;
}
