import { expect, test } from "@jest/globals";
import { customers, ids, withWebhooks } from "./notified.js";
import type { Settings } from "./notified.js";

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

test("a simulator stops while it waits to send again", async () => {
  await withWebhooks({}, async ({ company, receiver }) => {
    receiver.answer = 500;
    customers(company, 1);
    await receiver.count(1);
  });
});
