import type { Mutant } from "./mutant.js";

const retention = "test/retention/retention.test.ts";
const file = "src/sync/retention.ts";

const dashboard = "test/dashboard/dashboard.test.ts";
const series = "src/schema/dashboard-series.ts";
const everyPoint = "the series has a point for every hour or day, also those in which nothing ran";
const bounds = "the series has 400 points at most, none of another organization's runs, and none of the time to come";

const demo = "test/demo/demo.test.ts";
const adminsAlone =
  "the demo's QuickBooks is changed by signed-in admins alone, from this machine alone, and its token stays inside";

export const houseMutants: readonly Mutant[] = [
  {
    name: "Retention: checkpoints of an open run are removed",
    file,
    find: "SELECT id FROM quickbooks_syncs WHERE finished_at < $1",
    replace: "SELECT id FROM quickbooks_syncs WHERE coalesce(finished_at, queued_at) < $1",
    test: [
      retention,
      "the checkpoints of a run go a day after its end, its events a week after, and an open run keeps all of it",
    ],
  },
  {
    name: "Retention: notices that wait are removed",
    file,
    find: "status IN ('DONE', 'IGNORED', 'UNREADABLE')\n      AND (received_at",
    replace: "(received_at",
    test: [retention, "notices go 90 days after they came, but those that still wait for something or somebody stay"],
  },
  {
    name: "Retention: a run that a failure refers to is removed",
    file,
    find: "AND NOT EXISTS (SELECT 1 FROM record_failures f WHERE f.run_id = t.id)",
    replace: "",
    test: [
      retention,
      "runs are history for 400 days, those that applied notices for 90, and whatever a failure or a mirror refers to stays",
    ],
  },
  {
    name: "Retention: a sweep waits for writers, and they for it",
    file,
    find: "FOR UPDATE OF t SKIP LOCKED",
    replace: "FOR UPDATE OF t NOWAIT",
    test: [retention, "a sweep does not wait for a row that somebody has in hand"],
  },
  {
    name: "Retention: only one batch is removed",
    file,
    find: "while (last === batchSize && !signal.aborted)",
    replace: "if (!signal.aborted)",
    test: [retention, "several processes that sweep at once remove everything once"],
  },
  {
    name: "I12: what is removed is not told",
    file,
    find: '"UPDATE event_streams SET floor = $2 WHERE name = $1 AND floor < $2"',
    replace: '"SELECT 1 FROM event_streams WHERE floor = $2 AND name = $1 AND floor < $2"',
    test: [
      retention,
      "a follower whose position is older than what is kept is told so, and one that is not misses nothing",
    ],
  },
  {
    name: "I12: what is removed while a follower reads on is a gap",
    file: "src/foundation/streams.ts",
    find: "if (batch[0]?.number !== position + 1n) break;",
    replace: "",
    test: [
      retention,
      "a follower that reads on while what it was about to read is removed is told so, and sees no gap",
    ],
  },
  {
    name: "Dashboard: an hour in which nothing ran is left out",
    file: series,
    find: "LEFT JOIN counted USING (at)",
    replace: "JOIN counted USING (at)",
    test: [dashboard, everyPoint],
  },
  {
    name: "Dashboard: what a dry run would change is counted as changed",
    file: series,
    find: "sum(e.changed) FILTER (WHERE NOT r.is_dry_run) AS changed",
    replace: "sum(e.changed) AS changed",
    test: [dashboard, everyPoint],
  },
  {
    name: "Dashboard: a series without bounds",
    file: series,
    find: "new Date(Math.max(since.getTime(), earliest))",
    replace: "new Date(Math.max(since.getTime(), earliest - dayMs))",
    test: [dashboard, bounds],
  },
  {
    name: "I10: the series counts the runs of other organizations",
    file: series,
    find: "WHERE r.connection_id = ANY($1) AND",
    replace: "WHERE $1::uuid[] IS NOT NULL AND",
    test: [dashboard, bounds],
  },
  {
    name: "Demo: its QuickBooks does not tell its gateway",
    file: "src/demo/demo.ts",
    find: "await simulator.notify(`${gateway.url}/api/webhooks/quickbooks`, secrets.webhookVerifierToken);",
    replace: "",
    test: [demo, "an edit made in the demo's QuickBooks shows live within seconds"],
  },
  {
    name: "Demo: any member changes its QuickBooks",
    file: "src/demo/control.ts",
    find: 'if (actor.role === "ADMIN") next();',
    replace: "if (actor.role) next();",
    test: [demo, adminsAlone],
  },
  {
    name: "Demo: a foreign Host is answered",
    file: "src/demo/routes.ts",
    find: "if (isLoopback(request.hostname)) next();",
    replace: "if (isLoopback(request.hostname) || true) next();",
    test: [demo, adminsAlone],
  },
  {
    name: "Demo: a path leads to what is not offered",
    file: "src/demo/control.ts",
    find: "if (!offered.test(path)) {",
    replace: "if (path === '') {",
    test: [demo, adminsAlone],
  },
  {
    name: "I12: who comes again during a run gets only what is new",
    file: "src/foundation/streams.ts",
    find: "position = options.after;",
    replace: "position = start.number;",
    test: [
      "test/live/reconnecting.test.ts",
      "subscriber reconnecting during a run: sockets are lost again and again, each time another process is asked, nothing is missed and nothing comes twice",
    ],
  },
  {
    name: "I12: a paused WebSocket client's queue grows without bounds",
    file: "src/foundation/streams-queue.ts",
    find: "if (this.#waiting.size > this.#limit) {",
    replace: "if (this.#waiting.size > 1_000 * this.#limit) {",
    test: [
      "test/http/slow-client.test.ts",
      "a paused WebSocket client that follows connections harms nobody, and is told to begin again when it reads on",
    ],
  },
];
