import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import { readSettings } from "../../simulator/settings.js";
import { companies, customers, withWebhooks } from "./notified.js";
import { connect, withSimulator } from "./support.js";

test("every commit is told as a CloudEvent, signed over the very bytes", async () => {
  await withWebhooks({ verifierToken: "a-verifier-token" }, async ({ company, receiver, simulator }) => {
    const [id = ""] = customers(company, 1);
    await receiver.count(1);
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
    expect(JSON.parse(body)).toEqual([
      {
        specversion: "1.0",
        id: expect.stringMatching(new RegExp(`^[0-9a-f-]{36}-Customer-${id}$`)),
        source: expect.stringMatching(/^intuit\.[\w+/]{43}=$/),
        type: "qbo.customer.created.v1",
        datacontenttype: "application/json",
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/),
        intuitentityid: id,
        intuitaccountid: "101",
        data: {},
      },
    ]);
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "user-agent": "intuit_notification_server/0.1",
      "intuit-notification-schema-version": "0.1",
      "intuit-created-time": expect.any(String),
      "intuit-t-id": expect.any(String),
      "intuit-signature": createHmac("sha256", "a-verifier-token").update(body).digest("base64"),
    });
    await simulator.webhooks.deliverAll();
    expect(simulator.webhooks.pending()).toEqual([]);
  });
});

test("in the legacy form events are grouped by company, all that are due together in one body", async () => {
  const two = [...companies, { realmId: "102", size: 0 }];
  await withWebhooks(
    { format: "legacy", manual: true },
    async ({ simulator, company, receiver }) => {
      customers(company, 2);
      simulator.companies
        .get("102")
        ?.create("Item", { Name: "Rake", Type: "Service", IncomeAccountRef: { value: "1" } });
      await simulator.webhooks.deliverAll();
      const entity = (name: string, id: string): object => ({
        id,
        operation: "Create",
        name,
        lastUpdated: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      });
      expect(receiver.received).toHaveLength(1);
      expect(JSON.parse(receiver.received[0]?.body ?? "")).toEqual({
        eventNotifications: [
          { realmId: "101", dataChangeEvent: { entities: [entity("Customer", "1"), entity("Customer", "2")] } },
          { realmId: "102", dataChangeEvent: { entities: [entity("Item", "2")] } },
        ],
      });
    },
    { companies: two },
  );
});

test("merges name the one that is gone, voids say void, and events with nothing to say may have no data", async () => {
  await withWebhooks({ manual: true, emptyData: "absent" }, async ({ simulator, company, receiver }) => {
    const [loser = "", survivor = ""] = customers(company, 2);
    const line = { Amount: 5, SalesItemLineDetail: { ItemRef: { value: "1" } } };
    company.void("Invoice", company.create("Invoice", { CustomerRef: { value: survivor }, Line: [line] }));
    company.merge("Customer", loser, survivor);
    await simulator.webhooks.deliverAll();
    const events = JSON.parse(receiver.received[0]?.body ?? "") as readonly Record<string, unknown>[];
    expect(events.map(({ type }) => type)).toEqual([
      "qbo.customer.created.v1",
      "qbo.customer.created.v1",
      "qbo.invoice.created.v1",
      "qbo.invoice.void.v1",
      "qbo.customer.merged.v1",
    ]);
    expect(events[0]).not.toHaveProperty("data");
    expect(events[0]).not.toHaveProperty("datacontenttype");
    expect(events[4]).toMatchObject({ intuitentityid: survivor, data: { deletedid: loser } });
    simulator.webhooks.configure({ format: "legacy" });
    company.merge("Customer", customers(company, 1)[0] ?? "", survivor);
    await simulator.webhooks.deliverAll();
    expect(receiver.received[1]?.body).toContain(`"id":"${survivor}","operation":"Merge","name":"Customer"`);
    expect(receiver.received[1]?.body).toMatch(/"deletedId":"3"/);
  });
});

test("control sets, shows, delivers and makes up notifications; the verifier token is never shown", async () => {
  await withWebhooks({ manual: true, url: undefined }, async ({ simulator, company, receiver }) => {
    const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const headers = { authorization: `Bearer ${simulator.controlToken}` };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      return (await fetch(`${simulator.url}/control/${path}`, { method, headers, ...sent })).json();
    };
    const settings = await control("PATCH", "webhooks", { url: receiver.url, verifierToken: "very-secret", loss: 0 });
    expect(settings).toMatchObject({ url: receiver.url, manual: true, hasVerifierToken: true });
    expect(JSON.stringify(settings)).not.toContain("very-secret");
    expect(await control("PATCH", "webhooks", { loss: 2 })).toMatchObject({ error: expect.stringContaining("loss") });
    customers(company, 1);
    await control("POST", "webhooks/notices", [{ realmId: "999", entity: "Vendor", id: "7", operation: "Emailed" }]);
    expect(await control("GET", "webhooks/pending")).toMatchObject({
      pending: [{ entity: "Customer" }, { realmId: "999" }],
    });
    expect(await control("POST", "webhooks/deliver")).toMatchObject({ attempts: [{ status: 200, attempt: 1 }] });
    expect(receiver.received[0]?.body).toContain('"type":"qbo.vendor.emailed.v1"');
    expect(await control("GET", "webhooks/log?after=0")).toMatchObject({ attempts: [{ sequence: 1 }] });
    expect(await control("GET", "webhooks/log?after=1")).toEqual({ attempts: [] });
    expect(await control("GET", "state")).toMatchObject({ counters: { pendingNotices: 0 } });
    const base = "companies/101";
    const [loser, survivor] = [
      company.create("Customer", { DisplayName: "A" }),
      company.create("Customer", { DisplayName: "B" }),
    ];
    await control("POST", `${base}/edits`, { kind: "merge", entity: "Customer", id: loser, into: survivor });
    expect(company.record("Customer", loser)).toBeUndefined();
    await control("POST", `${base}/reset`);
    expect(company.count("Customer")).toBe(0);
  });
});

test("the program takes the settings of notifications from its environment, and says what is wrong with them", () => {
  const read = (webhooks: object): unknown =>
    readSettings({ SIMULATOR_WEBHOOKS: JSON.stringify(webhooks) }).options.webhooks;
  const settings = { url: "http://localhost:4000/webhooks", format: "legacy" };
  expect(read(settings)).toEqual(settings);
  expect(() => read({ url: "nowhere", doubling: 3 })).toThrow(/SIMULATOR_WEBHOOKS: .*url.*doubling/s);
});

test("successful reads are metered per company; faults, refusals and writes are not", async () => {
  await withSimulator({ companies }, async (simulator) => {
    const connection = await connect(simulator);
    await connection.query("select * from Customer");
    await connection.query("select gnome from Customer");
    await connection.get("customer/1");
    await connection.get("companyinfo/1");
    await connection.get(`cdc?entities=Customer&changedSince=${new Date().toISOString()}`);
    simulator.faults.inject({ kind: "503" });
    await connection.get("preferences");
    expect(simulator.meteredReads("101")).toBe(3);
    expect(simulator.meteredReads("102")).toBe(0);
  });
});
