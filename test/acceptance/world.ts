import { Client } from "pg";
import { z } from "zod";
import { connectCompany, gatewayProgram, newAdmin, type GatewayProgram } from "../support/gateway.js";
import { differences, type Scope } from "../support/oracle/index.js";
import { buildPrograms } from "../support/program.js";
import { startSimulatorProgram, type SimulatorProgram } from "../support/simulator.js";

/** Whether the full sizes were asked for (`npm run acceptance`), or the short form that runs with all tests. */
export const isFull = process.env["ACCEPTANCE"] === "full";

/** A gateway and a QuickBooks, each a process of its own, that have never met. */
export interface World {
  readonly gateway: GatewayProgram;
  readonly simulator: SimulatorProgram;
  /** An ADMIN's. */
  readonly token: string;
  connect(): Promise<{ readonly connectionId: string; readonly syncRunId: string }>;
  /** Runs a query on the gateway's own database. */
  look<Row>(row: z.ZodType<Row>, query: string): Promise<readonly Row[]>;
  /** What the mirror holds otherwise than QuickBooks. */
  differences(scope?: Scope): Promise<readonly string[]>;
  remove(): Promise<void>;
}

interface WorldOptions {
  readonly size: number;
  /** So many of the invoices were made in one second; a fortieth of the size if left out. */
  readonly burst?: number;
  readonly store: "server" | "embedded";
}

export async function newWorld({ size, store, burst = Math.floor(size / 40) }: WorldOptions): Promise<World> {
  const programs = await buildPrograms();
  const simulator = await startSimulatorProgram(programs, [
    { realmId: "9130000000000001", seed: "acceptance", size, burst, currencies: ["CAD", "EUR"] },
  ]);
  const gateway = await gatewayProgram({ programs, simulator, store });
  await gateway.start();
  const token = await newAdmin(gateway);
  return {
    gateway,
    simulator,
    token,
    connect: () => connectCompany(gateway, token),
    look: (row, query) => withClient(gateway, async (client) => z.array(row).parse((await client.query(query)).rows)),
    differences: (scope) =>
      withClient(gateway, async (client) => {
        const { rows } = await client.query("SELECT id FROM connections");
        const { id } = z.object({ id: z.string() }).parse(rows[0]);
        return differences(client, id, (entity) => simulator.records(entity), scope);
      }),
    async remove() {
      await gateway.remove();
      await simulator.stop();
      programs.remove();
    },
  };
}

async function withClient<Result>(gateway: GatewayProgram, use: (client: Client) => Promise<Result>): Promise<Result> {
  const connectionString = await gateway.databaseUrl();
  if (connectionString === undefined) throw new Error("The gateway's database does not answer.");
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
