import { Pool } from "pg";
import { z } from "zod";
import { dataOf } from "../http/client.js";
import { connectCompany, gatewayProgram, newAdmin, type GatewayProgram } from "../support/gateway.js";
import { differences, type Scope } from "../support/oracle/index.js";
import { buildPrograms, type Program } from "../support/program.js";
import { startSimulatorProgram, type SimulatorProgram } from "../support/simulator.js";
import { until } from "../support/until.js";

/** A company of the simulator, and its connection. */
export interface Connected {
  readonly realmId: string;
  /** As the database knows it. */
  readonly id: string;
  /** As the API knows it. */
  readonly globalId: string;
}

const runRow = z.object({
  id: z.string(),
  connection_id: z.string(),
  mode: z.string(),
  status: z.string(),
  fence: z.number(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
});
export type Run = z.infer<typeof runRow>;

/** A web process and worker processes of one gateway on one database, and a QuickBooks with its real limits. */
export interface Workers {
  readonly web: GatewayProgram;
  readonly simulator: SimulatorProgram;
  readonly companies: readonly Connected[];
  /** An ADMIN's. */
  readonly token: string;
  /** Processes that work, in the order of their starts. */
  readonly processes: readonly Program[];
  startWorker(): Promise<Program>;
  /** Asks for a sync over the API; gives the id of the run. */
  sync(company: Connected, mode: "FULL" | "INCREMENTAL"): Promise<string>;
  look<Row>(row: z.ZodType<Row>, query: string): Promise<readonly Row[]>;
  /** Does the work while nobody can write to that table; what waits to is written afterwards. */
  locked<Result>(table: string, work: () => Promise<Result>): Promise<Result>;
  /** Of a company, oldest first. */
  runs(company: Connected): Promise<readonly Run[]>;
  /** The latest run of a company, once it has ended. */
  ended(company: Connected, timeoutMs?: number): Promise<Run>;
  /** The process that says that it works on the run, under that fence. */
  holder(runId: string, fence: number): Promise<Program>;
  /** What the mirror of a company holds otherwise than QuickBooks. */
  differences(company: Connected, scope?: Scope): Promise<readonly string[]>;
  remove(): Promise<void>;
}

interface WorkersOptions {
  readonly companies: number;
  /** Records of each company. */
  readonly size: number;
  readonly workers: number;
  /** Of all processes. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of the web process alone. */
  readonly webSettings?: Readonly<Record<string, string>>;
}

/** As Intuit has them for production. */
const limits = {
  QUICKBOOKS_REQUESTS_PER_SECOND: "10",
  QUICKBOOKS_REQUESTS_PER_MINUTE: "450",
  QUICKBOOKS_CONCURRENCY: "10",
};

/** Starts them, and connects every company; their first syncs are under way. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { companies, size, workers, settings = {}, webSettings = {} } = options;
  const programs = await buildPrograms();
  const realms = Array.from({ length: companies }, (_, index) => `913000000000000${index + 1}`);
  const simulator = await startSimulatorProgram(
    programs,
    realms.map((realmId) => ({ realmId, seed: realmId, size })),
    { hasLimits: true },
  );
  const web = await gatewayProgram({
    programs,
    simulator,
    store: "server",
    settings: { ...limits, ...settings, ...webSettings, PROCESS_ROLE: "web" },
  });
  await web.start();
  const processes: Program[] = [];
  const startWorker = async (): Promise<Program> => {
    const started = await web.startAnother({ ...settings, PROCESS_ROLE: "worker" });
    processes.push(started);
    return started;
  };
  await Promise.all(Array.from({ length: workers }, startWorker));
  const token = await newAdmin(web);
  const database = new Pool({ connectionString: await web.databaseUrl() });
  const look = async <Row>(row: z.ZodType<Row>, query: string): Promise<readonly Row[]> =>
    z.array(row).parse((await database.query(query)).rows);
  const connected: Connected[] = [];
  for (const realmId of realms) {
    const { connectionId: globalId } = await connectCompany(web, token, realmId);
    connected.push({ realmId, globalId, id: databaseId(globalId) });
  }
  const runs = ({ id }: Connected): Promise<readonly Run[]> =>
    look(runRow, `SELECT * FROM quickbooks_syncs WHERE connection_id = '${id}' ORDER BY queued_at`);
  return {
    web,
    simulator,
    token,
    companies: connected,
    processes,
    startWorker,
    look,
    runs,
    async locked(table, work) {
      const client = await database.connect();
      try {
        await client.query("BEGIN");
        await client.query(`LOCK TABLE ${table} IN SHARE MODE`);
        return await work();
      } finally {
        await client.query("ROLLBACK");
        client.release();
      }
    },
    async sync({ globalId: id }, mode) {
      const query = `mutation ($id: ID!) { startSync(input: { connectionId: $id, mode: ${mode} }) { syncRun { id } } }`;
      const { startSync } = await dataOf(web, query, { token, variables: { id } });
      return databaseId(z.object({ syncRun: z.object({ id: z.string() }) }).parse(startSync).syncRun.id);
    },
    ended: (company, timeoutMs = 200_000) =>
      until(
        async () => {
          const last = (await runs(company)).at(-1);
          return last?.finished_at === null ? undefined : last;
        },
        timeoutMs,
        50,
      ),
    holder: (runId, fence) => until(() => processes.find(({ output }) => says(output, { runId, fence })), 200_000),
    async differences({ id, realmId }, scope) {
      const client = await database.connect();
      try {
        return await differences(client, id, (entity) => simulator.records(entity, realmId), scope);
      } finally {
        client.release();
      }
    },
    async remove() {
      await database.end();
      await web.remove();
      await simulator.stop();
      programs.remove();
    },
  };
}

/** Ids of the API name their type before the id of the database. */
export const databaseId = (globalId: string): string =>
  Buffer.from(globalId, "base64").toString().split(":").at(-1) ?? "";

/** Whether a line of the log carries all of this. */
export function says(output: string, fields: Readonly<Record<string, unknown>>): boolean {
  const parts = Object.entries(fields).map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  return output.split("\n").some((line) => parts.every((part) => line.includes(part)));
}
