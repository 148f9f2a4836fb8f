import type { Mutant } from "./mutant.js";

const lost = "test/sync/lost-records.test.ts";

/** What an incremental run does about deletions that QuickBooks did not tell of, and what a process that stands still keeps from others. */
export const incrementalMutants: readonly Mutant[] = [
  {
    name: "F1: deletions are not counted before the changes are read",
    file: "src/sync/incremental/lost-records.ts",
    find: "if (lost === 0) return false;",
    replace: "if (lost >= 0) return false;",
    test: [
      lost,
      "F1: of many deletions the COUNT tells before anything is read, and the entity is read whole and once",
    ],
  },
  {
    name: "F1: few deletions cost a whole reading",
    file: "src/sync/incremental/sync-windows.ts",
    find: "&& !(await findLost(sync))",
    replace: "",
    test: [
      lost,
      "F1: a deletion behind more changes than one answer holds is searched for by counts, and little is read for it",
    ],
  },
  {
    name: "F13: a process that stands still in a transaction keeps its locks",
    file: "src/foundation/database/database.ts",
    find: "idle_in_transaction_session_timeout=${standingStillMs}",
    replace: "idle_in_transaction_session_timeout=0",
    test: [
      "test/foundation/database.test.ts",
      "a transaction that stands still gives its locks up before a minute is over, and after the longest wait for Intuit",
    ],
  },
];
