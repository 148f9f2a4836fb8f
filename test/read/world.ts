import { randomUUID } from "node:crypto";
import { graphql, type ExecutionResult, type GraphQLSchema } from "graphql";
import { Pool } from "pg";
import { buildSchema, type NonEmptyArray } from "type-graphql";
import type { Role } from "../../src/access/actor.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import * as registry from "../../src/plugins/index.js";
import { checkAuthorization } from "../../src/schema/authorization.js";
import { entityNameType } from "../../src/schema/entity-name.js";
import { createMirror, type MirrorContext } from "../../src/schema/mirror/index.js";
import { encodeId } from "../../src/schema/relay.js";
import { freshDatabase } from "../support/database.js";

export const plugins: readonly EntityPlugin[] = Object.values(registry);

type Values = Readonly<Record<string, unknown>>;

/** A connected company of an organization, and its rows. */
export interface Company {
  readonly organizationId: string;
  readonly id: string;
  readonly globalId: string;
  /** Inserts a record; what every table needs and is not given is made up. Returns our id. */
  insert(table: string, values: Values): Promise<string>;
  /** Inserts child rows in order. */
  insertChildren(table: string, recordId: string, rows: readonly Values[]): Promise<void>;
}

/** A migrated database with a GraphQL schema of the mirror alone. */
export interface World {
  readonly pool: Pool;
  readonly schema: GraphQLSchema;
  addCompany(values?: Values): Promise<Company>;
  /** Executes an operation; `statements` counts the SQL statements it took. */
  ask(company: Company, source: string, options?: AskOptions): Promise<Answer>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly variables?: Values;
  readonly role?: Role;
}

export interface Answer extends ExecutionResult<Record<string, unknown>> {
  readonly statements: number;
}

export const now = new Date("2026-03-15T12:00:00Z");

export async function createWorld(entities: readonly EntityPlugin[] = plugins): Promise<World> {
  const fresh = await freshDatabase();
  const pool = new Pool({ connectionString: fresh.url, options: "-c TimeZone=UTC", max: 2 });
  const schema = await mirrorSchema(entities);
  return {
    pool,
    schema,
    addCompany: (values = {}) => addCompany(pool, values),
    async ask(company, source, { variables = {}, role = "VIEWER" } = {}) {
      const counted = countingPool(pool);
      const contextValue: MirrorContext = {
        actor: { kind: "MEMBER", memberId: randomUUID(), organizationId: company.organizationId, role, name: "Ada" },
        services: { database: { pool: counted.pool }, clock: { now: () => now } },
      };
      const { data, errors } = await graphql({ schema, source, contextValue, variableValues: variables });
      return { ...(errors && { errors }), ...(data !== undefined && { data }), statements: counted.statements() };
    },
    async close() {
      await pool.end();
      await fresh.drop();
    },
  };
}

async function mirrorSchema(entities: readonly EntityPlugin[]): Promise<GraphQLSchema> {
  const mirror = createMirror(entities);
  const [first, ...rest] = mirror.resolvers;
  if (first === undefined) throw new Error("There are no plugins.");
  const resolvers: NonEmptyArray<Function> = [first, ...rest];
  return buildSchema({
    resolvers,
    orphanedTypes: [...mirror.orphanedTypes],
    scalarsMap: [entityNameType(entities)],
    authChecker: checkAuthorization,
    validate: false,
  });
}

/** The pool with every statement counted. */
function countingPool(pool: Pool): { pool: Pick<Pool, "query">; statements(): number } {
  let count = 0;
  const query = new Proxy(pool.query.bind(pool), {
    apply(target, self, args) {
      count += 1;
      return Reflect.apply(target, self, args) as unknown;
    },
  });
  return { pool: { query }, statements: () => count };
}

async function addCompany(pool: Pool, values: Values): Promise<Company> {
  const id = randomUUID();
  const organizationId = randomUUID();
  const row = {
    id,
    organization_id: organizationId,
    environment: "SIMULATOR",
    realm_id: "sealed",
    realm_lookup: id,
    home_currency: "USD",
    time_zone: "America/Los_Angeles",
    status: "CONNECTED",
    entities: [],
    connected_at: now,
    created_at: now,
    ...values,
  };
  await insertRow(pool, "connections", row);
  const own = { connection_id: id, epoch: 1 };
  return {
    organizationId: row.organization_id,
    id,
    globalId: encodeId("ConnectedCompany", id),
    async insert(table, record) {
      const made = {
        id: randomUUID(),
        ...own,
        sync_token: 0,
        state: "ACTIVE",
        mirrored_at: now,
        version: 1,
        content_hash: Buffer.alloc(32),
        source_hash: Buffer.alloc(32),
        raw: "{}",
        ...record,
      };
      await insertRow(pool, table, made);
      return made.id;
    },
    async insertChildren(table, recordId, rows) {
      for (const [position, child] of rows.entries()) {
        await insertRow(pool, table, { record_id: recordId, ...own, position, ...child });
      }
    },
  };
}

async function insertRow(pool: Pool, table: string, values: Values): Promise<void> {
  const columns = Object.keys(values);
  const places = columns.map((_, index) => `$${index + 1}`).join(", ");
  await pool.query(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`, Object.values(values));
}
