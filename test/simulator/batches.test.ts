import { expect, test } from "@jest/globals";
import { faultOf, invoiceOf, named, withWriter } from "./writing.js";
import type { Json } from "./writing.js";

type Items = readonly Json[];

function responsesOf({ json }: { readonly json: Json }): Items {
  return json["BatchItemResponse"] as Items;
}

test("a batch creates, changes, voids, deletes and queries; what is wrong with one item is told in its own fault", async () => {
  await withWriter(async ({ simulator, company, customer, write, post, connection }) => {
    const [first, second, third] = await Promise.all(
      [10, 20, 30].map((each) => write("Invoice", invoiceOf(customer, each))),
    );
    const reads = simulator.meteredReads(connection.realmId);
    const answer = await post("batch", {
      BatchItemRequest: [
        { bId: "a", operation: "create", Customer: { DisplayName: "Moss" } },
        { bId: "b", operation: "create", Customer: { DisplayName: "Fern & Co" } },
        { bId: "c", operation: "update", Invoice: { ...named(first ?? {}), sparse: true, PrivateNote: "checked" } },
        { bId: "d", operation: "delete", Invoice: named(second ?? {}) },
        { bId: "e", operation: "update", optionsData: "void", Invoice: named(third ?? {}) },
        { bId: "f", Query: "select * from Invoice where TotalAmt > '5'" },
        { bId: "g", operation: "delete", Customer: { Id: customer, SyncToken: "0" } },
        { bId: "h", Query: "select * from Sausage" },
      ],
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toHaveProperty("time");
    const items = responsesOf(answer);
    expect(items.map(({ bId }) => bId)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(items[0]).toMatchObject({ Customer: { DisplayName: "Moss", SyncToken: "0" } });
    expect(items[1]).toMatchObject({ Fault: { type: "ValidationFault", Error: [{ code: "6240" }] } });
    expect(items[2]).toMatchObject({ Invoice: { PrivateNote: "checked", SyncToken: "1" } });
    expect(items[3]).toEqual({ Invoice: { domain: "QBO", status: "Deleted", Id: second?.["Id"] }, bId: "d" });
    expect(items[4]).toMatchObject({ Invoice: { PrivateNote: "Voided", TotalAmt: 0 } });
    expect(items[5]).toMatchObject({ QueryResponse: { Invoice: [{ TotalAmt: 10 }], maxResults: 1 } });
    expect(items[6]).toMatchObject({ Fault: { Error: [{ code: "500" }] } });
    expect(items[7]).toMatchObject({ Fault: { Error: [{ code: "4001" }] } });
    expect([company.count("Customer"), company.count("Invoice")]).toEqual([2, 2]);
    expect(simulator.meteredReads(connection.realmId) - reads).toBe(1);
    expect(simulator.writes.slice(3).map(({ bId, status }) => `${String(bId)} ${String(status)}`)).toEqual([
      "a 200",
      "b 400",
      "c 200",
      "d 200",
      "e 200",
      "g 400",
    ]);
  });
});

test("thirty items are one batch, thirty-one are refused and nothing is done", async () => {
  await withWriter(async ({ company, post }) => {
    const items = (count: number): Json => ({
      BatchItemRequest: Array.from({ length: count }, (_, index) => ({
        bId: String(index),
        operation: "create",
        Customer: { DisplayName: `Moss ${String(index)}` },
      })),
    });
    expect(faultOf(await post("batch", items(31))).code).toBe("1040");
    expect(company.count("Customer")).toBe(1);
    expect(responsesOf(await post("batch", items(30)))).toHaveLength(30);
    expect(company.count("Customer")).toBe(31);
  });
});

test("a batch that names itself is done once", async () => {
  await withWriter(async ({ company, customer, post }) => {
    const body = { BatchItemRequest: [{ bId: "1", operation: "create", Invoice: invoiceOf(customer, 5) }] };
    const first = await post("batch?requestid=b1", body);
    expect(await post("batch?requestid=b1", body)).toEqual(first);
    expect(company.count("Invoice")).toBe(1);
    expect(faultOf(await post(`batch?requestid=${"x".repeat(37)}`, body)).code).toBe("2130");
  });
});

test("a batch counts as one request, and only forty are taken in a minute", async () => {
  const limits = { perMinute: 500, perSecond: 500, concurrent: 500 };
  await withWriter(
    async ({ post }) => {
      const body = { BatchItemRequest: [{ bId: "1", Query: "select count(*) from Customer" }] };
      const statuses: number[] = [];
      for (let count = 0; count < 41; count += 1) statuses.push((await post("batch", body)).status);
      expect(statuses).toEqual([...Array<number>(40).fill(200), 429]);
      expect((await post("customer", { DisplayName: "Moss" })).status).toBe(200);
    },
    { limits },
  );
});

test("one item of a batch can be throttled or find its record stale while the others are done", async () => {
  await withWriter(async ({ simulator, company, post }) => {
    simulator.faults.inject({ kind: "429", operation: "create", entity: "Customer", after: 1, isInBatch: true });
    simulator.faults.inject({ kind: "6190", operation: "read", isInBatch: true });
    const create = (name: string): Json => ({ bId: name, operation: "create", Customer: { DisplayName: name } });
    const items = [create("Moss"), create("Reed"), create("Sage"), { bId: "q", Query: "select * from Customer" }];
    expect((await post("customer", { DisplayName: "Thyme" })).status).toBe(200);
    const answer = await post("batch", { BatchItemRequest: items });
    expect(responsesOf(answer)).toMatchObject([
      { bId: "Moss", Customer: { DisplayName: "Moss" } },
      { bId: "Reed", Fault: { type: "SERVICE", Error: [{ code: "3001" }] } },
      { bId: "Sage", Customer: { DisplayName: "Sage" } },
      { bId: "q", Fault: { Error: [{ code: "6190" }] } },
    ]);
    expect(company.count("Customer")).toBe(4);
  });
});
