import type { Pool } from "pg";
import { z } from "zod";
import { sha256 } from "../../foundation/ids.js";
import type { EntityPlugin } from "../../plugins/plugin.js";
import { createCatalog, entityOf, type Catalog, type Entity } from "./catalog.js";
import { conditionsOn } from "./conditions.js";
import { Planner, type Listing } from "./planner.js";
import type { PageRows, PageSelection, Row, Selection } from "./selection.js";
import { jsonRow, literal, Statement } from "./statement.js";

/** Reads the mirror: every question is one SQL statement, whatever relations it follows. */
export interface Reader {
  readonly catalog: Catalog;
  /** A page of an entity's records, or null where the organization has no such connection. */
  list(
    entity: string,
    of: { readonly organizationId: string; readonly connectionId: string; readonly at: Date },
    page: PageSelection,
  ): Promise<PageRows | null>;
  /** The records with these of our ids, in their order; null for those that are missing or another organization's (I10). */
  byIds(
    entity: string,
    of: { readonly organizationId: string; readonly ids: readonly string[]; readonly at: Date },
    selection: Selection,
  ): Promise<readonly (Row | null)[]>;
}

/** PostgreSQL keeps prepared statements for as long as their connection lives: clients can ask in any number of shapes. */
const mostPrepared = 500;

export function createReader(pool: Pool, plugins: readonly EntityPlugin[]): Reader {
  const catalog = createCatalog(plugins);
  const prepared = new Set<string>();

  async function execute(text: string, values: unknown[]): Promise<readonly Row[]> {
    const name = sha256(text).slice(0, 32);
    if (prepared.size < mostPrepared) prepared.add(name);
    const { rows } = await pool.query<Row>({ text, values, ...(prepared.has(name) && { name }) });
    return rows;
  }

  return {
    catalog,
    async list(name, { organizationId, connectionId, at }, page) {
      const statement = new Statement();
      const company = companies(statement, { at, organizationId, id: connectionId });
      const listing = allOf(catalog, entityOf(catalog, name), page, statement);
      const [row] = await execute(
        `SELECT ${new Planner(catalog, statement).page(listing, page)} AS page ${company}`,
        statement.values,
      );
      return row === undefined ? null : pageRows.parse(row["page"]);
    },
    async byIds(name, { organizationId, ids, at }, selection) {
      const entity = entityOf(catalog, name);
      const statement = new Statement();
      const company = companies(statement, { at, organizationId });
      const alias = statement.alias();
      const record = jsonRow(new Planner(catalog, statement).record(entity, alias, selection));
      const wanted = `${alias}.connection_id = company.id AND ${alias}.id = ANY(${statement.param(ids, "uuid[]")})`;
      const text = `SELECT ${alias}.id, ${record} AS record ${company} JOIN ${entity.plugin.table} ${alias} ON ${wanted}`;
      const found = new Map(
        (await execute(text, statement.values)).map(({ id, record }) => [id, recordRow.parse(record)]),
      );
      return ids.map((id) => found.get(id) ?? null);
    },
  };
}

const recordRow = z.custom<Row>((value) => typeof value === "object" && value !== null);
const pageRows = z.object({ rows: z.custom<readonly Row[]>(Array.isArray), total: z.number().exactOptional() });

/** `company`: the organization's connections, with what their records' values depend on. */
function companies(
  statement: Statement,
  { at, organizationId, id }: { readonly at: Date; readonly organizationId: string; readonly id?: string },
): string {
  const now = statement.param(at, "timestamptz");
  const own = `organization_id = ${statement.param(organizationId, "uuid")}`;
  const one = id === undefined ? "" : ` AND id = ${statement.param(id, "uuid")}`;
  const today = `(${now} AT TIME ZONE coalesce(time_zone, 'UTC'))::date AS today`;
  return `FROM (SELECT id, epoch, home_currency, ${today} FROM connections WHERE ${own}${one}) company`;
}

/** All records of an entity. What depends on nothing but the state has been counted already. */
function allOf(catalog: Catalog, entity: Entity, page: PageSelection, statement: Statement): Listing {
  const { name, table } = entity.plugin;
  const alias = statement.alias();
  const isCounted = page.conditions.every((condition) => "field" in condition && condition.field === "state");
  return {
    entity,
    alias,
    from: `FROM ${table} ${alias}`,
    where: [`${alias}.connection_id = company.id`, `${alias}.epoch = company.epoch`],
    total:
      isCounted && page.withTotal
        ? counted(name, conditionsOn({ catalog, entity, alias: "counts" }, page.conditions, statement))
        : undefined,
  };
}

function counted(entity: string, conditions: readonly string[]): string {
  const where = ["counts.connection_id = company.id", `counts.entity = ${literal(entity)}`, ...conditions];
  return `(SELECT coalesce(sum(counts.records), 0) FROM mirror_counts counts WHERE ${where.join(" AND ")})`;
}
