import type { Mutant } from "./mutant.js";

const rules = "test/simulator/write-rules.test.ts";
const forms = "test/simulator/write-forms.test.ts";
const amounts = "test/simulator/write-amounts.test.ts";

export const simulatorRuleMutants: readonly Mutant[] = [
  {
    name: "simulator: unknown properties are taken",
    file: "simulator/writes/fields.ts",
    find: "if (unknown) throw",
    replace: "if (unknown && body === undefined) throw",
    test: [forms, "a property QuickBooks does not know is refused wherever it stands, and a body that is no object"],
  },
  {
    name: "simulator: an amount may be a cent off",
    file: "simulator/entities/sales-lines.ts",
    find: "product === given.cents",
    replace: "Math.abs(product - given.cents) <= 1",
    test: [amounts, "an amount must be its quantity times its price, half a cent rounded up, to the cent"],
  },
  {
    name: "simulator: names of vendors are free",
    file: "simulator/entities/names.ts",
    find: "context.isTaken(unique)",
    replace: "context.isTaken(id)",
    test: [forms, "a name is borne once among customers, vendors and employees, in any case"],
  },
  {
    name: "simulator: document numbers repeat",
    file: "simulator/writes/rules.ts",
    find: "const sale: readonly Rule[] = [openPeriod, ownNumber,",
    replace: "const sale: readonly Rule[] = [openPeriod, openPeriod,",
    test: [rules, "a document number is used once, unless the request lets it repeat; its own may be sent back"],
  },
  {
    name: "simulator: closed books take what is moved into them",
    file: "simulator/writes/rules.ts",
    find: 'typeof given === "string" ? given : row ? undefined : today',
    replace: "row ? undefined : today",
    test: [rules, "nothing is written into closed books, moved into them or taken out of them"],
  },
  {
    name: "simulator: inactive references are taken",
    file: "simulator/writes/rules.ts",
    find: "if (!inactive) return;",
    replace: "if (!inactive || switches) return;",
    test: [rules, "references must exist and be active, also where they stood before"],
  },
  {
    name: "simulator: an overpaid line is refused",
    file: "simulator/writes/overpaid.ts",
    find: 'if (Number(line["Amount"]) <= open) return [line];',
    replace: "if (open >= 0) return [line];",
    test: [
      amounts,
      "a payment that would settle more than is open settles that, and the rest is unapplied; or by a switch it is refused",
    ],
  },
  {
    name: "simulator: an address sent back is changed",
    file: "simulator/writes/addresses.ts",
    find: "if (!isObject(sent) || isAsBefore(sent, row.fields[name])) return [];",
    replace: "if (!isObject(sent) || isAsBefore(sent, undefined)) return [];",
    test: [
      rules,
      "an address that an app changes in a transaction becomes free lines, one that it sends back does not",
    ],
  },
];
