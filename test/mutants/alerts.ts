import type { Mutant } from "./mutant.js";

const causes = "test/alerts/causes.test.ts";
const look = "test/alerts/look.test.ts";
const deliver = "test/alerts/deliver.test.ts";
const overTls = "test/alerts/deliver-tls.test.ts";
const outbound = "test/foundation/outbound.test.ts";
const shown = "test/schema/alerts.test.ts";

const signedOnce =
  "an alert is told once, signed over its time and body, and its end too; nothing of the books but the company's name";
const everLonger =
  "what the receiver refuses waits ever longer for its next try, is told that it was given up, and keeps nobody else waiting";

const untrusted = "a receiver with a certificate %s is told nothing, the log says why, and the alert is tried again";

export const alertMutants: readonly Mutant[] = [
  {
    name: "alerts: one failed run in twenty is too many",
    file: "src/sync/alerts/causes.ts",
    find: "day.failed_runs > day.runs * 0.05",
    replace: "day.failed_runs >= day.runs * 0.05",
    test: [causes, "an error rate of 5 % of the runs is no alert, a higher one is, and it ends with the day"],
  },
  {
    name: "alerts: records that could not be taken in are no errors",
    file: "src/sync/alerts/causes.ts",
    find: "day.failed > day.read * 0.05",
    replace: "false",
    test: [causes, "more than 5 % of the records that could not be taken in are an alert, those of dry runs are not"],
  },
  {
    name: "alerts: an incomplete sync makes a mirror fresh",
    file: "src/sync/alerts/causes.ts",
    find: "AND NOT e.complete)",
    replace: "AND NOT e.complete AND false)",
    test: [
      causes,
      "a sync that left an entity incomplete, or was of a part of the scope, is none that makes a mirror fresh",
    ],
  },
  {
    name: "alerts: a sync of one entity makes a mirror fresh",
    file: "src/sync/alerts/causes.ts",
    find: " AND r.entities @> c.entities",
    replace: "",
    test: [
      causes,
      "a sync that left an entity incomplete, or was of a part of the scope, is none that makes a mirror fresh",
    ],
  },
  {
    name: "alerts: a pause takes an alert back",
    file: "src/sync/alerts/causes.ts",
    find: "WHERE ${isWanted} AND wanted.at",
    replace: "WHERE ${isSynced} AND ${isWanted} AND wanted.at",
    test: [causes, "a pause opens no alert of freshness, and takes none back"],
  },
  {
    name: "alerts: companies of another environment are looked at",
    file: "src/sync/alerts/causes.ts",
    find: "c.environment::text = $1 AND c.status <> 'DISCONNECTED'",
    replace: "$1 <> '' AND c.status <> 'DISCONNECTED'",
    test: [causes, "what was disconnected, or belongs to another environment, has no alerts, and those it had end"],
  },
  {
    name: "alerts: a forecast that lies near the quota comes and goes",
    file: "src/sync/alerts/look.ts",
    find: "const calm = quota * 0.8;",
    replace: "const calm = quota;",
    test: [
      causes,
      "reads that run out are one alert for each organization, about no connection, until far fewer are needed",
    ],
  },
  {
    name: "alerts: silence is told of where nothing has changed",
    file: "src/sync/alerts/causes.ts",
    find: "AND e.created + e.updated + e.removed > 0",
    replace: "",
    test: [
      causes,
      "silence is no alert where nothing changed, where notices never came or came lately, or of another entity",
    ],
  },
  {
    name: "alerts: a run that waits for another is stuck",
    file: "src/sync/alerts/causes.ts",
    find: "o.status = 'RUNNING' AND o.mode <> 'RECORDS'",
    replace: "false",
    test: [causes, "a run that nobody begins for an hour is an alert, one that waits behind another is not"],
  },
  {
    name: "alerts: what waits for a person is stuck",
    file: "src/sync/push/claim.ts",
    find: "  AND NOT ${waitsForPerson} AND NOT (l.status",
    replace: "  AND NOT (l.status",
    test: [causes, "an edit that cannot be sent for an hour is an alert, whether nobody tries or all tries fail"],
  },
  {
    name: "alerts: every process looks",
    file: "src/sync/alerts/look.ts",
    find: "return rowCount === 1;",
    replace: "return rowCount !== null;",
    test: [look, "of many processes that sweep at once one looks, and nobody within the next minute"],
  },
  {
    name: "alerts: nobody is told that a cause is gone",
    file: "src/sync/alerts/look.ts",
    find: "UNION ALL SELECT id, organization_id, connection_id, 'ALERT_RECOVERED' FROM recovered",
    replace: "",
    test: [
      look,
      "a cause that lasts is one alert, told once when it begins and once when it is gone, and a new one when it returns",
    ],
  },
  {
    name: "alerts: two of a deployment can be open at once",
    file: "prisma/migrations/20261123052800_alerts/migration.sql",
    find: ' NULLS NOT DISTINCT WHERE "status"',
    replace: ' WHERE "status"',
    test: [look, "two open alerts of a kind and a connection, or of a deployment, cannot be"],
  },
  {
    name: "alerts: what was told is told again",
    file: "src/sync/alerts/deliver.ts",
    find: "SET next_attempt_at = NULL WHERE",
    replace: "SET next_attempt_at = next_attempt_at WHERE",
    test: [deliver, signedOnce],
  },
  {
    name: "alerts: the time is not signed",
    file: "src/sync/alerts/webhook.ts",
    find: "update(`${at}.${body}`)",
    replace: "update(body)",
    test: [
      deliver,
      "the signature is of an HMAC-SHA256 that others can work out, and each address has a key of its own",
    ],
  },
  {
    name: "alerts: a receiver that fails is asked with every sweep",
    file: "src/sync/alerts/deliver.ts",
    find: "least(interval '1 minute' * 2 ^ a.attempts, interval '6 hours')",
    replace: "interval '1 minute'",
    test: [deliver, everLonger],
  },
  {
    name: "alerts: an end that comes while its beginning is told is never told",
    file: "src/sync/alerts/deliver.ts",
    find: " AND status = $2::",
    replace: " OR status = $2::",
    test: [deliver, "an alert that ends while its beginning is being told is told as ended too"],
  },
  {
    name: "SSRF: the address that a name resolves to is not looked at",
    file: "src/foundation/outbound/post.ts",
    find: "for (const address of addresses) check(address);",
    replace: "",
    test: [outbound, "where this machine may not be reached, a receiver on it hears nothing"],
  },
  {
    name: "alerts: whoever listens at the address is believed",
    file: "src/foundation/outbound/post.ts",
    find: "agent: false,",
    replace: "agent: false, rejectUnauthorized: false,",
    test: [overTls, untrusted],
  },
  {
    name: "alerts: a certificate of any name will do",
    file: "src/foundation/outbound/post.ts",
    find: "agent: false,",
    replace: "agent: false, checkServerIdentity: () => undefined,",
    test: [overTls, untrusted],
  },
  {
    name: "alerts: a receiver is asked for by another name than its address has",
    file: "src/foundation/outbound/post.ts",
    find: "agent: false,",
    replace: 'agent: false, servername: "localhost",',
    test: [
      overTls,
      "over https a receiver is asked for, and certified, by the name in its address, whatever that resolves to",
    ],
  },
  {
    name: "SSRF: an address that is written out is not looked at",
    file: "src/foundation/outbound/post.ts",
    find: "if (isIP(literal) !== 0) check(",
    replace: "if (isIP(literal) === 1) check(",
    test: [outbound, "nothing is sent to %s"],
  },
  {
    name: "SSRF: metadata services are reached",
    file: "src/foundation/outbound/addresses.ts",
    find: '  ["169.254.0.0", 16],\n',
    replace: "",
    test: [outbound, "%s is a public address: %s"],
  },
  {
    name: "Security: a fault carries the access token into errors and rows",
    file: "src/quickbooks/requests.ts",
    find: "if (!reply.body.includes(token)) return reply;",
    replace: "if (token !== undefined) return reply;",
    test: [
      "test/quickbooks/client.test.ts",
      "a fault that quotes the access token, of whatever status and code, is told without it",
    ],
  },
  {
    name: "Security: the log shows what it is given",
    file: "src/foundation/log.ts",
    find: "hooks: { streamWrite: redactText },",
    replace: "",
    test: ["test/foundation/log.test.ts", "a secret inside text is left out: %s"],
  },
  {
    name: "Security: lists in lists cost an internal error",
    file: "src/quickbooks/webhooks.ts",
    find: "if (depth > deepest) return true;",
    replace: "if (depth > deepest) return false;",
    test: [
      "test/fuzz/fuzz.test.ts",
      "requests that make no sense are refused in order: nothing fails, nothing of another organization shows",
    ],
  },
  {
    name: "Security: a reason quotes a value of the books",
    file: "src/sync/store/unstorable.ts",
    find: "const what = paths.length === 0",
    replace: "const what = message.length > 0 ? message : paths.length === 0",
    test: [
      "test/sync/store.test.ts",
      "the reason of what PostgreSQL cannot hold names the field and what is wrong, and no value of the books",
    ],
  },
  {
    name: "I10: alerts of all organizations are listed",
    file: "src/schema/loaders.ts",
    find: "return { organizationId, OR:",
    replace: "return { organizationId: { not: organizationId.slice(36) || undefined }, OR:",
    test: [shown, "I10: another organization sees none of them, neither in the list nor by their ids"],
  },
  {
    name: "I10: a limited key sees alerts of every connection",
    file: "src/schema/loaders.ts",
    find: "{ connectionId: { in: [...connectionIds] } }] };",
    replace: "{ connectionId: { notIn: [...connectionIds] } }] };",
    test: [shown, "I10: a key that is limited to other connections sees what is about the deployment alone"],
  },
];
