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
