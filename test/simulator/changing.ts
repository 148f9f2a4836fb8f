import type { Company, Simulator, SimulatorOptions } from "../../simulator/index.js";
import { connect, withSimulator } from "./support.js";
import type { Connection } from "./support.js";

export const dayMs = 86_400_000;

export interface ChangedRecord {
  readonly Id: string;
  readonly status?: string;
  readonly Active?: boolean;
  readonly TotalAmt?: number;
  readonly MetaData: { readonly LastUpdatedTime: string };
}

export type Block = Readonly<Record<string, readonly ChangedRecord[] | number>>;

export interface Changes {
  readonly CDCResponse: readonly [{ readonly QueryResponse: readonly Block[] }];
  readonly time: string;
}

interface World {
  readonly simulator: Simulator;
  readonly company: Company;
  readonly connection: Connection;
  /** The answer for the entities since that instant. */
  ask(entities: string, sinceMs: number): Promise<Response>;
  /** Its blocks; it must succeed. */
  blocks(entities: string, sinceMs: number): Promise<readonly Block[]>;
}

/** A company generated a hundred days ago, so that nothing of its history is a recent change. */
export async function withCompany(use: (world: World) => Promise<void>, options: SimulatorOptions = {}): Promise<void> {
  const companies = [{ seed: "changes", size: 120, generatedAt: Date.now() - 100 * dayMs }];
  await withSimulator({ companies, ...options }, async (simulator) => {
    const [company] = simulator.companies.values();
    if (!company) throw new Error("The simulator has no company.");
    const connection = await connect(simulator);
    const ask = (entities: string, sinceMs: number): Promise<Response> =>
      connection.get(`cdc?entities=${entities}&changedSince=${new Date(sinceMs).toISOString()}`);
    const blocks = async (entities: string, sinceMs: number): Promise<readonly Block[]> =>
      ((await (await ask(entities, sinceMs)).json()) as Changes).CDCResponse[0].QueryResponse;
    await use({ simulator, company, connection, ask, blocks });
  });
}

export function recordsOf(block: Block | undefined): readonly ChangedRecord[] {
  return Object.values(block ?? {}).find((value) => typeof value !== "number") ?? [];
}

export function invoice(company: Company, amount = 10): string {
  const line = { Amount: amount, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: "1" } } };
  const [customer] = [...company.records("Customer")].filter(({ text }) => text.includes('"Active":true'));
  return company.create("Invoice", { CustomerRef: { value: customer?.id }, Line: [line] });
}
