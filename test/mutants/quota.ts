import type { Mutant } from "./mutant.js";

const quota = "test/quickbooks/quota.test.ts";
const stretched = "test/schedule/stretched.test.ts";
const throttled = "test/sync/throttled.test.ts";
const processes = "test/quickbooks/limits-processes.test.ts";
const spent = "test/sync/quota-spent.test.ts";

const isOne = "the quota is one for all companies and processes, and counts successful reads of this month alone";
const waitsForNextMonth =
  "quota spent: no scheduled run is made only to fail, and the schedule goes on with the next month";
const saysSo =
  "quota spent: a run says so, nothing is lost, notices wait, and the schedule goes on with the next month";
const tellsOnce =
  "F12: a run that waits for a 429 says until when, tells it once, and nothing of it is left when it goes on";
const toldOnce = "what runs out is told once a month to every organization, however many processes look";

export const quotaMutants: readonly Mutant[] = [
  {
    name: "quota: the first minutes of a month speak for all of it",
    file: "src/quickbooks/quota.ts",
    find: "Math.max(now.getTime() - begunAt, dayMs)",
    replace: "(now.getTime() - begunAt)",
    test: [quota, "100 reads are forecast by what has passed: "],
  },
  {
    name: "quota: last month's reads count too",
    file: "src/quickbooks/quota.ts",
    find: "WHERE u.month = $1",
    replace: "WHERE u.month <= $1",
    test: [quota, isOne],
  },
  {
    name: "quota spent: scheduled runs are made only to fail",
    file: "src/sync/schedule/due.ts",
    find: "const isServed = stretch.others !== Infinity;",
    replace: "const isServed = true;",
    test: [stretched, waitsForNextMonth],
  },
  {
    name: "quota: schedules are not stretched when the reads run out",
    file: "src/sync/schedule/due.ts",
    find: "stretchedTime(nextSyncTime, connection, now, stretch)",
    replace: "nextSyncTime(connection, now)",
    test: [stretched, "when the reads run out, a run that is due is made and the next comes later"],
  },
  {
    name: "quota: verifications are not stretched when the reads run out",
    file: "src/sync/schedule/due.ts",
    find: "stretchedTime(nextVerificationTime, connection, now, stretch)",
    replace: "nextVerificationTime(connection, now)",
    test: [stretched, "when the reads run out, a run that is due is made and the next comes later"],
  },
  {
    name: "quota: priority connections give way with all others",
    file: "src/sync/schedule/stretch.ts",
    find: "Math.min(ofOthers / (left - ofPriority), most)",
    replace: "expected / left",
    test: [
      stretched,
      "what is expected of the rest of the month is spread over what is left, by those that have no priority",
    ],
  },
  {
    name: "quota: the others stop altogether before priority connections give way",
    file: "src/sync/schedule/stretch.ts",
    find: "Math.max(mostBeforePriority, expected / left)",
    replace: "Infinity",
    test: [
      stretched,
      "priority connections give way where the others come ten times as seldom, and all alike where that is not enough",
    ],
  },
  {
    name: "quota: a schedule is stretched by whole times only",
    file: "src/sync/schedule/times.ts",
    find: "Math.floor(factor - 1 + shareOf(`${schedule.id} ${first.toISOString()}`))",
    replace: "Math.floor(factor - 1)",
    test: [stretched, "times comes as seldom, at times that it names"],
  },
  {
    name: "quota: a schedule is put off beyond the month whose reads run out",
    file: "src/sync/schedule/times.ts",
    find: "return time < firstOfNextMonth ? time : firstOfNextMonth;",
    replace: "return time;",
    test: [stretched, "no time is put off beyond the first of the next month, when all come as they should again"],
  },
  {
    name: "quota: what was put off stays put off when the quota is raised",
    file: "src/sync/schedule/scheduled-connection.ts",
    find: "WHERE EXISTS (SELECT FROM changed)",
    replace: "WHERE false",
    test: [stretched, "a new quota plans all times to come anew, and leaves those that have come"],
  },
  {
    name: "quota: every start plans all schedules anew",
    file: "src/sync/schedule/scheduled-connection.ts",
    find: " WHERE f.value <> excluded.value RETURNING 1",
    replace: " RETURNING 1",
    test: [stretched, "a new quota plans all times to come anew, and leaves those that have come"],
  },
  {
    name: "quota: every process warns, at every look",
    file: "src/sync/schedule/quota-warnings.ts",
    find: "if (rowCount === 0) return false;",
    replace: "",
    test: [stretched, toldOnce],
  },
  {
    name: "quota: nobody is warned at 80 %",
    file: "src/sync/schedule/quota-warnings.ts",
    find: "reads >= quota * 0.8",
    replace: "reads >= quota",
    test: [stretched, toldOnce],
  },
  {
    name: "quota: the organizations are not told",
    file: "src/sync/schedule/quota-warnings.ts",
    find: 'await streams.append(client, connectionStream(id), "QUOTA_WARNING", {});',
    replace: "",
    test: ["test/schema/api-usage.test.ts", "whoever follows connections is told when the deployment's reads run out"],
  },
  {
    name: "quota spent: notices spend their attempts on runs that can only fail",
    file: "src/sync/inbox/queue.ts",
    find: "if (await usage.hasReadsLeft()) await pool",
    replace: "await pool",
    test: [spent, saysSo],
  },
  {
    name: "quota spent: a run does not say why it stopped",
    file: "src/sync/outcome.ts",
    find: "code: error.reason,",
    replace: "code: error.name,",
    test: [spent, saysSo],
  },
  {
    name: "F12: a run that waits for a 429 does not say so",
    file: "src/sync/engine.ts",
    find: "onThrottled: (until) => progress.waitUntil(until),",
    replace: "",
    test: [throttled, tellsOnce],
  },
  {
    name: "F12: a run that goes on is shown as waiting",
    file: "src/sync/progress.ts",
    find: "return this.#throttledUntilMs > Date.now() ? this.#throttledUntilMs : 0;",
    replace: "return this.#throttledUntilMs;",
    test: [throttled, tellsOnce],
  },
  {
    name: "F12: a wait is told again with every sign of life",
    file: "src/sync/progress.ts",
    find: "const isNew = untilMs > this.#toldThrottleMs + sameWaitMs;",
    replace: "const isNew = untilMs > 0;",
    test: [throttled, tellsOnce],
  },
  {
    name: "I13: a run hears only of the 429s of its own process",
    file: "src/quickbooks/limits.ts",
    find: "if (turn.grant.throttledMs > 0) onThrottled?.(this.in(turn.grant.throttledMs));",
    replace: "",
    test: [throttled, "a run that waits because another process met a 429 says so too"],
  },
  {
    name: "I13: two processes share no second",
    file: "src/quickbooks/limits.ts",
    find: "const secondMs = 1200;",
    replace: "const secondMs = 500;",
    test: [processes, "I13: two processes together send no more than ten requests in any second"],
  },
  {
    name: "I13: two processes share no minute",
    file: "src/quickbooks/limits.ts",
    find: "const minuteMs = 60_500;",
    replace: "const minuteMs = 30_000;",
    test: [processes, "I13: two processes together send no more than 450 requests in any minute"],
  },
  {
    name: "I13: what is in flight elsewhere is not counted",
    file: "src/quickbooks/grants.ts",
    find: "coalesce(in_flight < ${integer(rules.inFlight.most)}, true)",
    replace: "true",
    test: [processes, "I13: two processes together have no more than ten requests in flight"],
  },
  {
    name: "F12: a run is put off without a word",
    file: "src/sync/leases.ts",
    find: 'if (rowCount === 1)\n      await streams.append(client, runStream(id), "THROTTLED"',
    replace: 'if (rowCount === 2)\n      await streams.append(client, runStream(id), "THROTTLED"',
    test: [throttled, "F12: a run that is put off because QuickBooks goes on throttling tells until when"],
  },
];
