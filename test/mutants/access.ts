import type { Mutant } from "./mutant.js";

const keys = "test/access/api-keys.test.ts";
const members = "test/access/members.test.ts";
const limited = "test/access/limited-key.test.ts";
const sockets = "test/access/revoked-sockets.test.ts";
const published = "test/access/published-keys.test.ts";
const roles = "test/schema/roles.test.ts";
const command = "test/access/cli.test.ts";

const asStranger =
  "I10: a key limited to some connections is answered about the others as a stranger is, by every operation that names one";
const refusedAlike = "a revoked key, one that is over, and one that nobody made are refused alike";
const fallsWithMaker = "a key's role falls with the role of the member who made it, and it ends with them";
const revokedCloses = "a revoked key closes its open sockets at once with 4403, in whatever process, and nobody else's";
const rotation =
  "a key that the issuer adds is taken after the cool-down, and one that it takes away is refused in ten minutes";

export const accessMutants: readonly Mutant[] = [
  {
    name: "API keys: the key itself is kept",
    file: "src/access/api-keys.ts",
    find: "start: key.slice(0, startLength), keyHash: keyHash(key)",
    replace: "start: key, keyHash: keyHash(key)",
    test: [keys, "a key is shown once, kept as a hash, and lets a program in with its role"],
  },
  {
    name: "API keys: a revoked one is taken",
    file: "src/access/key-holder.ts",
    find: "WHERE k.key_hash = $1 AND k.revoked_at IS NULL",
    replace: "WHERE k.key_hash = $1",
    test: [keys, refusedAlike],
  },
  {
    name: "API keys: one that is over is taken",
    file: "src/access/key-holder.ts",
    find: "expiresAt <= now",
    replace: "expiresAt > now && expiresAt <= now",
    test: [keys, refusedAlike],
  },
  {
    name: "API keys: every request writes",
    file: "src/access/key-holder.ts",
    find: "if (lastUsedAt === null || lastUsedAt < noted)",
    replace: "noted.setTime(now.getTime() + 1); if (lastUsedAt === null || lastUsedAt < noted)",
    test: [keys, "the use of a key is noted once a minute, not with every request"],
  },
  {
    name: "API keys: a key keeps the role that its maker has lost",
    file: "src/access/key-holder.ts",
    find: "creatorRole === null ? role : lowerRole(role, creatorRole)",
    replace: "role",
    test: [members, fallsWithMaker],
  },
  {
    name: "API keys: they outlive the removal of their maker",
    file: "src/access/organizations.ts",
    find: 'if ("removedAt" in data) {',
    replace: 'if ("revokedAt" in data) {',
    test: [members, fallsWithMaker],
  },
  {
    name: "API keys: an empty list of connections reaches all",
    file: "src/access/api-keys.ts",
    find: "if (ids.length === 0) {",
    replace: "if (ids.length > 1_000) {",
    test: [keys, "a key with %s is refused, with the field to mend"],
  },
  {
    name: "API keys: one may do more than who made it",
    file: "src/access/api-keys.ts",
    find: 'if (actor.kind !== "SYSTEM" && !atLeast(actor, role))',
    replace: 'if (actor.kind === "API_KEY" && !atLeast(actor, role))',
    test: [keys, "nobody gives a key a role above their own"],
  },
  {
    name: "API keys: who has been removed makes one",
    file: "src/access/managing.ts",
    find: 'role: "ADMIN", removedAt: null } as const;',
    replace: 'role: "ADMIN" } as const;',
    test: [members, "who was removed while they asked for it makes no key, and adds nobody"],
  },
  {
    name: "API keys: one is limited to another organization's connection",
    file: "src/access/api-keys.ts",
    find: "where: { AND: [reachedConnections(reach), { id: { in: ids } }] }",
    replace: "where: { AND: [{ id: { in: ids } }] }",
    test: [limited, "I10: no key can be limited to another organization's connection, not even by an operator"],
  },
  {
    name: "API keys: one reaches the log",
    file: "src/foundation/redaction.ts",
    find: "[/\\bqbgw_[\\w-]{12,}/g, ",
    replace: "[/\\bqbgw_never/g, ",
    test: ["test/foundation/log.test.ts", "a secret inside text is left out: %s"],
  },
  {
    name: "API keys: one manages members and keys",
    file: "src/schema/authorization.ts",
    find: 'if (needs.includes("PERSON") && actor.kind !== "MEMBER") {',
    replace: 'if (needs.includes("PERSON") && actor.role !== "ADMIN") {',
    test: [roles, "an API key of the role %s may do what the role allows, and never manage members or keys"],
  },
  {
    name: "I15: a key is made without an audit entry",
    file: "src/access/api-keys.ts",
    find: 'action: "apiKey.create",',
    replace: 'action: "apiKey.made",',
    test: [keys, "a key is shown once, kept as a hash, and lets a program in with its role"],
  },
  {
    name: "I10: a limited key finds every connection of its organization by SQL",
    file: "src/access/reach.ts",
    find: "AND (NOT ${given} ? 'connectionIds'",
    replace: "AND (true OR NOT ${given} ? 'connectionIds'",
    test: [limited, asStranger],
  },
  {
    name: "I10: a limited key finds every connection of its organization by Prisma",
    file: "src/access/reach.ts",
    find: "...(connectionIds !== undefined && { id: { in: [...connectionIds] } })",
    replace: "...(connectionIds?.length === 0 && { id: { in: [...connectionIds] } })",
    test: [limited, asStranger],
  },
  {
    name: "I10: a limited key hears of every connection of its organization",
    file: "src/access/reach.ts",
    find: "return connectionIds === undefined || connectionIds.includes(connectionId);",
    replace: "return connectionIds === undefined || connectionId !== '';",
    test: [limited, "I10: no subscription tells a key of connections that it does not reach"],
  },
  {
    name: "I10: a limited key connects another company",
    file: "src/quickbooks/connect.ts",
    find: "if (connectionId === undefined && actor.connectionIds !== undefined) {",
    replace: "if (connectionId === null && actor.connectionIds !== undefined) {",
    test: [limited, "a limited key works on the connections that it reaches, and connects no other company"],
  },
  {
    name: "I10: a limited key reads the audit of all connections",
    file: "src/schema/audit/may-read-audit.ts",
    find: " && actor.connectionIds === undefined",
    replace: "",
    test: [limited, "I10: no list that a key asks for holds anything of the connections that it does not reach"],
  },
  {
    name: "Security: sockets are not told that a key is revoked",
    file: "src/access/api-keys.ts",
    find: "if (revoked > 0) await tellAccessChanged(transaction, organizationId);",
    replace: "",
    test: [sockets, revokedCloses],
  },
  {
    name: "Security: sockets are not told that a member was removed",
    file: "src/access/organizations.ts",
    find: "await tellAccessChanged(transaction, organizationId);",
    replace: "",
    test: [sockets, "a member who is removed loses their open sockets at once"],
  },
  {
    name: "Security: a socket outlives a change of its caller",
    file: "src/http/lapse.ts",
    find: "if ((await askAgain())?.role !== actor.role) return !signal.aborted;",
    replace: "if ((await askAgain()) === actor) return !signal.aborted;",
    test: [sockets, revokedCloses],
  },
  {
    name: "Security: every change of an organization's people closes all of its sockets",
    file: "src/http/lapse.ts",
    find: "if ((await askAgain())?.role !== actor.role) return !signal.aborted;",
    replace: "if ((await askAgain()) !== actor && _event.number > 0n) return !signal.aborted;",
    test: [sockets, revokedCloses],
  },
  {
    name: "Security: what changes while a socket is let in is missed",
    file: "src/http/lapse.ts",
    find: "  for await (const _event of streams.follow(options)) {",
    replace: '  for await (const _event of streams.follow(options)) {\n    if (_event.kind === "SNAPSHOT") continue;',
    test: [sockets, "a key that is revoked while its socket is let in is not forgotten"],
  },
  {
    name: "Security: a socket outlives its key",
    file: "src/http/lapse.ts",
    find: "const validMs = expiresAt === undefined ?",
    replace: "const validMs = expiresAt !== null ?",
    test: [sockets, "a socket is closed with 4403 when its key ends"],
  },
  {
    name: "Security: published keys verify by any algorithm",
    file: "src/access/tokens.ts",
    find: '["RS256", "ES256", "EdDSA"]',
    replace: '["RS256", "ES256", "EdDSA", "PS256", "RS512", "ES384"]',
    test: [published, "%s is refused, even with a published key"],
  },
  {
    name: "Security: every unknown key asks the issuer",
    file: "src/access/tokens.ts",
    find: "cooldownDuration: publishedKeysCoolDownMs,",
    replace: "cooldownDuration: 0,",
    test: [published, "the keys are asked for once, and not for every token that names an unknown one"],
  },
  {
    name: "Security: a key that the issuer took away is believed for ever",
    file: "src/access/tokens.ts",
    find: "cacheMaxAge: publishedKeysAgeMs,",
    replace: "cacheMaxAge: Infinity,",
    test: [published, rotation],
  },
  {
    name: "Command line: a key is revoked without a word in the audit",
    file: "src/access/api-keys.ts",
    find: 'action: "apiKey.revoke",',
    replace: 'action: "apiKey.ended",',
    test: [command, "a key is made, listed without being shown, taken by the gateway, and refused once it is revoked"],
  },
];
