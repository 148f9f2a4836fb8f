import type { Mutant } from "./mutant.js";

const tokens = "test/quickbooks/tokens.test.ts";
const limits = "test/quickbooks/limits.test.ts";
const client = "test/quickbooks/client.test.ts";
const connect = "test/quickbooks/connect.test.ts";

export const quickbooksMutants: readonly Mutant[] = [
  {
    name: "I11, F4: two processes refresh at once",
    file: "src/quickbooks/token-rows.ts",
    find: '${forUpdate ? "FOR UPDATE OF t" : ""}',
    replace: '${forUpdate ? "" : ""}',
    test: [tokens, "twenty callers in two processes at expiry cause one refresh, however slow its answer"],
  },
  {
    name: "I11, F4: a rotated token is used before it is stored",
    file: "src/quickbooks/tokens.ts",
    find: "await this.rows.update(tx, connectionId, sent.tokens, clock.now(), row.generation);",
    replace: "void clock;",
    test: [tokens, "a rotated token is stored before it is used"],
  },
  {
    name: "I11, F4: a rotated token is lost with a failed commit",
    file: "src/quickbooks/tokens.ts",
    find: "await this.rows.update(database.pool, connectionId, tokens, clock.now(), generation);",
    replace: "",
    test: [tokens, "a rotated token outlives a commit that fails"],
  },
  {
    name: "I11: invalid_grant is believed at once",
    file: "src/quickbooks/tokens.ts",
    find: "if (this.serves(found, generation)) return found;",
    replace: "",
    test: [tokens, "invalid_grant reads the store once more, and takes what another process rotated meanwhile"],
  },
  {
    name: "I11: a refusal of old tokens ends a newer authorization",
    file: "src/quickbooks/tokens.ts",
    find: "WHERE connection_id = $1 AND generation = $2)",
    replace: "WHERE connection_id = $1 AND $2::integer IS NOT NULL)",
    test: [tokens, "a refusal of old tokens does not end a newer authorization"],
  },
  {
    name: "I11: who was refused with a token gets it again",
    file: "src/quickbooks/tokens.ts",
    find: "return token.generation !== staleGeneration && leftMs > marginMs;",
    replace: "return leftMs > marginMs;",
    test: [tokens, "a refused token is refreshed once for all who were refused with it"],
  },
  {
    name: "I13: a second is taken to be shorter than it is",
    file: "src/quickbooks/limits.ts",
    find: "const secondMs = 1200;",
    replace: "const secondMs = 500;",
    test: [limits, "no second holds more requests than allowed, over two processes"],
  },
  {
    name: "I13: the minute is not counted",
    file: "src/quickbooks/limits.ts",
    find: "const minuteMs = 60_500;",
    replace: "const minuteMs = 1_000;",
    test: [limits, "a request waits until the minute has room"],
  },
  {
    name: "I13: requests in flight are not counted",
    file: "src/quickbooks/grants.ts",
    find: "WHERE coalesce(in_flight < ${integer(rules.inFlight.most)}, true) AND",
    replace: "WHERE",
    test: [limits, "no more requests are in flight than allowed, and an ended one lets the next go"],
  },
  {
    name: "I13: a shorter throttle cuts a longer one",
    file: "src/quickbooks/grants.ts",
    find: "throttled_until = greatest(l.throttled_until, excluded.throttled_until)",
    replace: "throttled_until = excluded.throttled_until",
    test: [limits, "a shorter throttle never cuts a longer one"],
  },
  {
    name: "I13: after a 429 only this process waits",
    file: "src/quickbooks/requests.ts",
    find: "if (throttledUntil !== undefined) await limiter.throttle(connectionId, throttledUntil);",
    replace: "",
    test: [client, "a 429 without Retry-After asks for a minute, of every process"],
  },
  {
    name: "I13: spent reads of the month are not noticed",
    file: "src/quickbooks/requests.ts",
    find: "await usage.assertReadsLeft();",
    replace: "",
    test: [client, "spent reads of the month stop every company before a call"],
  },
  {
    name: "I13: the quota forgets what other processes have read",
    file: "src/quickbooks/usage.ts",
    find: "return this.known.reads + here <",
    replace: "return here <",
    test: [
      "test/quickbooks/usage.test.ts",
      "the quota counts all companies, this process's unwritten reads included, and begins anew with the month",
    ],
  },
  {
    name: "F12: a fault under HTTP 200 is taken for an answer",
    file: "src/quickbooks/answers.ts",
    find: "if (fault !== undefined) return { failure: faulty(fault) };",
    replace: "",
    test: ["test/quickbooks/client.test.ts", "200-fault"],
  },
  {
    name: "I4: an answer that holds less than it says is taken for complete",
    file: "src/quickbooks/answers.ts",
    find: "if (counted !== undefined && counted !== records.length) return { failure: miscounted };",
    replace: "",
    test: [client, "an answer that holds fewer records than it says is not taken for complete"],
  },
  {
    name: "F15: the offset of QuickBooks' times is dropped",
    file: "src/quickbooks/answers.ts",
    find: 'new Date(text.replace(/([+-]\\d\\d)(\\d\\d)$/, "$1:$2"))',
    replace: 'new Date(text.replace(/([+-]\\d\\d:?\\d\\d|Z)$/, "-08:00"))',
    test: [client, "QuickBooks' time means the same instant on both sides of a change of the clocks"],
  },
  {
    name: "Security: a state serves twice",
    file: "src/quickbooks/connect-attempts.ts",
    find: "WHERE state_hash = $1 AND state_used_at IS NULL AND expires_at > $2",
    replace: "WHERE state_hash = $1 AND expires_at > $2",
    test: [connect, "a state serves once, even for two callbacks at the same time"],
  },
  {
    name: "Security: a handle serves anybody",
    file: "src/quickbooks/connect-attempts.ts",
    find: "AND organization_id = $3 AND member_id = $4 AND environment = $5",
    replace: "AND $3::uuid IS NOT NULL AND $4::uuid IS NOT NULL AND environment = $5",
    test: [connect, "a handle is refused to another member and to another organization, and still serves who began"],
  },
  {
    name: "I16: a reconnect swaps companies",
    file: "src/quickbooks/completion.ts",
    find: "await this.assertSameCompany(actor, attempt);",
    replace: "",
    test: [connect, "a reconnect as another company is refused before a code is exchanged"],
  },
  {
    name: "I15: a disconnect is not audited",
    file: "src/quickbooks/connect.ts",
    find: "const at = clock.now();\n",
    replace: "const at = clock.now();\n      const writeAudit = (..._: readonly unknown[]) => Promise.resolve();\n",
    test: [connect, "disconnecting forgets and revokes the tokens, and is audited once"],
  },
  {
    name: "I6, I13: requests of a process that died are in flight for two minutes",
    file: "src/quickbooks/grants.ts",
    find: "OR owner IN (${presentOwners}))",
    replace: "OR owner IS NOT NULL)",
    test: [
      "test/quickbooks/limits-processes.test.ts",
      "I6: a process that dies with all its requests in flight leaves the company room again within a minute",
    ],
  },
];
