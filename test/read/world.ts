import { randomUUID } from "node:crypto";
import { graphql, type ExecutionResult, type GraphQLSchema } from "graphql";
import { Pool } from "pg";
import { buildSchema, type NonEmptyArray } from "type-graphql";
import { z } from "zod";
import type { Role } from "../../src/access/actor.js";
import * as registry from "../../src/plugins/index.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { checkAuthorization } from "../../src/schema/authorization.js";
import { entityNameType } from "../../src/schema/entity-name.js";
import { entityTypesResolver } from "../../src/schema/entity-types.js";
import { createMirror, type MirrorContext } from "../../src/schema/mirror/index.js";
import { nodeResolver } from "../../src/schema/node.js";
import { freshDatabase } from "../support/database.js";
import { addCompany, now, type Company, type Values } from "./company.js";

export const plugins: readonly EntityPlugin[] = Object.values(registry);

/** A migrated database, and a GraphQL schema of the mirror alone. */
export interface World {
  readonly pool: Pool;
  readonly schema: GraphQLSchema;
  addCompany(values?: Parameters<typeof addCompany>[1]): Promise<Company>;
  /** Executes an operation as a member of the company's organization. */
  ask(company: Company, source: string, options?: AskOptions): Promise<Answer>;
  /** The SQL of the statements it takes. */
  sqlOf(company: Company, source: string, options?: AskOptions): Promise<readonly string[]>;
  /** The page of a list, asked for with these arguments and selecting this; `$c` is the company's id. */
  list(company: Company, field: string, selection: string, options?: ListOptions): Promise<Page>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly variables?: Values;
  readonly role?: Role;
}

interface ListOptions extends AskOptions {
  readonly args?: string;
  /** Declares further variables. */
  readonly declare?: string;
}

export interface Answer extends ExecutionResult<Record<string, unknown>> {
  /** How many SQL statements it took. */
  readonly statements: number;
}

const pageShape = z.object({
  nodes: z.array(z.record(z.string(), z.unknown())).optional(),
  edges: z.array(z.record(z.string(), z.unknown())).optional(),
  pageInfo: z.record(z.string(), z.unknown()).optional(),
  totalCount: z.number().optional(),
});
export type Page = z.infer<typeof pageShape>;

export async function createWorld(entities: readonly EntityPlugin[] = plugins): Promise<World> {
  const fresh = await freshDatabase();
  const pool = new Pool({ connectionString: fresh.url, options: "-c TimeZone=UTC", max: 2 });
  const schema = await mirrorSchema(entities);
  const execute = async (company: Company, source: string, { variables = {}, role = "VIEWER" }: AskOptions = {}) => {
    const recorded = recordingPool(pool);
    const contextValue: MirrorContext = {
      actor: { kind: "MEMBER", id: randomUUID(), organizationId: company.organizationId, role, name: "Ada" },
      services: { database: { pool: recorded.pool }, clock: { now: () => now } },
    };
    const { data, errors } = await graphql({ schema, source, contextValue, variableValues: variables });
    return { answer: { ...(errors && { errors }), ...(data !== undefined && { data }) }, sql: recorded.sql };
  };
  const ask: World["ask"] = async (...asked) => {
    const { answer, sql } = await execute(...asked);
    return { ...answer, statements: sql.length };
  };
  return {
    pool,
    schema,
    ask,
    sqlOf: async (...asked) => (await execute(...asked)).sql,
    addCompany: (values = {}) => addCompany(pool, values),
    async list(company, field, selection, { args = "", declare = "", ...options } = {}) {
      const source = `query ($c: ID! ${declare}) { list: ${field}(connectionId: $c ${args}) { ${selection} } }`;
      const variables = { c: company.globalId, ...options.variables };
      const { data, errors } = await ask(company, source, { ...options, variables });
      if (errors?.[0] !== undefined) throw errors[0];
      return pageShape.parse(data?.["list"]);
    },
    async close() {
      await pool.end();
      await fresh.drop();
    },
  };
}

function mirrorSchema(entities: readonly EntityPlugin[]): Promise<GraphQLSchema> {
  const mirror = createMirror(entities);
  const resolvers: NonEmptyArray<Function> = [
    nodeResolver(mirror, {}),
    entityTypesResolver(entities),
    ...mirror.resolvers,
  ];
  return buildSchema({
    resolvers,
    orphanedTypes: [...mirror.orphanedTypes],
    scalarsMap: [entityNameType(entities)],
    authChecker: checkAuthorization,
    validate: false,
  });
}

/** The pool, and the text of every statement that goes through it. */
function recordingPool(pool: Pool): { readonly pool: Pick<Pool, "query">; readonly sql: readonly string[] } {
  const sql: string[] = [];
  const query = new Proxy(pool.query.bind(pool), {
    apply(target, self, args: [{ readonly text: string }]) {
      sql.push(args[0].text);
      return Reflect.apply(target, self, args) as unknown;
    },
  });
  return { pool: { query }, sql };
}
