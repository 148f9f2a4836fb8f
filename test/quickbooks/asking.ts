import { z } from "zod";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase } from "../../src/foundation/database/database.js";
import { createLog } from "../../src/foundation/log.js";
import { createLimiter } from "../../src/quickbooks/limits.js";

/** A program: one of several processes that ask QuickBooks about one company at once. It prints the statuses of the answers. */
const { DATABASE_URL, URL, TOKEN, CONNECTION_ID, REQUESTS, PER_SECOND } = z
  .object({
    DATABASE_URL: z.string(),
    URL: z.url(),
    TOKEN: z.string(),
    CONNECTION_ID: z.string(),
    REQUESTS: z.coerce.number(),
    PER_SECOND: z.coerce.number(),
  })
  .parse(process.env);

const log = createLog({ level: "silent" });
const database = openDatabase(DATABASE_URL, { log });
const settings = { requestsPerSecond: PER_SECOND, requestsPerMinute: 450, concurrency: 10 };
const limiter = createLimiter({ database, settings, clock: systemClock, log });

const ask = async (): Promise<number> => {
  const slot = await limiter.acquire(CONNECTION_ID, undefined);
  try {
    const response = await fetch(URL, { headers: { authorization: `Bearer ${TOKEN}`, accept: "application/json" } });
    await response.text();
    return response.status;
  } finally {
    slot.release();
  }
};

const statuses = await Promise.all(Array.from({ length: REQUESTS }, ask));
await limiter.close();
await database.close();
process.stdout.write(JSON.stringify(statuses));
