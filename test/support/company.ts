import { z } from "zod";
import type { Company, Simulator } from "../../simulator/index.js";

/** The simulated company of this realm. */
export function companyOf(
  { simulator }: { readonly simulator: Pick<Simulator, "companies"> },
  realmId: string,
): Company {
  const company = simulator.companies.get(realmId);
  if (company === undefined) throw new Error(`The simulator has no company ${realmId}.`);
  return company;
}

const companyInfo = z.object({ MetaData: z.object({ CreateTime: z.coerce.date() }) });

/** When the present life of a company began, by what QuickBooks says of it. */
export function companyCreatedAt(simulator: Simulator, realmId: string): Date {
  const text = companyOf({ simulator }, realmId).record("CompanyInfo", "1")?.text ?? "null";
  return companyInfo.parse(JSON.parse(text)).MetaData.CreateTime;
}
