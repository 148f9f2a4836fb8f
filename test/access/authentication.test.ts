import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { SignJWT, type JWTPayload } from "jose";
import { createAuthenticator } from "../../src/access/authentication.js";
import { Unauthenticated } from "../../src/access/errors.js";
import { createOrganizations, type Organizations } from "../../src/access/organizations.js";
import { mintToken } from "../../src/access/tokens.js";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase, type Database } from "../../src/foundation/database/database.js";
import { newId, randomIds, randomToken } from "../../src/foundation/ids.js";
import { createLog } from "../../src/foundation/log.js";
import type { AuthSettings } from "../../src/foundation/settings.js";
import type { Member } from "../../src/generated/prisma/client.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

const secret = randomToken(48);
const auth: AuthSettings & { secret: string } = { secret, autoProvision: "none" };
const operator = { kind: "SYSTEM", name: "operator" } as const;
const anHour = (): Date => new Date(Date.now() + 3_600_000);

let fresh: FreshDatabase;
let database: Database;
let organizations: Organizations;
let organizationId: string;
let ada: Member;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase(fresh.url, { log: createLog({ level: "silent" }) });
  organizations = createOrganizations({ database, clock: systemClock, ids: randomIds });
  const made = await organizations.create(operator, { name: "Firm", admin: { subject: "ada", name: "Ada" } });
  organizationId = made.organization.id;
  ada = made.admin;
});

afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const authenticatorWith = (changes: Partial<AuthSettings> = {}) =>
  createAuthenticator({ auth: { ...auth, ...changes }, database, clock: systemClock });

async function authenticate(token: string, changes: Partial<AuthSettings> = {}) {
  return authenticatorWith(changes).authenticate(`Bearer ${token}`);
}

function sign(
  payload: JWTPayload,
  { alg = "HS256", key = secret, expires = anHour() }: { alg?: string; key?: string; expires?: Date | null } = {},
) {
  const token = new SignJWT(payload).setProtectedHeader({ alg });
  if (expires !== null) token.setExpirationTime(expires);
  return token.sign(new TextEncoder().encode(key));
}

const claims = () => ({ sub: "ada", org: organizationId, role: "ADMIN" });

test("a member's token names the actor and when it ends", async () => {
  const expiresAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 60_000);
  const token = await mintToken(auth, { subject: "ada", organizationId, role: "ADMIN", expiresAt }, systemClock);
  expect(await authenticate(token)).toEqual({
    actor: { kind: "MEMBER", id: ada.id, organizationId, role: "ADMIN", name: "Ada" },
    expiresAt,
    askAgain: expect.any(Function),
  });
});

test.each([undefined, "", "Bearer", "Bearer x", "Basic YTpi", `Bearer ${"x".repeat(9_000)}.a.b`, "Bearer a.b.c"])(
  "an authorization of %j is refused",
  async (header) => {
    await expect(authenticatorWith().authenticate(header)).rejects.toBeInstanceOf(Unauthenticated);
  },
);

test("every refusal reads the same", async () => {
  const refused = [
    authenticate(await sign({ ...claims(), sub: "nobody" })),
    authenticate(await sign(claims(), { key: randomToken(48) })),
    authenticate("a.b.c"),
  ];
  const messages = (await Promise.allSettled(refused)).map((result) =>
    result.status === "rejected" ? String(result.reason) : "accepted",
  );
  expect(new Set(messages).size).toBe(1);
});

test("a token of another secret, of another algorithm or of none is refused", async () => {
  await expect(authenticate(await sign(claims(), { key: randomToken(48) }))).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(await sign(claims(), { alg: "HS512", key: `${secret}${secret}` }))).rejects.toBeInstanceOf(
    Unauthenticated,
  );
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "none" })}.${part({ ...claims(), exp: Date.now() / 1_000 + 60 })}.`;
  await expect(authenticate(unsigned)).rejects.toBeInstanceOf(Unauthenticated);
});

test("an expired token is refused, and one without an end", async () => {
  await expect(authenticate(await sign(claims(), { expires: new Date(Date.now() - 60_000) }))).rejects.toBeInstanceOf(
    Unauthenticated,
  );
  await expect(authenticate(await sign(claims(), { expires: null }))).rejects.toBeInstanceOf(Unauthenticated);
});

test.each(["sub", "org", "role"] as const)("a token without %s is refused", async (name) => {
  const { [name]: _, ...rest } = claims();
  await expect(authenticate(await sign(rest))).rejects.toBeInstanceOf(Unauthenticated);
});

test("a role or organization that is none is refused", async () => {
  await expect(authenticate(await sign({ ...claims(), role: "ROOT" }))).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(await sign({ ...claims(), org: "1' OR 1=1" }))).rejects.toBeInstanceOf(Unauthenticated);
});

test("a token of another issuer or audience is refused where these are set", async () => {
  const expected = { issuer: "https://issuer.example.com", audience: "gateway" };
  const good = { iss: expected.issuer, aud: expected.audience, ...claims() };
  await expect(authenticate(await sign(good), expected)).resolves.toMatchObject({ actor: { id: ada.id } });
  await expect(
    authenticate(await sign({ ...good, iss: "https://other.example.com" }), expected),
  ).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(await sign({ ...good, aud: "other" }), expected)).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(await sign(claims()), expected)).rejects.toBeInstanceOf(Unauthenticated);
});

test("the role is the lower of the stored and the claimed", async () => {
  await organizations.addMember(operator, organizationId, { subject: "olaf", role: "OPERATOR" });
  const roleOf = async (role: string) =>
    (await authenticate(await sign({ sub: "olaf", org: organizationId, role }))).actor.role;
  expect([await roleOf("ADMIN"), await roleOf("OPERATOR"), await roleOf("VIEWER")]).toEqual([
    "OPERATOR",
    "OPERATOR",
    "VIEWER",
  ]);
});

test("a removed member stays removed, whatever may be provisioned", async () => {
  const { id } = await organizations.addMember(operator, organizationId, { subject: "rita", role: "VIEWER" });
  const token = await sign({ sub: "rita", org: organizationId, role: "VIEWER" });
  await expect(authenticate(token)).resolves.toMatchObject({ actor: { id: id } });
  await organizations.removeMember(operator, organizationId, id);
  for (const autoProvision of ["none", "members", "organizations"] as const) {
    await expect(authenticate(token, { autoProvision })).rejects.toBeInstanceOf(Unauthenticated);
  }
});

test("a member of one organization is nobody in another", async () => {
  const other = await organizations.create(operator, { name: "Other", admin: { subject: "zoe" } });
  await expect(authenticate(await sign({ ...claims(), org: other.organization.id }))).rejects.toBeInstanceOf(
    Unauthenticated,
  );
});

test("unknown members and organizations are made only as far as AUTH_AUTO_PROVISION says", async () => {
  const newcomer = await sign({ sub: "new", org: organizationId, role: "OPERATOR", name: "New" });
  await expect(authenticate(newcomer)).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(newcomer, { autoProvision: "members" })).resolves.toMatchObject({
    actor: { role: "OPERATOR", name: "New", organizationId },
  });

  const org = newId();
  const founder = await sign({ sub: "founder", org, role: "ADMIN" });
  await expect(authenticate(founder, { autoProvision: "members" })).rejects.toBeInstanceOf(Unauthenticated);
  await expect(authenticate(founder, { autoProvision: "organizations" })).resolves.toMatchObject({
    actor: { role: "ADMIN", organizationId: org },
  });
  const entries = await database.prisma.auditEntry.findMany({ where: { organizationId: org } });
  expect(entries.map(({ action, actorKind }) => `${actorKind} ${action}`).sort()).toEqual([
    "SYSTEM member.add",
    "SYSTEM organization.create",
  ]);
});

test("many first requests at once make one member and one organization", async () => {
  const org = randomUUID();
  const token = await sign({ sub: "first", org, role: "ADMIN" });
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => authenticate(token, { autoProvision: "organizations" })),
  );
  expect(new Set(answers.map(({ actor }) => actor.id)).size).toBe(1);
  expect(await database.prisma.auditEntry.count({ where: { organizationId: org } })).toBe(2);
});
