import { createServer } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { createAuthenticator } from "../../src/access/authentication.js";
import { Unauthenticated } from "../../src/access/errors.js";
import { createOrganizations } from "../../src/access/organizations.js";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { randomIds } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const operator = { kind: "SYSTEM", name: "operator" } as const;

let fresh: FreshDatabase;
let database: Database;
let organizationId: string;
let issuer: Issuer;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  const organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
  const made = await organizations.create(operator, { name: "Firm", admin: { subject: "ada", name: "Ada" } });
  organizationId = made.organization.id;
});

beforeEach(async () => {
  issuer = await startIssuer();
});

afterEach(async () => {
  jest.useRealTimers();
  await issuer.stop();
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

interface Issuer {
  readonly url: string;
  /** What it publishes. */
  readonly keys: JWK[];
  /** How it answers. */
  status: number;
  /** How often it was asked. */
  asked: number;
  stop(): Promise<void>;
}

async function startIssuer(): Promise<Issuer> {
  const server = createServer((_request, response) => {
    state.asked += 1;
    response.writeHead(state.status, { "content-type": "application/json" }).end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The issuer has no address.");
  const state: Issuer = {
    ...{ url: `http://127.0.0.1:${String(address.port)}/keys`, keys: [], status: 200, asked: 0 },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return state;
}

const authenticator = () =>
  createAuthenticator({
    auth: { jwksUrl: issuer.url, issuer: "https://issuer.example.com", audience: "gateway", autoProvision: "none" },
    database,
    clock: systemClock,
  });

/** Publishes a new key, unless told otherwise, and gives what signs with it. */
async function newKey(alg: string, kid: string, { isPublished = true } = {}) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid };
  if (isPublished) issuer.keys.push(jwk);
  return (claims: { readonly iss?: string; readonly aud?: string } = {}): Promise<string> =>
    new SignJWT({
      ...{ sub: "ada", org: organizationId, role: "ADMIN", iss: "https://issuer.example.com", aud: "gateway" },
      ...claims,
    })
      .setProtectedHeader({ alg, kid })
      .setExpirationTime("1h")
      .sign(privateKey);
}

test.each(["RS256", "ES256", "EdDSA"])("a token signed by %s with a published key is taken", async (alg) => {
  const sign = await newKey(alg, "1");
  await expect(authenticator().authenticate(`Bearer ${await sign()}`)).resolves.toMatchObject({
    actor: { name: "Ada", role: "ADMIN" },
  });
});

test.each(["PS256", "RS512", "ES384"])("%s is refused, even with a published key", async (alg) => {
  const sign = await newKey(alg, "1");
  await expect(authenticator().authenticate(`Bearer ${await sign()}`)).rejects.toBeInstanceOf(Unauthenticated);
});

test("a public key never passes for a shared secret", async () => {
  await newKey("RS256", "1");
  const [published] = issuer.keys;
  const forged = await new SignJWT({ sub: "ada", org: organizationId, role: "ADMIN" })
    .setProtectedHeader({ alg: "HS256", kid: "1" })
    .setIssuer("https://issuer.example.com")
    .setAudience("gateway")
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(JSON.stringify(published)));
  await expect(authenticator().authenticate(`Bearer ${forged}`)).rejects.toBeInstanceOf(Unauthenticated);
});

test("a token of another issuer, or for another audience, is refused although its key is published", async () => {
  const sign = await newKey("RS256", "1");
  for (const claims of [{ iss: "https://other.example.com" }, { aud: "another gateway" }]) {
    await expect(authenticator().authenticate(`Bearer ${await sign(claims)}`)).rejects.toBeInstanceOf(Unauthenticated);
  }
});

test("the keys are asked for once, and not for every token that names an unknown one", async () => {
  const { authenticate } = authenticator();
  const [known, unknown] = [await newKey("ES256", "1"), await newKey("ES256", "2", { isPublished: false })];
  await Promise.all(Array.from({ length: 5 }, async () => authenticate(`Bearer ${await known()}`)));
  for (let again = 0; again < 5; again += 1) {
    await expect(authenticate(`Bearer ${await unknown()}`)).rejects.toBeInstanceOf(Unauthenticated);
  }
  expect(issuer.asked).toBe(1);
});

test("a key that the issuer adds is taken after the cool-down, and one that it takes away is refused in ten minutes", async () => {
  const { authenticate } = authenticator();
  const old = await newKey("ES256", "old");
  await authenticate(`Bearer ${await old()}`);
  const young = await newKey("ES256", "young");
  await expect(authenticate(`Bearer ${await young()}`)).rejects.toBeInstanceOf(Unauthenticated);
  passTime(31_000);
  await expect(authenticate(`Bearer ${await young()}`)).resolves.toMatchObject({ actor: { name: "Ada" } });
  issuer.keys.shift();
  passTime(600_000);
  await expect(authenticate(`Bearer ${await old()}`)).rejects.toBeInstanceOf(Unauthenticated);
  expect(issuer.asked).toBe(3);
});

test("keys that cannot be fetched are an error of their own, not the token's", async () => {
  issuer.status = 503;
  const sign = await newKey("RS256", "1");
  await expect(authenticator().authenticate(`Bearer ${await sign()}`)).rejects.not.toBeInstanceOf(Unauthenticated);
});

/** The wall clock alone moves. */
function passTime(ms: number): void {
  const now = Date.now() + ms;
  jest.useRealTimers();
  jest.useFakeTimers({
    now,
    doNotFake: [
      ...(["hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"] as const),
      ...(["setInterval", "clearInterval", "setTimeout", "clearTimeout"] as const),
    ],
  });
}
