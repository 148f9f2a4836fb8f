import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { createLog } from "../../src/foundation/log.js";
import { projectPath } from "../../src/foundation/project.js";
import { deliverAlerts } from "../../src/sync/alerts/deliver.js";
import { createAlertWebhook } from "../../src/sync/alerts/webhook.js";
import { type Receiver, withReceiver } from "../simulator/receiver.js";
import { later, minute, newWorld, now, type World } from "./world.js";

/** Alerts told over https, to a receiver on this machine that stands for one of another name. */

const fixture = (name: string): string => readFileSync(projectPath("test", "fixtures", "tls", name), "utf8");
const tls = { cert: fixture("receiver.pem"), key: fixture("receiver.key") };
const authorities = fixture("authority.pem");
const certified = "alerts.example.com";

const keyRing = createKeyRing([{ id: "test", key: randomBytes(32) }]);
const signal = new AbortController().signal;

let world: World;
let asked: string[] = [];
let warned: string[] = [];

beforeAll(async () => {
  world = await newWorld();
});

afterEach(async () => {
  asked = [];
  warned = [];
  await world.clear();
});

afterAll(() => world.stop());

/** Whatever the name, it resolves to this machine, where a simulator's gateway may reach it. */
const resolve = (host: string) => {
  asked.push(host);
  return Promise.resolve([{ address: "127.0.0.1", family: 4 }]);
};

const trusting = { environment: "SIMULATOR", authorities };

function deliver({ url }: Receiver, host: string, how: Partial<typeof trusting> = trusting, at = now): Promise<number> {
  const address = `https://${host}:${new URL(url).port}/webhooks`;
  const clock = { now: () => at };
  const services = {
    database: world.database,
    webhook: createAlertWebhook({ environment: "SIMULATOR", ...how, url: address, keyRing, clock, resolve }),
    globalId: (type: string, id: string) => `${type}:${id}`,
    log: createLog({ level: "warn", destination: { write: (line) => void warned.push(line) } }),
  };
  return deliverAlerts(services, at, signal);
}

test("over https a receiver is asked for, and certified, by the name in its address, whatever that resolves to", async () => {
  await withReceiver(async (receiver) => {
    await world.alerted();
    expect(await deliver(receiver, certified)).toBe(1);
    expect(asked).toEqual([certified]);
    expect(receiver.received).toMatchObject([{ serverName: certified }]);
    expect(receiver.received[0]?.headers.host).toMatch(/^alerts\.example\.com:\d+$/);
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toMatchObject({ event: "alert.opened" });
  }, tls);
});

test.each([
  [
    "for another name",
    { host: "other.example.com", how: trusting },
    "does not match certificate's altnames: Host: other.example.com. is not in the cert's altnames: DNS:alerts.example.com",
  ],
  ["from an authority that is not known", { host: certified, how: {} }, "unable to verify the first certificate"],
])(
  "a receiver with a certificate %s is told nothing, the log says why, and the alert is tried again",
  async (_what, { host, how }, reason) => {
    await withReceiver(async (receiver) => {
      await world.alerted();
      expect(await deliver(receiver, host, how)).toBe(0);
      expect(warned).toHaveLength(1);
      expect(warned[0]).toContain("The alert webhook could not be told of an alert; it is tried again later.");
      expect(warned[0]).toContain(reason);
      expect(receiver.received).toEqual([]);
      expect(await deliver(receiver, certified, trusting, later(minute))).toBe(1);
      expect(receiver.received).toHaveLength(1);
    }, tls);
  },
);

test("a certificate that is in order opens no private address", async () => {
  await withReceiver(async (receiver) => {
    await world.alerted();
    expect(await deliver(receiver, certified, { ...trusting, environment: "PRODUCTION" })).toBe(0);
    expect(warned.join()).toContain("The host is not reached by https at a public address: nothing is sent there.");
    expect(receiver.received).toEqual([]);
  }, tls);
});
