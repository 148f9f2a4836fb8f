import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { createLog } from "../../src/foundation/log.js";
import { createAlerts } from "../../src/sync/alerts/alerts.js";
import { deliverAlerts } from "../../src/sync/alerts/deliver.js";
import { createAlertWebhook, signatureHeader, signatureOf, signingKey } from "../../src/sync/alerts/webhook.js";
import { type Receiver, withReceiver } from "../simulator/receiver.js";
import { hour, later, minute, newWorld, now, type World } from "./world.js";

const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
const signal = new AbortController().signal;

let world: World;
let warned: string[];

beforeAll(async () => {
  world = await newWorld();
});

afterEach(() => world.clear());

afterAll(() => world.stop());

function servicesFor({ url }: Pick<Receiver, "url">, at: Date) {
  warned = [];
  const clock = { now: () => at };
  return {
    database: world.database,
    webhook: createAlertWebhook({ url, keyRing, environment: "SIMULATOR", clock }),
    globalId: (type: string, id: string) => `${type}:${id}`,
    log: createLog({ level: "warn", destination: { write: (line) => void warned.push(line) } }),
  };
}

const deliver = (receiver: Receiver, at = now) => deliverAlerts(servicesFor(receiver, at), at, signal);

const recover = async (id: string, at: Date) => {
  await world.database.prisma.connection.update({ where: { id }, data: { status: "CONNECTED" } });
  await world.look(at, true);
};

const bodies = ({ received }: Receiver): unknown[] => received.map(({ body }) => JSON.parse(body) as unknown);

test("an alert is told once, signed over its time and body, and its end too; nothing of the books but the company's name", async () => {
  await withReceiver(async (receiver) => {
    const id = await world.alerted();
    expect(await deliver(receiver)).toBe(1);
    expect(await deliver(receiver, later(hour))).toBe(0);
    const alert = await world.database.prisma.alert.findFirstOrThrow();
    const told = {
      id: `Alert:${alert.id}`,
      kind: "AUTHORIZATION_LOST",
      message: alert.message,
      openedAt: now.toISOString(),
    };
    const about = {
      organization: { id: `Organization:${alert.organizationId}`, name: "Firm" },
      connection: { id: `ConnectedCompany:${id}`, companyName: "Hillside" },
    };
    const opened = { event: "alert.opened", alert: { ...told, status: "OPEN", recoveredAt: null }, ...about };
    expect(bodies(receiver)).toEqual([opened]);
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
    const key = signingKey(keyRing, receiver.url);
    expect(headers[signatureHeader]).toBe(signatureOf(key, now.getTime() / 1000, body));
    expect(headers["content-type"]).toBe("application/json");
    await recover(id, later(2 * hour));
    expect(await deliver(receiver, later(2 * hour))).toBe(1);
    const recoveredAt = later(2 * hour).toISOString();
    expect(bodies(receiver)[1]).toEqual({
      event: "alert.recovered",
      alert: { ...told, status: "RECOVERED", recoveredAt },
      ...about,
    });
  });
});

test("the signature is of an HMAC-SHA256 that others can work out, and each address has a key of its own", () => {
  expect(signatureOf("key", 1767225600, "{}")).toBe(
    "t=1767225600,v1=df344de429b8ee672e1863e0008fdbd0080000536fbccdf0e4f89846acbbe872",
  );
  expect(signingKey(keyRing, "https://a.example.com/x")).not.toBe(signingKey(keyRing, "https://a.example.com/y"));
});

test("what the receiver refuses waits ever longer for its next try, is told that it was given up, and keeps nobody else waiting", async () => {
  await withReceiver(async (receiver) => {
    await world.alerted();
    receiver.answer = 503;
    const tries: number[] = [];
    let lastWords = "";
    for (let at = 0; at < 48 * 60; at++) {
      const before = receiver.received.length;
      await deliver(receiver, later(at * minute));
      if (receiver.received.length === before) continue;
      tries.push(at);
      lastWords = warned.join();
    }
    expect(tries).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 871, 1231]);
    expect(lastWords).toContain("The alert webhook could not be told of an alert; it is not tried again.");
  });
});

test("an alert that ends before its beginning was told is told once, as ended, and with new tries", async () => {
  await withReceiver(async (receiver) => {
    const id = await world.alerted();
    receiver.answer = 500;
    await deliver(receiver);
    receiver.answer = 204;
    await recover(id, later(2 * minute));
    await deliver(receiver, later(2 * minute));
    expect(await deliver(receiver, later(hour))).toBe(0);
    expect(bodies(receiver)).toMatchObject([{ event: "alert.opened" }, { event: "alert.recovered" }]);
  });
});

test("an alert that ends while its beginning is being told is told as ended too", async () => {
  await withReceiver(async (receiver) => {
    const id = await world.alerted();
    const services = servicesFor(receiver, now);
    const webhook = {
      async send(...told: Parameters<typeof services.webhook.send>) {
        await services.webhook.send(...told);
        if (receiver.received.length === 1) await recover(id, later(minute));
      },
    };
    await deliverAlerts({ ...services, webhook }, now, signal);
    expect(await deliver(receiver, later(2 * minute))).toBe(1);
    expect(bodies(receiver)).toMatchObject([{ event: "alert.opened" }, { event: "alert.recovered" }]);
  });
});

test("a redirect is not followed, and counts as refused", async () => {
  await withReceiver(async (receiver) => {
    await world.alerted();
    receiver.answer = 307;
    expect(await deliver(receiver)).toBe(0);
    expect(receiver.received).toHaveLength(1);
  });
});

test("processes that tell at once tell each alert once, and five at a time", async () => {
  await withReceiver(async (receiver) => {
    for (let made = 0; made < 7; made++) {
      const organizationId = randomUUID();
      await world.database.prisma.organization.create({ data: { id: organizationId, name: "Firm", createdAt: now } });
      await world.connected({ organizationId, status: "REAUTHORIZATION_REQUIRED" });
    }
    await world.look(now, true);
    expect(await deliver(receiver)).toBe(5);
    const counts = await Promise.all([deliver(receiver), deliver(receiver), deliver(receiver)]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(2);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(7);
  });
});

test("a receiver that never answers is not waited for by a stop, and what it was told is told again", async () => {
  await withReceiver(async (receiver) => {
    await world.alerted();
    receiver.answer = "nothing";
    const { webhook, globalId } = servicesFor(receiver, now);
    const common = { ...world, environment: "SIMULATOR", clock: { now: () => now }, webhook, globalId };
    const alerts = createAlerts(common);
    const sweeping = alerts.sweep();
    await receiver.count(1);
    await alerts.stop();
    await sweeping;
    receiver.answer = 200;
    expect(await deliver(receiver, later(minute))).toBe(1);
  });
});

test("without a webhook nothing waits to be told", async () => {
  await withReceiver(async (receiver) => {
    const id = await world.connected({ status: "REAUTHORIZATION_REQUIRED" });
    await world.look();
    expect(await deliver(receiver)).toBe(0);
    await world.database.prisma.connection.update({ where: { id }, data: { status: "CONNECTED" } });
    await world.look(later(2 * minute));
    expect(await deliver(receiver, later(hour))).toBe(0);
    expect(await world.alerts(id)).toEqual([{ kind: "AUTHORIZATION_LOST", status: "RECOVERED" }]);
  });
});

test("who is woken again and again looks and tells once in ten seconds", async () => {
  let passes = 0;
  const quota = {
    at(at: Date) {
      passes++;
      return world.quota.at(at);
    },
  };
  let at = now;
  const clock = { now: () => at };
  const globalId = (type: string, id: string) => `${type}:${id}`;
  const alerts = createAlerts({ ...world, environment: "SIMULATOR", quota, clock, globalId });
  for (let woken = 0; woken < 5; woken++) await alerts.sweep();
  expect(passes).toBe(1);
  at = later(10_000);
  await alerts.sweep();
  expect(passes).toBe(2);
  await alerts.stop();
});
