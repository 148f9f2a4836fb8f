import type { Mutant } from "./mutant.js";

const care = "test/quickbooks/authorization-care.test.ts";
const end = "test/quickbooks/authorization-end.test.ts";
const processes = "test/quickbooks/processes.test.ts";
const oauth = "test/http/oauth.test.ts";
const client = "test/quickbooks/client.test.ts";

export const tokenMutants: readonly Mutant[] = [
  {
    name: "I11, F4: processes share no lock while one refreshes",
    file: "src/quickbooks/token-rows.ts",
    find: '${forUpdate ? "FOR UPDATE OF t" : ""}',
    replace: '${forUpdate ? "" : ""}',
    test: [
      processes,
      "F4: twenty requests of two processes at expiry cause one refresh, however late its answer, and none fails",
    ],
  },
  {
    name: "F4: who waited for a refresh makes one of its own",
    file: "src/quickbooks/tokens.ts",
    find: "if (this.serves(toKnown(row), staleGeneration)) return toKnown(row);",
    replace: "",
    test: [
      processes,
      "F4: twenty requests of two processes at expiry cause one refresh, however late its answer, and none fails",
    ],
  },
  {
    name: "F4: a refused refresh deletes the tokens",
    file: "src/quickbooks/tokens.ts",
    find: "await this.markReauthorizationRequired(connectionId, { reason: refusal.message, generation });",
    replace: `await this.markReauthorizationRequired(connectionId, { reason: refusal.message, generation });
    await this.options.database.pool.query("DELETE FROM quickbooks_tokens WHERE connection_id = $1", [connectionId]);`,
    test: [
      processes,
      "F4: killed between Intuit's answer and our commit, a connection whose old token is dead asks for consent and stays",
    ],
  },
  {
    name: "403, 3100 is answered by a refresh",
    file: "src/quickbooks/verdicts.ts",
    find: '["3100", unauthorized],',
    replace: '["3100", tokenRefused],',
    test: [processes, "a company that QuickBooks closes to us (403, 3100) is never answered by a refresh"],
  },
  {
    name: "401 is answered by refreshes without end",
    file: "src/quickbooks/attempts.ts",
    find: "return this.isFirst(remedy) ? 0 : undefined;",
    replace: "return 0;",
    test: [client, "a refreshed token that is refused too ends the authorization"],
  },
  {
    name: "Refresh token at its end: the connection is taken for connected",
    file: "src/quickbooks/tokens.ts",
    find: "if (error instanceof GrantRefused) return this.reread(connectionId, generation, error);",
    replace: "",
    test: [end, "refresh token at its end"],
  },
  {
    name: "Refresh token at its end: nobody is told",
    file: "src/quickbooks/tokens.ts",
    find: "await onReauthorizationRequired?.(tx, lost);",
    replace: "void organizationId;",
    test: [end, "refresh token at its end"],
  },
  {
    name: "Keep-alive: an idle authorization is left to end",
    file: "src/quickbooks/authorization-care.ts",
    find: "      await this.renewDue();\n",
    replace: "",
    test: [care, "an authorization that no sync uses is renewed after a week, and again after another"],
  },
  {
    name: "Keep-alive: a paused company is forgotten",
    file: "src/quickbooks/authorization-checks.ts",
    find: "AND c.status = 'CONNECTED' AND ${dueAt} <= $2",
    replace: "AND c.status = 'CONNECTED' AND NOT c.is_paused AND ${dueAt} <= $2",
    test: [care, "a paused company's authorization is kept alive beyond the hundred days"],
  },
  {
    name: "Keep-alive: an ended authorization is tried for ever",
    file: "src/quickbooks/authorization-checks.ts",
    find: "WHERE c.environment = $1 AND c.status = 'CONNECTED' AND ${dueAt} <= $2",
    replace: "WHERE c.environment = $1 AND ${dueAt} <= $2",
    test: [care, "is never tried, and not warned of"],
  },
  {
    name: "Keep-alive: what fails is tried by every sweep",
    file: "src/quickbooks/authorization-checks.ts",
    find: "interval '15 minutes'), interval '6 hours')",
    replace: "interval '0'), interval '0')",
    test: [care, "a renewal that fails is tried again after growing pauses, not by every sweep"],
  },
  {
    name: "Keep-alive: a sweep renews without bound",
    file: "src/quickbooks/authorization-care.ts",
    find: "const renewalsPerPass = 5;",
    replace: "const renewalsPerPass = 500;",
    test: [care, "a sweep renews five at most, the longest idle first"],
  },
  {
    name: "Keep-alive: a stopping process begins more renewals",
    file: "src/quickbooks/authorization-care.ts",
    find: "renewals < renewalsPerPass && !this.isStopping;",
    replace: "renewals < renewalsPerPass;",
    test: [care, "a stopping process begins no renewal, and waits for the one on its way"],
  },
  {
    name: "Disconnect address: a stranger's word ends the authorization",
    file: "src/quickbooks/authorization-checks.ts",
    find: "UPDATE quickbooks_tokens SET check_at = greatest($3::timestamptz, refreshed_at + interval '1 minute')",
    replace:
      "WITH believed AS (UPDATE connections SET status = 'REAUTHORIZATION_REQUIRED' WHERE realm_lookup = $2 RETURNING id) UPDATE quickbooks_tokens SET check_at = greatest($3::timestamptz, refreshed_at + interval '1 minute')",
    test: [
      oauth,
      "Intuit's disconnect address has the authorization checked, answers all companies alike, and disconnects none",
    ],
  },
  {
    name: "Disconnect address: what it says is never checked",
    file: "src/quickbooks/connect.ts",
    find: "if (realmId !== undefined) {",
    replace: "if (realmId === environment) {",
    test: [care, "who disconnected at Intuit is found out by a check"],
  },
  {
    name: "Disconnect address: a stranger makes us ask Intuit as often as they like",
    file: "src/quickbooks/authorization-checks.ts",
    find: "greatest($3::timestamptz, refreshed_at + interval '1 minute')",
    replace: "$3::timestamptz",
    test: [care, "however often it is claimed, a connection is checked once a minute at most"],
  },
  {
    name: "Disconnect address: a claim hastens a check that failed",
    file: "src/quickbooks/authorization-checks.ts",
    find: "AND c.status = 'CONNECTED' AND t.check_at IS NULL",
    replace: "AND c.status = 'CONNECTED'",
    test: [care, "a claim does not hasten a check that failed a moment ago"],
  },
  {
    name: "Ends: the five years' end is not warned of",
    file: "src/quickbooks/authorization-end.ts",
    find: "return idle ?? fiveYears;",
    replace: "return idle;",
    test: [care, "the five years' end is warned of a month ahead, once"],
  },
  {
    name: "Ends: the idle end is not warned of",
    file: "src/quickbooks/authorization-end.ts",
    find: "return idle ?? fiveYears;",
    replace: "return fiveYears;",
    test: [care, "the end of an authorization that cannot be renewed is warned of two weeks ahead, once"],
  },
  {
    name: "Ends: the same end is warned of again, a second later",
    file: "src/quickbooks/authorization-end.ts",
    find: "return Math.abs(one.getTime() - other.getTime()) < dayMs;",
    replace: "return one.getTime() === other.getTime();",
    test: [care, "the five years' end is warned of a month ahead, once"],
  },
  {
    name: "Ends: a warning that nobody heard counts as given",
    file: "src/quickbooks/authorization-care.ts",
    find: "if (!(await claimWarning(tx, authorization, end.at))) return false;",
    replace: "if (!(await claimWarning(database.pool, authorization, end.at))) return false;",
    test: [care, "a warning that cannot be told of is not taken for given"],
  },
  {
    name: "Ends: a new consent counts as warned of",
    file: "src/quickbooks/token-rows.ts",
    find: "check_at = NULL, warned_of = NULL",
    replace: "check_at = NULL",
    test: [care, "a new consent is cared for anew: no check is left, and its own end is warned of"],
  },
  {
    name: "Ends: the company does not say what to do",
    file: "src/schema/company-authorization.ts",
    find: "return end === undefined ? null : warningOf(end);",
    replace: "return end === undefined ? null : null;",
    test: [oauth, "a company whose authorization ends soon, or has ended, says what to do"],
  },
  {
    name: "Ends: an authorization that has ended looks well",
    file: "src/schema/company-authorization.ts",
    find: 'if (status === "REAUTHORIZATION_REQUIRED") return endedWarning;',
    replace: "void status, endedWarning;",
    test: [oauth, "a company whose authorization ends soon, or has ended, says what to do"],
  },
  {
    name: "I11: after a reset the consent of another process is not seen before the hour is over",
    file: "src/quickbooks/tokens.ts",
    find: "if (this.known.get(connectionId)?.generation === generation) this.known.delete(connectionId);",
    replace: "if (this.known.get(connectionId)?.generation !== generation) this.known.delete(connectionId);",
    test: [
      "test/quickbooks/writing.test.ts",
      "after a reset, consent that another process was given counts from this one's next write on",
    ],
  },
];
