import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openJobs } from "../../src/foundation/jobs.js";
import { createLog } from "../../src/foundation/log.js";
import { freshDatabase, type FreshDatabase } from "../support/database.js";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

test("processes that start at the same time do not refuse one another where the jobs are kept", async () => {
  const log = createLog({ level: "silent" });
  for (let round = 0; round < 5; round++) {
    const opening = Array.from({ length: 6 }, () => openJobs({ databaseUrl: database.url, log }));
    const opened = await Promise.allSettled(opening);
    await Promise.all(opened.flatMap((each) => (each.status === "fulfilled" ? [each.value.stop()] : [])));
    expect(opened.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []))).toEqual([]);
  }
});
