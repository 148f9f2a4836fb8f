import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import WebSocket from "ws";
import type { Authenticator } from "../../src/access/authentication.js";
import { networkOf } from "../../src/http/strangers.js";
import { cloudBody, deliver, sign } from "../webhooks/bodies.js";
import { codesOf, send } from "./client.js";
import { type Firm, type Gateway, publicUrl, realmId, startGateway, webhookVerifierTokens } from "./gateway.js";

/** More than anybody may try. */
const many = 500;
let gateway: Gateway;
let firm: Firm;
/** How often it was looked up who sends a request. */
let lookups: number;

// Each test has an address of its own.
beforeAll(async () => {
  gateway = await startGateway(({ authenticator, settings }) => ({
    isSchemaPublic: true,
    settings: { ...settings, trustProxy: 1 },
    authenticator: counted(authenticator),
    // Nothing is forgiven while the tests run.
    monotonicMs: () => 0,
  }));
  firm = await gateway.newFirm();
});

beforeEach(() => {
  lookups = 0;
});

afterAll(() => gateway.stop());

function counted(authenticator: Authenticator): Authenticator {
  return {
    authenticate(authorization) {
      lookups += 1;
      return authenticator.authenticate(authorization);
    },
  };
}

/** Where our proxy says that a request comes from. */
const from = (address: string) => ({ "x-forwarded-for": address });

/** Asks again and again; gives the first answer for which nothing would be tried any more, and how many came before. */
async function untilBounded<Answer>(
  attempt: () => Promise<Answer>,
  isBounded: (answer: Answer) => boolean,
): Promise<{ readonly answer: Answer; readonly tried: number }> {
  for (let tried = 0; tried < many; tried += 1) {
    const answer = await attempt();
    if (isBounded(answer)) return { answer, tried };
  }
  throw new Error(`${many} attempts were let through.`);
}

const isLimited = ({ status }: { readonly status: number }): boolean => status === 429;
const query = "{ viewer { name } }";
const guess = (address: string) => send(gateway, query, { token: `qbgw_${"x".repeat(40)}`, headers: from(address) });

test("an address that sends wrong keys again and again is refused before they are looked up, others are not", async () => {
  const { answer, tried } = await untilBounded(() => guess("203.0.113.1"), isLimited);
  expect(tried).toBe(300);
  expect(codesOf(answer)).toEqual(["RATE_LIMITED"]);
  expect(answer.errors?.[0]?.extensions["retryAfterMs"]).toBeGreaterThan(0);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(lookups).toBe(tried);
  expect((await guess("203.0.113.2")).status).toBe(401);
  const download = await fetch(`${gateway.url}/exports/any`, { headers: from("203.0.113.1") });
  expect({ status: download.status, lookups }).toEqual({ status: 429, lookups: tried + 1 });
});

test("who was let in before goes on working, whoever else fails at the same address", async () => {
  const token = await firm.token("VIEWER");
  const mine = () => send(gateway, query, { token, headers: from("203.0.113.3") });
  expect(codesOf(await mine())).toEqual([]);
  await untilBounded(() => guess("203.0.113.3"), isLimited);
  expect(codesOf(await mine())).toEqual([]);
  expect((await send(gateway, query, { token, headers: from("203.0.113.4") })).status).toBe(200);
});

test("a socket from such an address is closed with 1013, by which clients come again later", async () => {
  const address = `${gateway.url.replace("http", "ws")}/graphql`;
  const closeCode = async (forwarded: string): Promise<number> => {
    const socket = new WebSocket(address, "graphql-transport-ws", { headers: from(forwarded) });
    const closed = once(socket, "close");
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: "Bearer wrong" } }));
    const [code] = (await closed) as [number];
    return code;
  };
  await untilBounded(() => guess("203.0.113.5"), isLimited);
  expect(await closeCode("203.0.113.5")).toBe(1013);
  expect(await closeCode("203.0.113.6")).toBe(4403);
});

test("a public schema is read so often from one address and not more", async () => {
  const read = () => send(gateway, "{ __typename }", { headers: from("203.0.113.7") });
  const { answer, tried } = await untilBounded(read, isLimited);
  expect(tried).toBe(300);
  expect({ codes: codesOf(answer), lookups }).toEqual({ codes: ["RATE_LIMITED"], lookups: 0 });
});

test("whoever calls the callback again and again is sent back before anything is looked up, by redirect as ever", async () => {
  const call = (path: string) => async () => {
    const address = `${gateway.url}/api/auth/quickbooks/${path}`;
    const { status, headers } = await fetch(address, { redirect: "manual", headers: from("203.0.113.8") });
    return { status, location: headers.get("location") };
  };
  const tooOften = { status: 302, location: `${publicUrl}/?connect_error=rate_limited` };
  const { answer } = await untilBounded(
    call("callback?state=made-up"),
    ({ location }) => location === tooOften.location,
  );
  expect(answer).toEqual(tooOften);
  expect(await call("disconnected")()).toEqual(tooOften);
});

test("webhooks without a signature are soon refused unseen and unlogged; a signed one from the same address is kept", async () => {
  const body = cloudBody([{ realmId, name: "Customer", id: "1", operation: "Update" }]);
  const unsigned = () => deliver(gateway.url, body, from("203.0.113.9"));
  const { answer, tried } = await untilBounded(unsigned, isLimited);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "RATE_LIMITED" } }] });
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(gateway.logged().split("A webhook was refused").length - 1).toBe(tried);
  const large = await deliver(gateway.url, "x".repeat(70_000), from("203.0.113.9"));
  expect(large.status).toBe(413);
  const signature = { "intuit-signature": sign(body, webhookVerifierTokens[0]) };
  expect((await deliver(gateway.url, body, { ...signature, ...from("203.0.113.9") })).status).toBe(200);
  expect(await gateway.database.prisma.webhookEvent.count()).toBe(1);
});

test("an address that somebody claims without a proxy before us is not believed", async () => {
  const exposed = await startGateway(() => ({ monotonicMs: () => 0 }));
  let last = 0;
  const guessed = () =>
    send(exposed, query, { token: "wrong", headers: from(`203.0.113.${String((last += 1) % 256)}`) });
  await untilBounded(guessed, isLimited);
  await exposed.stop();
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8:1:2::", "2001:db8:1:2"],
  ["::1", "0:0:0:0"],
  ["", ""],
])("%s is of the network %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
