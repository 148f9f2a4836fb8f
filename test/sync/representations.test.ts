import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { z } from "zod";
import type { Company } from "../../simulator/index.js";
import { RecordSlice } from "../../src/foundation/json.js";
import { invoice } from "../../src/plugins/invoice/index.js";
import { createStore, type Saved } from "../../src/sync/store/store.js";
import { companyOf } from "../support/company.js";
import { engineBench, type EngineBench } from "../support/engine.js";

const realmId = "9130000000000053";
let bench: EngineBench;
let company: Company;
let connectionId: string;
let id: string;

beforeAll(async () => {
  bench = await engineBench([{ realmId, seed: "representations", size: 120 }]);
  company = companyOf(bench, realmId);
  connectionId = await bench.connect(realmId);
  await bench.fullSync(connectionId);
  id = [...company.records("Invoice")][2]?.id ?? "";
});

beforeEach(() => {
  bench.simulator.clock.advance(20 * 60_000);
});

afterAll(() => bench.stop());

const rowOf = () => bench.database.prisma.invoice.findFirstOrThrow({ where: { connectionId, quickbooksId: id } });
const payload = z.looseObject({ MetaData: z.looseObject({ LastUpdatedTime: z.string() }) });
type Payload = z.infer<typeof payload>;

/** Another answer that shows the record, a while after the last. */
function answer(change: (served: Payload) => object): Promise<Saved> {
  const text = JSON.stringify(change(payload.parse(JSON.parse(company.record("Invoice", id)?.text ?? "{}"))));
  const page = {
    plugin: invoice,
    connectionId,
    epoch: 1,
    runId: "00000000-0000-4000-8000-000000000000",
    records: [new RecordSlice(Buffer.from(text), id)],
    answeredAt: new Date(bench.simulator.clock.now()),
    request: "a test",
  };
  return createStore(bench.database, bench.streams).save(page, () => Promise.resolve());
}

test("the same content in two representations makes no version: keys in another order, empty values, renamed references", async () => {
  const before = await rowOf();
  const saved = await answer(({ MetaData, ...rest }) => ({
    domain: "QBO",
    sparse: false,
    ...Object.fromEntries(Object.entries(rest).reverse()),
    CustomerRef: { name: "Renamed since", ...z.object({ value: z.string() }).parse(rest["CustomerRef"]) },
    PurchaseOrderRef: null,
    CustomField: [],
    InvoiceLink: "https://connect.intuit.com/t/of-this-reading",
    MetaData,
  }));
  expect(saved).toMatchObject({ created: 0, updated: 0, unchanged: 1, reread: [] });
  expect(await rowOf()).toMatchObject({ version: before.version, mirroredAt: before.mirroredAt });
});

test("answers without LastUpdatedTime: a change is not judged by half its parts, but read again by its id; what is the same is left alone", async () => {
  const before = await rowOf();
  const without = ({ MetaData, ...rest }: Payload) => {
    const { LastUpdatedTime: _, ...others } = MetaData;
    return { ...rest, MetaData: others };
  };
  expect(await answer(without)).toMatchObject({ updated: 0, unchanged: 1, reread: [] });
  company.change("Invoice", id, { PrivateNote: "changed since" });
  expect(await answer(without)).toMatchObject({ updated: 0, reread: [id] });
  expect(await rowOf()).toMatchObject({ version: before.version });
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  expect(await rowOf()).toMatchObject({ version: before.version + 1, privateNote: "changed since" });
});

test("answers without LastUpdatedTime: a row that was made from one is brought up to date by a sync", async () => {
  await bench.database.pool.query(
    "UPDATE invoices SET updated_in_quickbooks_at = NULL WHERE connection_id = $1 AND quickbooks_id = $2",
    [connectionId, id],
  );
  company.change("Invoice", id, { PrivateNote: "changed once more" });
  expect((await bench.incrementalSync(connectionId)).status).toBe("SUCCEEDED");
  const row = await rowOf();
  expect(row.privateNote).toBe("changed once more");
  expect(row.updatedInQuickBooksAt).not.toBeNull();
});
