import { z } from "zod";
import { systemClock } from "../../src/foundation/clock.js";
import { openDatabase } from "../../src/foundation/database/database.js";
import { createKeyRing } from "../../src/foundation/encryption.js";
import { createLog } from "../../src/foundation/log.js";
import { createQuickBooksClient } from "../../src/quickbooks/client.js";
import { createDiscovery } from "../../src/quickbooks/discovery.js";
import { createLimiter } from "../../src/quickbooks/limits.js";
import { createOAuth } from "../../src/quickbooks/oauth.js";
import { createTokenStore } from "../../src/quickbooks/tokens.js";
import { createUsage } from "../../src/quickbooks/usage.js";

/** A program: one of several processes that read one company at once. It prints what became of each of its requests. */
const environment = z
  .object({
    DATABASE_URL: z.string(),
    DISCOVERY_DOCUMENT: z.string(),
    API_BASE_URL: z.string(),
    CLIENT_ID: z.string(),
    CLIENT_SECRET: z.string(),
    ENCRYPTION_KEY: z.string(),
    CONNECTION_ID: z.string(),
    REQUESTS: z.coerce.number(),
  })
  .parse(process.env);

const log = createLog({ level: "silent" });
const clock = systemClock;
const settings = {
  clientId: environment.CLIENT_ID,
  clientSecret: environment.CLIENT_SECRET,
  environment: "SIMULATOR" as const,
  discoveryDocument: environment.DISCOVERY_DOCUMENT,
  apiBaseUrl: environment.API_BASE_URL,
  requestsPerMinute: 10_000,
  requestsPerSecond: 1_000,
  concurrency: 50,
  monthlyReads: 1_000_000,
};
const database = openDatabase(environment.DATABASE_URL, { log });
const keyRing = createKeyRing([{ id: "k1", key: Buffer.from(environment.ENCRYPTION_KEY, "base64") }]);
const common = { database, keyRing, settings, clock, log };
const oauth = createOAuth({ ...common, discovery: createDiscovery(common) });
const tokens = createTokenStore({ ...common, oauth });
const limiter = createLimiter(common);
const usage = createUsage(common);
const quickbooks = createQuickBooksClient({ ...common, tokens, limiter, usage });

const read = async (): Promise<string> => {
  try {
    const company = await quickbooks.for(environment.CONNECTION_ID);
    return (await company.companyInfo()).companyName;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
};

const outcomes = await Promise.all(Array.from({ length: environment.REQUESTS }, read));
await limiter.close();
await usage.close();
await database.close();
process.stdout.write(JSON.stringify(outcomes));
