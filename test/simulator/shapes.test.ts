import { expect, test } from "@jest/globals";
import { paths, sample, testWithSamples } from "./recorded.js";
import type { Json } from "./recorded.js";
import { connect, rowsOf, withSimulator } from "./support.js";

function sampleRows(name: string, entity: string): readonly Json[] {
  return (sample(name)["QueryResponse"] as Record<string, readonly Json[]>)[entity] ?? [];
}

/** What the recorded company happens not to have, and QuickBooks documents. */
const documented: Readonly<Record<string, RegExp>> = {
  Customer: /^\.(WebAddr|BillAddr|ShipAddr)\./,
  Account: /^$/,
  Item: /^\.(Sku|SubItem|ParentRef|Level|PrintGroupedItems|ItemGroupDetail)/,
  Invoice: /(GroupLineDetail|DescriptionLineDetail)/,
  Payment: /^$/,
  CreditMemo:
    /(GroupLineDetail|DescriptionLineDetail|DiscountLineDetail|TaxLine|TxnTaxCodeRef|CustomerMemo|UnitPrice|Qty|Description$)/,
};

const files: Readonly<Record<string, string>> = {
  Customer: "nango-query-customer-33.json",
  Account: "nango-query-account-92.json",
  Item: "nango-query-item-23.json",
  Invoice: "nango-query-invoice-37.json",
  Payment: "nango-query-payment-20.json",
  CreditMemo: "nango-query-creditmemo-9.json",
};

testWithSamples("rows of a query have the recorded fields, with the recorded types", async () => {
  await withSimulator({ companies: [{ size: 900 }] }, async (simulator) => {
    const connection = await connect(simulator);
    for (const [entity, file] of Object.entries(files)) {
      const recorded = paths(sampleRows(file, entity), "");
      const rows = await connection.rows(`select * from ${entity} maxresults 1000`);
      const ours = paths(rows);
      const foreign = [...ours].filter(
        ([path, type]) => recorded.get(path) !== type && !documented[entity]?.test(path.slice(2)),
      );
      expect({ entity, foreign }).toEqual({ entity, foreign: [] });
      const ofEvery = (all: readonly Json[]): readonly string[] =>
        Object.keys(all[0] ?? {}).filter((key) => all.every((row) => key in row));
      const usual = rows.filter((row) => !["Group", "Category"].includes(row["Type"] as string));
      const optional = [
        "DocNumber",
        "IncomeAccountRef",
        "ShipAddr",
        "BillAddr",
        "ShipFromAddr",
        "PrivateNote",
        "FamilyName",
      ];
      const missing = ofEvery(sampleRows(file, entity)).filter(
        (key) => !optional.includes(key) && usual.some((row) => !(key in row)),
      );
      expect({ entity, missing }).toEqual({ entity, missing: [] });
    }
  });
});

testWithSamples("fields come in the recorded order", async () => {
  await withSimulator({ companies: [{ size: 400 }] }, async (simulator) => {
    const connection = await connect(simulator);
    for (const [entity, file] of Object.entries(files)) {
      const orders = sampleRows(file, entity).map((row) => Object.keys(row));
      for (const row of await connection.rows(`select * from ${entity} maxresults 50`)) {
        const ours = Object.keys(row);
        for (const recorded of orders) {
          const common = ours.filter((key) => recorded.includes(key));
          expect({ entity, order: recorded.filter((key) => ours.includes(key)) }).toEqual({ entity, order: common });
        }
      }
    }
  });
});

test("a record read by its id differs from its query row exactly where QuickBooks' does", async () => {
  await withSimulator({ companies: [{ size: 400 }] }, async (simulator) => {
    const connection = await connect(simulator);
    const differences: Readonly<Record<string, readonly string[]>> = {
      Customer: ["ClientEntityId", "DefaultTaxCodeRef"],
      Account: [],
      Item: ["DeferredRevenue"],
      Invoice: ["InvoiceLink"],
      Payment: [],
      CreditMemo: [],
    };
    for (const [entity, expected] of Object.entries(differences)) {
      const [row] = await connection.rows(`select * from ${entity} maxresults 1`);
      const answer = (await (await connection.get(`${entity.toLowerCase()}/${row?.["Id"] as string}`)).json()) as Json;
      const read = answer[entity] as Json;
      const [a, b] = [Object.keys(row ?? {}), Object.keys(read)];
      const different = [...a.filter((key) => !b.includes(key)), ...b.filter((key) => !a.includes(key))].sort();
      const possible = expected.filter((key) => key !== "DefaultTaxCodeRef" || read["Taxable"] === true);
      expect({ entity, different }).toEqual({ entity, different: possible });
    }
  });
});

test("amounts keep their digits: whole ones end in .0, zero is bare, prices have as many places as they need", async () => {
  await withSimulator({ companies: [{ size: 0 }] }, async (simulator) => {
    const [company] = simulator.companies.values();
    const customer = company?.create("Customer", { DisplayName: "Exact" }) ?? "";
    const line = { SalesItemLineDetail: { ItemRef: { value: "1" }, UnitPrice: 0.5306667, Qty: 3 } };
    company?.create("Invoice", {
      CustomerRef: { value: customer },
      Line: [line, { Amount: 98.41, SalesItemLineDetail: { ItemRef: { value: "1" } } }],
    });
    const connection = await connect(simulator);
    const text = await (await connection.query("select * from Invoice")).text();
    expect(text).toContain('"Amount":1.59,');
    expect(text).toContain('"UnitPrice":0.5306667,');
    expect(text).toContain('"TotalAmt":100.0,');
    expect(text).toContain('"TotalTax":0}');
  });
});

test("unknown and deleted ids are 400 with code 610, ids that are no number 2030, unknown paths 500", async () => {
  await withSimulator({ companies: [{ size: 60 }] }, async (simulator) => {
    const connection = await connect(simulator);
    const codes: unknown[] = [];
    for (const path of ["customer/99999", "invoice/1.5", "customer/1/5", "sausage/1"]) {
      const response = await connection.get(path);
      const body = (await response.json()) as { Fault: { Error: [{ code: string }] } };
      codes.push([response.status, body.Fault.Error[0].code]);
    }
    expect(codes).toEqual([
      [400, "610"],
      [400, "2030"],
      [400, "500"],
      [400, "500"],
    ]);
  });
});

test("company info and preferences are read and queried", async () => {
  await withSimulator({ companies: [{ size: 0, name: "Two Ponds", currencies: ["EUR"] }] }, async (simulator) => {
    const connection = await connect(simulator);
    const info = (await (await connection.get(`companyinfo/${connection.realmId}`)).json()) as { CompanyInfo: Json };
    expect(info.CompanyInfo).toMatchObject({
      Id: "1",
      CompanyName: "Two Ponds",
      Country: "US",
      DefaultTimeZone: "America/Los_Angeles",
    });
    expect(await connection.rows("select * from CompanyInfo")).toHaveLength(1);
    const [preferences] = await rowsOf(await connection.query("select * from Preferences"));
    expect(preferences?.["CurrencyPrefs"]).toEqual({ MultiCurrencyEnabled: true, HomeCurrency: { value: "USD" } });
  });
});

test("whoever does not accept JSON gets XML", async () => {
  await withSimulator({ companies: [{ size: 60 }] }, async (simulator) => {
    const connection = await connect(simulator);
    const response = await connection.get(`query?query=${encodeURIComponent("select * from Invoice maxresults 1")}`, {
      accept: "*/*",
    });
    const text = await response.text();
    expect(response.headers.get("content-type")).toMatch(/^application\/xml/);
    expect(text).toMatch(
      /<QueryResponse startPosition="1" maxResults="1" totalCount="1"><Invoice domain="QBO" sparse="false">/,
    );
    expect(text).toMatch(/<CustomerRef name="[^"]+">\d+<\/CustomerRef>/);
  });
});
