import type { Mutant } from "./mutant.js";

/** What random histories found. */
export const chaosMutants: readonly Mutant[] = [
  {
    name: "I6: a run of an earlier life of its company goes on writing",
    file: "src/sync/progress.ts",
    find: "AND epoch = (SELECT c.epoch FROM connections c WHERE c.id = connection_id) RETURNING *",
    replace: "RETURNING *",
    test: ["test/sync/earlier-life.test.ts", "a run that was claimed while its company was reset writes nothing more"],
  },
];
