import { figureOf, valueAt } from "./exact.js";

/**
 * Where QuickBooks writes each figure that the mirror keeps in a typed column. Told here a second time, apart from the mappers,
 * so that a mapper that takes a figure from the wrong place is found out.
 */
interface FigurePlaces {
  /** Field → path in the record; of several the first that is there. */
  readonly row: Readonly<Record<string, string>>;
  readonly children?: Readonly<Record<string, ChildPlaces>>;
}

interface ChildPlaces {
  /** The parts of the record that become rows, in order. */
  readonly rows: (record: unknown) => readonly unknown[];
  readonly figures: Readonly<Record<string, readonly string[]>>;
}

export const figurePlaces: Readonly<Record<string, FigurePlaces>> = {
  Customer: { row: { balance: "Balance", balanceWithJobs: "BalanceWithJobs", creditLimit: "CreditLimit" } },
  Account: {
    row: { currentBalance: "CurrentBalance", currentBalanceWithSubAccounts: "CurrentBalanceWithSubAccounts" },
  },
  Item: {
    row: {
      unitPrice: "UnitPrice",
      purchaseCost: "PurchaseCost",
      quantityOnHand: "QtyOnHand",
      reorderPoint: "ReorderPoint",
    },
    children: {
      components: {
        rows: (item) => listAt(item, "ItemGroupDetail.ItemGroupLine"),
        figures: { quantity: ["Qty"] },
      },
    },
  },
  Invoice: {
    row: {
      exchangeRate: "ExchangeRate",
      totalAmount: "TotalAmt",
      homeTotalAmount: "HomeTotalAmt",
      balance: "Balance",
      homeBalance: "HomeBalance",
      totalTax: "TxnTaxDetail.TotalTax",
      deposit: "Deposit",
    },
    children: {
      lines: {
        rows: linesOf,
        figures: {
          amount: ["Amount"],
          quantity: ["SalesItemLineDetail.Qty", "GroupLineDetail.Quantity"],
          unitPrice: ["SalesItemLineDetail.UnitPrice"],
          discountPercent: ["DiscountLineDetail.DiscountPercent"],
        },
      },
    },
  },
  Payment: {
    row: { exchangeRate: "ExchangeRate", totalAmount: "TotalAmt", unappliedAmount: "UnappliedAmt" },
    children: { applications: { rows: applicationsOf, figures: { amount: ["Amount"] } } },
  },
};

/** The figures of a row and of its children, as they were recorded. */
export interface Figures {
  readonly row: Readonly<Record<string, string | null>>;
  readonly children: Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;
}

/** What typed columns must hold of a record. */
export function recordedFigures(entity: string, record: unknown): Figures {
  const { row = {}, children = {} } = figurePlaces[entity] ?? {};
  return {
    row: mapValues(row, (path) => figureAt(record, [path])),
    children: mapValues(children, ({ rows, figures }) =>
      rows(record).map((part) => mapValues(figures, (paths) => figureAt(part, paths))),
    ),
  };
}

/** A line of a bundle stands right behind the bundle. */
function linesOf(invoice: unknown, path = "Line"): readonly unknown[] {
  return listAt(invoice, path).flatMap((line) => [line, ...linesOf(line, "GroupLineDetail.Line")]);
}

/** A line without links is applied to nothing; of several links nobody knows how much went to which. */
function applicationsOf(payment: unknown): readonly unknown[] {
  return listAt(payment, "Line").flatMap((line) => {
    const links = listAt(line, "LinkedTxn");
    return links.map(() => (links.length === 1 ? line : {}));
  });
}

function figureAt(part: unknown, paths: readonly string[]): string | null {
  return paths.map((path) => figureOf(at(part, path))).find((figure) => figure !== null) ?? null;
}

function listAt(part: unknown, path: string): readonly unknown[] {
  const list = at(part, path);
  return Array.isArray(list) ? list : [];
}

const at = (part: unknown, path: string): unknown => path.split(".").reduce(valueAt, part);

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
