import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { gzipSync } from "node:zlib";
import { connectCompany } from "../http/client.js";
import { type Firm, type Gateway, realmId, startGateway, webhookVerifierTokens } from "../http/gateway.js";
import { cloudBody, deliver, legacyBody, sign, type Told } from "./bodies.js";

/** What is kept of a delivery, with nobody to apply it. */

const [token = "", tokenBefore = ""] = webhookVerifierTokens;
let gateway: Gateway;
let firm: Firm;
/** Our own id of the connection. */
let connectionId: string;

beforeAll(async () => {
  gateway = await startGateway();
  firm = await gateway.newFirm();
  await connectCompany(gateway, await firm.token("ADMIN"));
  connectionId = (await gateway.database.prisma.connection.findFirstOrThrow()).id;
});

afterEach(() => gateway.database.prisma.webhookEvent.deleteMany());

afterAll(() => gateway.stop());

const post = (body: string | Uint8Array, signedWith = token) =>
  deliver(gateway.url, body, { "intuit-signature": sign(body, signedWith) });
const kept = () => gateway.database.prisma.webhookEvent.findMany({ orderBy: [{ receivedAt: "asc" }, { type: "asc" }] });
const update: Told = {
  realmId,
  name: "Customer",
  id: "1",
  operation: "Update",
  at: new Date("2026-11-22T10:00:00.5Z"),
};

test.each([
  ["missing", {}],
  ["empty", { "intuit-signature": "" }],
  ["of the wrong length", { "intuit-signature": "c2hvcnQ=" }],
  ["wrong", { "intuit-signature": sign(legacyBody([update]), "another token") }],
  ["of the same content written otherwise", { "intuit-signature": sign(` ${legacyBody([update])}`, token) }],
])("a delivery whose signature is %s is answered 401 in JSON, and nothing of it is kept", async (_, headers) => {
  const response = await deliver(gateway.url, legacyBody([update]), headers);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  expect(await kept()).toEqual([]);
});

test("both verifier tokens are good while one takes the other's place", async () => {
  expect((await post(cloudBody([update]), token)).status).toBe(200);
  expect((await post(cloudBody([update]), tokenBefore)).status).toBe(200);
  expect(await kept()).toHaveLength(2);
});

test("a body of more than 2 MB is refused, and so is one that is packed, for its bytes are not those that were signed", async () => {
  const large = Buffer.alloc(2 * 1024 * 1024 + 1, " ");
  const tooLarge = await post(large);
  expect(tooLarge.status).toBe(413);
  expect(await tooLarge.json()).toMatchObject({ errors: [{ message: expect.stringContaining("2097152 bytes") }] });
  const packed = gzipSync(legacyBody([update]));
  const headers = { "intuit-signature": sign(packed, token), "content-encoding": "gzip" };
  expect((await deliver(gateway.url, packed, headers)).status).toBe(415);
});

test("a body of almost 2 MB is kept whole", async () => {
  const told = Array.from({ length: 7_000 }, (_, index): Told => ({ ...update, id: String(index + 1) }));
  const body = cloudBody(told);
  expect(body.length).toBeGreaterThan(1_800_000);
  expect(body.length).toBeLessThan(2_097_152);
  expect((await post(body)).status).toBe(200);
  expect(await gateway.database.prisma.webhookEvent.count({ where: { status: "PENDING" } })).toBe(7_000);
});

test.each([
  ["legacy", legacyBody],
  ["CloudEvents", cloudBody],
])(
  "F5: a %s body of three companies is kept notice by notice, each with its own company or none",
  async (_, bodyOf) => {
    const others = ["9130000000000777", "9130000000000778"].map((realm) => ({ ...update, realmId: realm }));
    expect((await post(bodyOf([update, ...others]))).status).toBe(200);
    const rows = await kept();
    expect(rows.map(({ status }) => status).sort()).toEqual(["IGNORED", "IGNORED", "PENDING"]);
    const [own] = rows.filter(({ status }) => status === "PENDING");
    expect(own).toMatchObject({
      connectionId,
      entity: "Customer",
      operation: "UPDATE",
      quickbooksId: "1",
      attempts: 0,
    });
    expect(own?.eventTime?.toISOString().slice(0, 19)).toBe("2026-11-22T10:00:00");
    for (const { connectionId: foreign, reason, realmLookup } of rows.filter(({ status }) => status === "IGNORED")) {
      expect(foreign).toBeNull();
      expect(reason).toBe("No connection of this gateway is to this company.");
      expect(realmLookup).toMatch(/^[0-9a-f]{64}$/);
    }
  },
);

test("F5: an entity that is not mirrored, and a type that nobody knows, are acknowledged and ignored with the reason", async () => {
  const unknownType = cloudBody([update]).replace("qbo.customer.updated.v1", "qbo.spaceship.launched.v9");
  expect((await post(cloudBody([{ ...update, name: "Estimate" }]))).status).toBe(200);
  expect((await post(unknownType)).status).toBe(200);
  expect(await kept()).toMatchObject([
    {
      status: "IGNORED",
      entity: null,
      type: "qbo.estimate.updated.v1",
      reason: "Records of this kind are not mirrored.",
    },
    { status: "IGNORED", entity: null, type: "qbo.spaceship.launched.v9", operation: "LAUNCHED" },
  ]);
});

test("an entity outside of the connection's scope is ignored with the reason", async () => {
  const { prisma } = gateway.database;
  const { entities } = await prisma.connection.findUniqueOrThrow({ where: { id: connectionId } });
  await prisma.connection.update({ where: { id: connectionId }, data: { entities: ["Invoice"] } });
  await post(cloudBody([update]));
  await prisma.connection.update({ where: { id: connectionId }, data: { entities } });
  expect(await kept()).toMatchObject([
    { status: "IGNORED", connectionId, reason: "The connection's scope does not include this entity." },
  ]);
});

test("what comes for a disconnected company is kept and ignored", async () => {
  const { prisma } = gateway.database;
  await prisma.connection.update({ where: { id: connectionId }, data: { status: "DISCONNECTED" } });
  await post(cloudBody([update]));
  await prisma.connection.update({ where: { id: connectionId }, data: { status: "CONNECTED" } });
  expect(await kept()).toMatchObject([{ status: "IGNORED", reason: expect.stringContaining("disconnected") }]);
});

test.each([
  ["is not JSON", "hello\0there \u{1F642}"],
  ["is empty", ""],
  ["is not UTF-8", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ["is JSON of no known form", '{"realmId":"9130000000000001","what":"ever"}'],
])("I7: a signed body that %s is acknowledged and kept once, encrypted", async (_, body) => {
  expect((await post(body)).status).toBe(200);
  expect((await post(body)).status).toBe(200);
  const rows = await kept();
  expect(rows).toMatchObject([
    { status: "UNREADABLE", connectionId: null, reason: expect.stringContaining("The body") },
  ]);
  const [{ id, payload } = { id: "", payload: "" }] = rows;
  expect(gateway.services.keyRing.decrypt(payload, `quickbooks_webhook_events|${id}|payload`)).toBe(
    Buffer.from(body).toString("utf8"),
  );
});

test("a notice that cannot be read costs its neighbours nothing", async () => {
  const broken = cloudBody([update, { ...update, id: "2" }]).replace(
    '"intuitentityid":"2"',
    '"intuitentityid":"two\\u0000"',
  );
  expect((await post(broken)).status).toBe(200);
  expect((await kept()).map(({ status }) => status).sort()).toEqual(["PENDING", "UNREADABLE"]);
});

test("the realm id stands nowhere in the clear: not in the rows, not in the log", async () => {
  await post(cloudBody([update]));
  await post(legacyBody([update, { ...update, realmId: "9130000000000999" }]));
  await post('{"realmId":"9130000000000998"}');
  const { rows } = await gateway.database.pool.query("SELECT e::text AS row FROM quickbooks_webhook_events e");
  const all = `${JSON.stringify(rows)}${gateway.logged()}`;
  for (const realm of [realmId, "9130000000000999", "9130000000000998"]) expect(all).not.toContain(realm);
  for (const secret of [token, tokenBefore]) expect(gateway.logged()).not.toContain(secret);
});

test("a notice that is delivered again is one notice; so are two of one body", async () => {
  const event = { ...update, eventId: "e-1" };
  for (const body of [
    cloudBody([event, event]),
    cloudBody([event]),
    legacyBody([update, update]),
    legacyBody([update]),
  ]) {
    expect((await post(body)).status).toBe(200);
  }
  expect(await kept()).toHaveLength(2);
});

test("CloudEvents are told apart by their ids, the older notices by all that they say", async () => {
  await post(cloudBody([{ ...update, eventId: "e-1" }]));
  await post(cloudBody([{ ...update, eventId: "e-2" }]));
  await post(legacyBody([update, { ...update, operation: "Delete" }, { ...update, id: "2" }]));
  await post(legacyBody([{ ...update, at: new Date("2026-11-22T10:00:01Z") }]));
  expect(await kept()).toHaveLength(6);
});

test("F14: 200 deliveries at once, of the same records in opposite orders and a tenth of them doubled, are one row for each notice", async () => {
  const told = Array.from({ length: 20 }, (_, index): Told => ({
    ...update,
    id: String(index),
    eventId: `e-${String(index)}`,
  }));
  const bodies = Array.from({ length: 200 }, (_, number) => {
    const own = { ...update, eventId: `own-${String(number - (number % 10 === 9 ? 1 : 0))}` };
    return cloudBody(number % 2 === 0 ? [...told, own] : [own, ...[...told].reverse()]);
  });
  const statuses = await Promise.all(bodies.map(async (body) => (await post(body)).status));
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(await kept()).toHaveLength(20 + 180);
});

test("many small deliveries at once are all kept", async () => {
  const bodies = Array.from({ length: 1_000 }, (_, index) => cloudBody([{ ...update, id: String(index) }]));
  const lanes = Array.from({ length: 50 }, async () => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) expect((await post(body)).status).toBe(200);
  });
  await Promise.all(lanes);
  expect(await gateway.database.prisma.webhookEvent.count()).toBe(1_000);
});
