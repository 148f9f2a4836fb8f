import { applyPayment, EditRefused, unapplyPayment, type Company, type EditTiming } from "../../simulator/index.js";
import type { Happening } from "./happening.js";
import type { Random } from "./random.js";

/** What a person did in QuickBooks, and what QuickBooks said where it refused. */
export interface Deed {
  readonly did: string;
  readonly refused?: string;
}

type Doing = (company: Company, random: Random, timing: EditTiming) => string;

/** A person does something, anything; what QuickBooks does not allow is refused and leaves no trace. */
export function doSomething(company: Company, random: Random): Deed {
  // A commit may become visible up to 120 seconds after its own time.
  const timing = random.chance(0.15) ? { visibleAfterMs: 500 + random.below(100_000) } : {};
  const [name, doing] = random.pick(doings) ?? ["nothing", () => ""];
  try {
    return {
      did: `${name} ${doing(company, random, timing)}${"visibleAfterMs" in timing ? ` visible after ${timing.visibleAfterMs} ms` : ""}`,
    };
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
    return { did: name, refused: error.message };
  }
}

function any(company: Company, entity: string, random: Random): string {
  const id = random.pick([...company.records(entity)])?.id;
  if (id === undefined) throw new EditRefused(`There is no ${entity} left.`);
  return id;
}

const change =
  (entity: string, fields: (random: Random) => Readonly<Record<string, unknown>>): Doing =>
  (company, random, timing) => {
    const id = any(company, entity, random);
    company.change(entity, id, fields(random), timing);
    return id;
  };

const end =
  (kind: "deactivate" | "reactivate" | "void" | "delete", entity: string): Doing =>
  (company, random, timing) => {
    const id = any(company, entity, random);
    company[kind](entity, id, timing);
    return id;
  };

const lines = (company: Company, random: Random): readonly object[] =>
  Array.from({ length: 1 + random.below(3) }, () => ({
    Amount: 1 + random.below(50_000) / 100,
    DetailType: "SalesItemLineDetail",
    SalesItemLineDetail: { ItemRef: { value: any(company, "Item", random) } },
  }));

/** Transactions are moved into a scope, and out of it. */
export const day = (random: Random): string =>
  `${2024 + random.below(3)}-${String(1 + random.below(12)).padStart(2, "0")}-${String(1 + random.below(28)).padStart(2, "0")}`;

export const note = (random: Random): string => `note ${random.below(1_000_000)}`;

const doings: readonly (readonly [string, Doing])[] = [
  ["change Invoice", change("Invoice", (random) => ({ PrivateNote: note(random) }))],
  ["change Payment", change("Payment", (random) => ({ PrivateNote: note(random) }))],
  ["change Customer", change("Customer", (random) => ({ Notes: note(random) }))],
  ["change Item", change("Item", (random) => ({ Description: note(random) }))],
  ["change Account", change("Account", (random) => ({ Description: note(random) }))],
  ["change date of Invoice", change("Invoice", (random) => ({ TxnDate: day(random) }))],
  ["change date of Payment", change("Payment", (random) => ({ TxnDate: day(random) }))],
  ["rename Customer", change("Customer", (random) => ({ DisplayName: `Customer ${note(random)}` }))],
  [
    "change lines of Invoice",
    (company, random, timing) => {
      const id = any(company, "Invoice", random);
      company.change("Invoice", id, { Line: lines(company, random) }, timing);
      return id;
    },
  ],
  [
    "create Invoice",
    (company, random, timing) =>
      company.create(
        "Invoice",
        { CustomerRef: { value: any(company, "Customer", random) }, Line: lines(company, random) },
        timing,
      ),
  ],
  [
    "create Payment",
    (company, random, timing) =>
      company.create(
        "Payment",
        { CustomerRef: { value: any(company, "Customer", random) }, TotalAmt: 1 + random.below(10_000) / 100 },
        timing,
      ),
  ],
  [
    "create Customer",
    (company, random, timing) => company.create("Customer", { DisplayName: `New ${note(random)}` }, timing),
  ],
  ["deactivate Customer", end("deactivate", "Customer")],
  ["deactivate Item", end("deactivate", "Item")],
  ["reactivate Customer", end("reactivate", "Customer")],
  ["reactivate Item", end("reactivate", "Item")],
  ["void Invoice", end("void", "Invoice")],
  ["void Payment", end("void", "Payment")],
  ["delete Invoice", end("delete", "Invoice")],
  ["delete Invoice", end("delete", "Invoice")],
  ["delete Payment", end("delete", "Payment")],
  [
    "apply Payment",
    (company, random, timing) => {
      const id = any(company, "Payment", random);
      applyPayment(company, id, any(company, "Invoice", random), 1 + random.below(5_000) / 100, timing);
      return id;
    },
  ],
  [
    "unapply Payment",
    (company, random, timing) => {
      const id = any(company, "Payment", random);
      unapplyPayment(company, id, any(company, "Invoice", random), timing);
      return id;
    },
  ],
  [
    "merge Customer",
    // Seen at once: one that others overtake would have been told of, and never have been.
    (company, random) => {
      const id = any(company, "Customer", random);
      company.merge("Customer", id, any(company, "Customer", random));
      return id;
    },
  ],
];

/** What a person does to one record: changes it, or ends it. */
const touches: Readonly<Record<string, Readonly<Record<string, (random: Random) => unknown>>>> = {
  Customer: { Notes: note, DisplayName: (random) => `Customer ${note(random)}`, GivenName: note },
  Account: { Description: note, AcctNum: (random) => String(random.below(1_000_000)) },
  Item: { Description: note, UnitPrice: (random) => random.below(10_000) / 100 },
  Invoice: { PrivateNote: note, TxnDate: day },
  Payment: { PrivateNote: note, TxnDate: day },
};

/** A person changes a certain record, or ends it. */
export function changeRecord(company: Company, entity: string, id: string, random: Random): Deed {
  const isTransaction = entity === "Invoice" || entity === "Payment";
  try {
    if (isTransaction && random.chance(0.15)) {
      const kind = random.chance(0.5) ? "delete" : "void";
      company[kind](entity, id);
      return { did: `${kind} ${entity} ${id}` };
    }
    const [name = "", value] = random.pick(Object.entries(touches[entity] ?? {})) ?? [];
    company.change(entity, id, { [name]: value?.(random) });
    return { did: `change ${name} of ${entity} ${id}` };
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
    return { did: `change ${entity} ${id}`, refused: error.message };
  }
}

const edited = ["Customer", "Item", "Invoice", "Payment"];

/** A program of the company's changes every record: more than QuickBooks tells of at once where the company is big. */
export function editEverything(company: Company): Happening {
  let count = 0;
  for (const entity of edited) {
    const field = entity === "Customer" ? "Notes" : entity === "Item" ? "Description" : "PrivateNote";
    for (const { id } of [...company.records(entity)]) {
      try {
        company.change(entity, id, { [field]: `everything ${++count}` });
      } catch (error) {
        if (!(error instanceof EditRefused)) throw error;
      }
    }
  }
  return { edited: count };
}

/** A person begins the company's books anew. */
export function resetCompany(company: Company): Happening {
  company.reset();
  return { reset: true };
}
