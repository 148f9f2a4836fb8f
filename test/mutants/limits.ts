import type { Mutant } from "./mutant.js";

const buckets = "test/foundation/buckets.test.ts";
const kept = "test/access/budgets.test.ts";
const asked = "test/http/budgets.test.ts";
const strangers = "test/http/strangers.test.ts";
const cop = "test/security/graphql-cop.test.ts";

const paidTogether = "caller and organization pay together, or neither does";
const missingElsewhere = "what was spent in one process is missing in the others, once they have told each other";
const wrongKeys =
  "an address that sends wrong keys again and again is refused before they are looked up, others are not";
const signedIsKept =
  "webhooks without a signature are soon refused unseen and unlogged; a signed one from the same address is kept";

export const limitMutants: readonly Mutant[] = [
  {
    name: "Limits: as many buckets are kept as anybody makes",
    file: "src/foundation/buckets.ts",
    find: "if (this.fullAt.size > this.mostKept && oldest !== undefined)",
    replace: "if (this.fullAt.size > this.mostKept * 1_000 && oldest !== undefined)",
    test: [buckets, "beyond the most that are kept, the bucket that nothing was taken from for longest begins anew"],
  },
  {
    name: "Limits: an organization's callers do not pay together",
    file: "src/access/budgets.ts",
    find: "buckets: this.whole, holder: organizationId",
    replace: "buckets: this.whole, holder: id",
    test: [kept, paidTogether],
  },
  {
    name: "Limits: half is paid where not all is there",
    file: "src/access/budgets.ts",
    find: "if (waitMs === 0) for",
    replace: "if (waitMs >= 0) for",
    test: [kept, paidTogether],
  },
  {
    name: "Limits: what is sent unasked makes debts",
    file: "src/access/budgets.ts",
    find: "Math.min(points, purse.buckets.left(purse.holder))",
    replace: "points",
    test: [kept, "what is sent unasked takes what is left and no more"],
  },
  {
    name: "Limits: no process hears what others have spent",
    file: "src/access/budgets.ts",
    find: "owe(holder, owedMs + ",
    replace: "owe(holder, 0 * owedMs + ",
    test: [kept, missingElsewhere],
  },
  {
    name: "Limits: the last process to tell overwrites what others have told",
    file: "src/access/budgets.ts",
    find: "SET full_at = greatest(known.full_at, now()) + (excluded.full_at - now())",
    replace: "SET full_at = excluded.full_at",
    test: [kept, missingElsewhere],
  },
  {
    name: "Limits: processes tell in any order",
    file: "src/access/budgets.ts",
    find: "AS s (holder uuid, ms float8) ORDER BY s.holder",
    replace: "AS s (holder uuid, ms float8)",
    test: [kept, "processes that tell of the same callers at once never wait for each other in a circle"],
  },
  {
    name: "Limits: what the database could not be told is forgotten",
    file: "src/access/budgets.ts",
    find: "for (const [holder, { buckets, ms }] of told) this.note(holder, buckets, ms);",
    replace: "",
    test: [kept, "without the database each process keeps the budgets by itself, and tells later"],
  },
  {
    name: "Limits: full budgets are kept for ever",
    file: "src/sync/retention.ts",
    find: 'isOld: "full_at < $1"',
    replace: 'isOld: "full_at < $1 AND false"',
    test: ["test/retention/retention.test.ts", "a budget that is full again is forgotten, and no other"],
  },
  {
    name: "Limits: operations over HTTP cost nothing",
    file: "src/http/graphql.ts",
    find: "charge(budgets, actor, requested, objects)",
    replace: "charge(budgets, actor, requested, 0)",
    test: [
      asked,
      "over the budget an operation is refused with RATE_LIMITED and when to try again, and nothing of it is done",
    ],
  },
  {
    name: "Limits: what cannot be read costs nothing",
    file: "src/http/caller.ts",
    find: "charge(budgets, actor, operationPoints)",
    replace: "charge(budgets, actor, 0)",
    test: [asked, "who has nothing left is refused before anything is read of the operation"],
  },
  {
    name: "Limits: subscriptions cost nothing",
    file: "src/http/subscribing.ts",
    find: "charge(budgets, actor, operationPoints + objects, objects)",
    replace: "charge(budgets, actor, operationPoints + objects, 0)",
    test: [asked, "a subscription over the budget is refused as over HTTP"],
  },
  {
    name: "Limits: events cost nothing, however much they ask for",
    file: "src/http/sockets.ts",
    find: "services.budgets.drain(session.actor, points);",
    replace: "",
    test: [asked, "events that ask for much are paid for as far as something is left, and none is held back"],
  },
  {
    name: "Limits: mutations cost no more than questions",
    file: "src/http/weight.ts",
    find: "? mutationObjects : 0",
    replace: "? 0 : 0",
    test: [asked, "every answer over HTTP says what was asked for, what is left, and how fast it comes back"],
  },
  {
    name: "Limits: whoever fails may fail for ever",
    file: "src/http/door.ts",
    find: 'known.has(given) ? 0 : strangers.waitMs("AUTHENTICATION", address)',
    replace: "0",
    test: [strangers, wrongKeys],
  },
  {
    name: "Limits: whoever fails shuts out all who share their address",
    file: "src/http/door.ts",
    find: "known.has(given) ? 0 : ",
    replace: "",
    test: [strangers, "who was let in before goes on working, whoever else fails at the same address"],
  },
  {
    name: "Limits: sockets are opened from our proxy's address, whoever opens them",
    file: "src/http/strangers.ts",
    find: "!isTrusted(address, hop)",
    replace: "isTrusted(address, hop) || hop >= 0",
    test: [strangers, "a socket from such an address is closed with 1013, by which clients come again later"],
  },
  {
    name: "Limits: strangers read a public schema as often as they like",
    file: "src/http/caller.ts",
    find: 'strangers.note("ANONYMOUS", request.ip);',
    replace: "",
    test: [strangers, "a public schema is read so often from one address and not more"],
  },
  {
    name: "Limits: the callback looks up whatever it is called with",
    file: "src/http/oauth.ts",
    find: 'strangers.note("CONSENT", ip);',
    replace: "",
    test: [
      strangers,
      "whoever calls the callback again and again is sent back before anything is looked up, by redirect as ever",
    ],
  },
  {
    name: "Limits: unsigned webhooks are logged as often as they are sent",
    file: "src/http/webhooks.ts",
    find: 'strangers.note("WEBHOOK", ip);',
    replace: "",
    test: [strangers, signedIsKept],
  },
  {
    name: "Limits: of suspects too, large webhooks are read",
    file: "src/http/webhooks.ts",
    find: "> 0 ? little : whole)",
    replace: "> 0 ? whole : whole)",
    test: [strangers, signedIsKept],
  },
  {
    name: "Security: in production strangers read the schema",
    file: "src/gateway.ts",
    find: 'isSchemaPublic: environment !== "PRODUCTION"',
    replace: "isSchemaPublic: environment.length > 0",
    test: [cop, "without a token nothing of the schema can be read, and nobody is helped to guess it"],
  },
  {
    name: "Security: the editor is served in production",
    file: "src/http/app.ts",
    find: "if (services.isSchemaPublic) app.use(",
    replace: "app.use(",
    test: [cop, "graphql-cop finds nothing as a stranger: %s"],
  },
  {
    name: "Security: a query may come by a form of a foreign page",
    file: "src/http/graphql.ts",
    find: "csrfPrevention: true",
    replace: "csrfPrevention: false",
    test: [cop, "graphql-cop finds nothing with a token but that the schema can be read: %s"],
  },
];
