import { expect } from "@jest/globals";
import { paths, sample, testWithSamples } from "./recorded.js";
import type { Json } from "./recorded.js";
import { named, paymentOf, withWriter } from "./writing.js";

interface Exchange {
  readonly _request: { readonly body: Json };
  readonly _response: Json;
}

function exchange(name: string): Exchange {
  return sample(`nango-${name}.json`) as unknown as Exchange;
}

/** What a company's own data bring with them. */
const optional = /^\.(ShipFromAddr|BillAddr|ShipAddr|ParentRef|Description)/;

/** Recorded and answered fields that the other does not have, or has with another type. */
function differences(recorded: Json, answered: Json): readonly string[] {
  const [theirs, ours] = [paths(recorded), paths(answered)];
  const all = new Set([...theirs.keys(), ...ours.keys()]);
  return [...all].filter((path) => theirs.get(path) !== ours.get(path) && !optional.test(path));
}

const creations = [
  ["Customer", "create-customer"],
  ["Account", "create-account"],
  ["Item", "create-item"],
  ["Invoice", "create-invoice"],
  ["Payment", "create-payment"],
  ["CreditMemo", "create-credit-memo"],
] as const;

testWithSamples("the answers to recorded creations have the recorded fields, in the recorded order", async () => {
  await withWriter(async ({ write }) => {
    for (const [entity, name] of creations) {
      const { _request: request, _response: response } = exchange(name);
      const recorded = response[entity] as Json;
      const answered = await write(entity, {
        ...request.body,
        ...(entity === "Item" ? { IncomeAccountRef: { value: "1" } } : {}),
      });
      expect({ entity, different: differences(recorded, answered) }).toEqual({ entity, different: [] });
      const ours = Object.keys(answered);
      const order = Object.keys(recorded).filter((key) => ours.includes(key));
      expect({ entity, order }).toEqual({ entity, order: ours.filter((key) => key in recorded) });
    }
  });
});

testWithSamples("the answers to updates have the fields that recorded ones have at the top", async () => {
  await withWriter(async ({ customer, company, write, read }) => {
    const invoice = company.create("Invoice", {
      CustomerRef: { value: customer },
      Line: [{ Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" } } }],
    });
    const ids: Readonly<Record<string, string>> = {
      Customer: customer,
      Account: "1",
      Item: "1",
      Invoice: invoice,
      Payment: company.create("Payment", paymentOf(customer, 5, [invoice, 5])),
    };
    for (const [entity, id] of Object.entries(ids)) {
      const recorded = exchange(`update-${entity.toLowerCase()}`)._response[entity] as Json;
      const note = { Customer: "Notes", Account: "Description", Item: "Description" }[entity] ?? "PrivateNote";
      const answered = await write(entity, { ...named(await read(entity, id)), sparse: true, [note]: "changed" });
      const foreign = Object.keys(answered).filter((key) => !(key in recorded) && key !== note && key !== "BillEmail");
      expect({ entity, foreign }).toEqual({ entity, foreign: [] });
      expect(Object.keys(answered["MetaData"] as Json)).toEqual(Object.keys(recorded["MetaData"] as Json));
      for (const key of ["InvoiceLink", "DefaultTaxCodeRef", "DeferredRevenue"])
        expect([key, key in answered]).toEqual([key, key in recorded]);
    }
  });
});

testWithSamples("deletions, voids and the refusal of a void look as recorded", async () => {
  await withWriter(async ({ customer, write, post }) => {
    const payment = await write("Payment", { ...paymentOf(customer, 5), PaymentMethodRef: { value: "1" } });
    const voided = await write("Payment", { ...named(payment), sparse: true }, "operation=update&include=void");
    const recorded = sample("payment-voided.json")["Payment"] as Json;
    expect(Object.keys(recorded).filter((key) => !(key in voided) && key !== "ProjectRef")).toEqual([]);
    expect(voided).toMatchObject({ TotalAmt: 0, UnappliedAmt: 0, Line: [], PrivateNote: recorded["PrivateNote"] });
    const deleted = await write("Payment", named(voided), "operation=delete");
    expect({ ...deleted, Id: "73" }).toEqual(sample("payment-deleted.json")["Payment"]);
    const refusal = await post("creditmemo?operation=void", { Id: "1", SyncToken: "0" });
    expect(refusal.json["Fault"]).toEqual(sample("fault-400-void-unsupported.json")["Fault"]);
  });
});
