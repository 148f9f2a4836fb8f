import { randomUUID } from "node:crypto";
import { PrismaPg } from "@prisma/adapter-pg";
import { ColumnTypeEnum, type SqlDriverAdapter, type SqlQuery } from "@prisma/driver-adapter-utils";
import { Client, type Pool, types } from "pg";
import { withDatabase } from "./url.js";

/**
 * The adapter's own shadow database is unsafe: given a connection string it opens the real database instead, and it drops the
 * shadow before closing its connections to it, which PostgreSQL refuses.
 */
export class MigrationAdapter extends PrismaPg {
  readonly #url: string;
  /** The engine opens connections and never closes them: the next `CREATE DATABASE … TEMPLATE` would wait for them. */
  readonly #connections = new Set<SqlDriverAdapter>();
  readonly #shadows: string[] = [];
  #scriptError: unknown;

  constructor(url: string) {
    super({ connectionString: url });
    this.#url = url;
  }

  /** What PostgreSQL said of the last script that failed. */
  get scriptError(): unknown {
    return this.#scriptError;
  }

  override async connect() {
    return this.#track(await super.connect());
  }

  override async connectToShadowDb() {
    const name = `prisma_migrate_shadow_db_${randomUUID()}`;
    this.#shadows.push(name);
    await execute(this.#url, `CREATE DATABASE "${name}"`);
    const shadow = await new PrismaPg({ connectionString: withDatabase(this.#url, name) }).connect();
    supportCatalogChar(shadow);
    return this.#track(shadow);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.dispose()));
    for (const name of this.#shadows) await execute(this.#url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  }

  /** The engine closes some connections itself, and a pool may be ended only once. */
  #track<Connection extends SqlDriverAdapter & { underlyingDriver(): Pool }>(connection: Connection): Connection {
    const dispose = connection.dispose.bind(connection);
    // The adapter cuts a script at every semicolon, also inside a function's body; PostgreSQL takes it whole.
    connection.executeScript = async (script) => {
      try {
        await connection.underlyingDriver().query(script);
      } catch (error) {
        this.#scriptError = error;
        throw error;
      }
    };
    this.#connections.add(connection);
    connection.dispose = async () => {
      if (this.#connections.delete(connection)) await dispose();
    };
    return connection;
  }
}

const catalogChar: number = types.builtins.CHAR;

interface RawDriver {
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
}

/**
 * The engine reads catalog columns of type "char", which the adapter refuses ("Column type 'char' could not be deserialized"):
 * let it read them as text, then name them for the engine.
 */
function supportCatalogChar(connection: SqlDriverAdapter): void {
  if (!isRawDriver(connection)) {
    throw new Error("@prisma/adapter-pg has no performIO: install the version that package.json names.");
  }
  const perform = connection.performIO.bind(connection);
  const query = connection.queryRaw.bind(connection);
  let charColumns: readonly boolean[] = [];
  connection.performIO = async (statement) => {
    const result = await perform(statement);
    charColumns = result.fields.map(({ dataTypeID }) => dataTypeID === catalogChar);
    for (const field of result.fields) if (field.dataTypeID === catalogChar) field.dataTypeID = types.builtins.TEXT;
    return result;
  };
  connection.queryRaw = async (statement) => {
    const result = await query(statement);
    const columnTypes = result.columnTypes.map((type, column) =>
      charColumns[column] ? ColumnTypeEnum.Character : type,
    );
    return { ...result, columnTypes };
  };
}

function isRawDriver(connection: object): connection is RawDriver {
  return "performIO" in connection && typeof connection.performIO === "function";
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
