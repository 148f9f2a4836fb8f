import { createHmac } from "node:crypto";
import { expect, test } from "@jest/globals";
import type { Company, Notice, Simulator, SimulatorOptions } from "../../simulator/index.js";
import { withReceiver } from "./receiver.js";
import type { Receiver } from "./receiver.js";
import { connect, withSimulator } from "./support.js";

interface World {
  readonly simulator: Simulator;
  readonly receiver: Receiver;
  readonly company: Company;
}

type Settings = NonNullable<SimulatorOptions["webhooks"]>;

const companies = [{ realmId: "101", size: 0 }];

/** A simulator whose notifications go to an app at once, or when asked for. */
async function withWebhooks(
  settings: Settings,
  use: (world: World) => Promise<void>,
  options: SimulatorOptions = {},
): Promise<void> {
  await withReceiver(async (receiver) => {
    const webhooks = { url: receiver.url, delayMs: 0, ...settings };
    await withSimulator({ companies, webhooks, ...options }, async (simulator) => {
      const [company] = simulator.companies.values();
      if (!company) throw new Error("The simulator has no company.");
      await use({ simulator, receiver, company });
    });
  });
}

function customers(company: Company, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    company.create("Customer", { DisplayName: `Fern ${String(index)}` }),
  );
}

function ids(notices: readonly Notice[]): readonly string[] {
  return notices.map(({ id }) => id);
}

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
    await expectDelivered(simulator);
  });
});

async function expectDelivered(simulator: Simulator): Promise<void> {
  await simulator.webhooks.deliverAll();
  expect(simulator.webhooks.pending()).toEqual([]);
}

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

test("what is not acknowledged with a 2xx in time is sent again, and nothing after it before", async () => {
  await withWebhooks({ retryScale: 0.000_1, timeoutMs: 200 }, async ({ simulator, company, receiver }) => {
    receiver.answer = 500;
    const [first = ""] = customers(company, 1);
    await receiver.count(2);
    receiver.answer = "nothing";
    const second = company.create("Customer", { DisplayName: "Moss" });
    await receiver.count(4);
    receiver.answer = 202;
    const sent = (): readonly string[] => receiver.received.map(({ body }) => body);
    await receiver.count(sent().length + 2);
    const before = sent().slice(0, -1);
    expect(new Set(before).size).toBe(1);
    expect(before[0]).toContain(`-Customer-${first}"`);
    expect(sent().at(-1)).toContain(`-Customer-${second}"`);
    const statuses = simulator.webhooks.log.map(({ status }) => status);
    expect(statuses[0]).toBe(500);
    expect(statuses).toContain(0);
    expect(simulator.webhooks.log.slice(0, 3).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

test("by hand nothing is sent until asked; a refusal keeps it and all after it pending", async () => {
  await withWebhooks({ manual: true, eventsPerBody: 1 }, async ({ simulator, company, receiver }) => {
    const { webhooks } = simulator;
    const made = customers(company, 3);
    expect(receiver.received).toHaveLength(0);
    expect(ids(webhooks.pending())).toEqual(made);
    receiver.answer = 503;
    expect(await webhooks.deliverAll()).toMatchObject([{ status: 503, attempt: 1, notices: [{ id: made[0] }] }]);
    expect(ids(webhooks.pending())).toEqual(made);
    receiver.answer = 200;
    expect(await webhooks.deliverAll()).toMatchObject([{ attempt: 2, status: 200 }, { attempt: 1 }, { attempt: 1 }]);
    expect(webhooks.pending()).toEqual([]);
    expect(webhooks.log).toHaveLength(4);
  });
});

test("an app that does not listen is told later; one that takes no notifications is never told", async () => {
  await withWebhooks({ manual: true, url: "http://127.0.0.1:9/nobody" }, async ({ simulator, company, receiver }) => {
    const { webhooks } = simulator;
    customers(company, 1);
    expect(await webhooks.deliverAll()).toMatchObject([{ status: 0, problem: expect.any(String) }]);
    webhooks.configure({ url: receiver.url });
    expect(await webhooks.deliverAll()).toMatchObject([{ status: 200 }]);
    webhooks.configure({ url: undefined });
    company.create("Customer", { DisplayName: "Unheard" });
    expect(webhooks.pending()).toEqual([]);
  });
});

test("events are lost, doubled and reordered by chance, the same way for the same seed", async () => {
  const outcome = async (settings: Settings): Promise<readonly string[]> => {
    const sent: string[] = [];
    await withWebhooks({ manual: true, ...settings }, async ({ simulator, company }) => {
      customers(company, 40);
      sent.push(...(await simulator.webhooks.deliverAll()).flatMap(({ notices }) => ids(notices)));
    });
    return sent;
  };
  const all = await outcome({});
  const lossy = await outcome({ loss: 0.5 });
  expect(lossy.length).toBeLessThan(30);
  expect(await outcome({ loss: 0.5 })).toEqual(lossy);
  expect(await outcome({ loss: 0.5, seed: 2 })).not.toEqual(lossy);
  expect(await outcome({ loss: 1 })).toEqual([]);
  const doubled = await outcome({ doubling: 1 });
  expect([...doubled].sort()).toEqual([...all, ...all].sort());
  const reordered = await outcome({ reordering: 0.5 });
  expect(reordered).not.toEqual(all);
  expect([...reordered].sort()).toEqual([...all].sort());
});

test("a doubled event keeps its id, and one record's events their order unless reordered", async () => {
  await withWebhooks({ manual: true, doubling: 1 }, async ({ simulator, company, receiver }) => {
    const [id = ""] = customers(company, 1);
    company.change("Customer", id, { Notes: "again" });
    await simulator.webhooks.deliverAll();
    const events = JSON.parse(receiver.received[0]?.body ?? "") as readonly { id: string; type: string }[];
    expect(events.map(({ type }) => type.split(".")[2])).toEqual(["created", "updated", "created", "updated"]);
    expect(new Set(events.map((event) => event.id)).size).toBe(2);
  });
});

test("notices come so much later than the edit as is set", async () => {
  await withWebhooks({ delayMs: 150 }, async ({ simulator, company, receiver }) => {
    const madeAt = Date.now();
    customers(company, 1);
    expect(simulator.webhooks.pending()).toHaveLength(1);
    await receiver.count(1);
    expect(Date.now() - madeAt).toBeGreaterThanOrEqual(145);
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

test("a simulator stops while it waits to send again", async () => {
  await withWebhooks({}, async ({ company, receiver }) => {
    receiver.answer = 500;
    customers(company, 1);
    await receiver.count(1);
  });
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
