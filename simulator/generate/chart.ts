/** The accounts every generated company has. Those with a parent come after it. */

export interface ChartAccount {
  readonly name: string;
  readonly type: string;
  readonly subType: string;
  readonly parent?: string;
}

export const baseAccounts: readonly ChartAccount[] = [
  { name: "Services income", type: "Income", subType: "ServiceFeeIncome" },
  { name: "Sales of Product Income", type: "Income", subType: "SalesOfProductIncome" },
  { name: "Discounts given", type: "Income", subType: "DiscountsRefundsGiven" },
  { name: "Undeposited Funds", type: "Other Current Asset", subType: "UndepositedFunds" },
  { name: "Accounts Receivable (A/R)", type: "Accounts Receivable", subType: "AccountsReceivable" },
  { name: "Checking", type: "Bank", subType: "Checking" },
  { name: "Sales Tax Payable", type: "Other Current Liability", subType: "GlobalTaxPayable" },
  { name: "Inventory Asset", type: "Other Current Asset", subType: "Inventory" },
  { name: "Cost of Goods Sold", type: "Cost of Goods Sold", subType: "SuppliesMaterialsCogs" },
  { name: "Opening Balance Equity", type: "Equity", subType: "OpeningBalanceEquity" },
];

const areas = ["Garden", "Orchard", "Terrace", "Pond", "Roof", "Yard", "Hall", "Workshop"] as const;
const purposes = [
  { purpose: "income", type: "Income", subType: "OtherPrimaryIncome" },
  { purpose: "supplies", type: "Expense", subType: "SuppliesMaterials" },
  { purpose: "travel", type: "Expense", subType: "Travel" },
  { purpose: "repairs", type: "Expense", subType: "RepairMaintenance" },
  { purpose: "equipment", type: "Fixed Asset", subType: "MachineryAndEquipment" },
] as const;

/** The n-th further account: a parent per purpose first, then areas below it, numbered when the areas are used up. */
export function furtherAccount(index: number): ChartAccount {
  const chosen = purposes[index % purposes.length] ?? purposes[0];
  const round = Math.floor(index / purposes.length);
  const parent = `${chosen.purpose.charAt(0).toUpperCase()}${chosen.purpose.slice(1)} by area`;
  if (round === 0) return { name: parent, type: chosen.type, subType: chosen.subType };
  const area = areas[(round - 1) % areas.length] ?? areas[0];
  const lap = Math.floor((round - 1) / areas.length);
  return {
    name: `${area} ${chosen.purpose}${lap === 0 ? "" : ` ${String(lap + 1)}`}`,
    type: chosen.type,
    subType: chosen.subType,
    parent,
  };
}
