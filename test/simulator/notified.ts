import type { Company, Notice, Simulator, SimulatorOptions } from "../../simulator/index.js";
import { withReceiver } from "./receiver.js";
import type { Receiver } from "./receiver.js";
import { withSimulator } from "./support.js";

export interface World {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly company: Company;
}

export type Settings = NonNullable<SimulatorOptions["webhooks"]>;

export const companies = [{ realmId: "101", size: 0 }];

/** A simulator whose notifications go to an app at once, or when asked for. */
export async function withWebhooks(
  settings: Settings,
  use: (world: World) => Promise<void>,
  options: SimulatorOptions = {},
): Promise<void> {
  await withReceiver(async (receiver) => {
    const webhooks = { url: receiver.url, delayMs: 0, ...settings };
    await withSimulator({ companies, webhooks, ...options }, async (simulator) => {
      const [company] = simulator.companies.values();
      if (!company) throw new Error("The simulator has no company.");
      await use({ simulator, receiver, company });
    });
  });
}

export function customers(company: Company, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    company.create("Customer", { DisplayName: `Fern ${String(index)}` }),
  );
}

export function ids(notices: readonly Notice[]): readonly string[] {
  return notices.map(({ id }) => id);
}
