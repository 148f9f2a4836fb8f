import type { PoolClient } from "pg";
import { z } from "zod";
import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { Streams } from "../foundation/streams.js";
import type { CompanyClient, CompanyInfo, Preferences } from "../quickbooks/client.js";
import type { ClaimedRun } from "./full/context.js";
import { beginLife, type BeginningServices, isLaterLife } from "./new-life.js";
import { LeaseLost, type Progress } from "./progress.js";
import { connectionStream } from "./run-view.js";
import { snakeToCamel } from "./rows.js";

interface CareServices extends BeginningServices {
  readonly database: Database;
  readonly streams: Streams;
  readonly log: Log;
}

/** What is kept of a company beside its records. Null where QuickBooks did not say it. */
const facts = z.object({
  companyName: z.string().nullable(),
  country: z.string().nullable(),
  timeZone: z.string().nullable(),
  homeCurrency: z.string().nullable(),
  isMultiCurrency: z.boolean(),
  /** `YYYY-MM-DD`, by QuickBooks' closing date: nothing is written into what lies before. */
  booksClosedUntil: z.string().nullable(),
});
type Facts = z.infer<typeof facts>;

const keptCompany = z
  .record(z.string(), z.unknown())
  .transform(snakeToCamel)
  .pipe(facts.extend({ companyCreatedAt: z.date().nullable() }));

/** Nothing tells of changes of CompanyInfo and Preferences, so they are read daily. */
const isDueStatement = `
  SELECT company_read_at IS NULL OR company_read_at < now() - interval '24 hours' AS "isDue" FROM connections WHERE id = $1`;

const lockStatement = `
  SELECT company_name, country, time_zone, home_currency, is_multi_currency, books_closed_until::text, company_created_at
  FROM connections WHERE id = $1 FOR UPDATE`;

/** A time to come was planned by the clocks of the company's time zone: the sweep plans it anew. One that has passed is still to be served. */
const keepStatement = `
  UPDATE connections SET company_name = $2, country = $3, home_currency = $5, company_read_at = now(),
    is_multi_currency = $7, books_closed_until = $8,
    company_created_at = coalesce(company_created_at, $6),
    next_sync_at = CASE WHEN time_zone IS DISTINCT FROM $4 AND next_sync_at > now() THEN NULL ELSE next_sync_at END,
    next_verification_at = CASE WHEN time_zone IS DISTINCT FROM $4 AND next_verification_at > now() THEN NULL ELSE next_verification_at END,
    time_zone = $4
  WHERE id = $1`;

/** Looks after what one run learns of its company: who it is, and whether it is still in the life that the mirror is of. */
export class CompanyCare {
  readonly #services: CareServices;
  readonly #run: ClaimedRun;
  readonly #client: CompanyClient;
  readonly #progress: Progress;
  #preferences: Preferences | undefined;

  constructor(services: CareServices, run: ClaimedRun, client: CompanyClient, progress: Progress) {
    this.#services = services;
    this.#run = run;
    this.#client = client;
    this.#progress = progress;
  }

  /** Looks where nobody has for a day. */
  async lookDaily(signal: AbortSignal): Promise<void> {
    const { rows } = await this.#services.database.pool.query(isDueStatement, [this.#run.connectionId]);
    if (z.object({ isDue: z.boolean() }).parse(rows[0]).isDue) await this.look(signal);
  }

  /**
   * Reads CompanyInfo, the first time Preferences too, and keeps them. Answers QuickBooks' own present. A later creation time than
   * the one that is known means that the company was reset: then its next life begins here, this run has ended, and LeaseLost is thrown.
   */
  async look(signal: AbortSignal): Promise<Date> {
    const info = await this.#client.companyInfo(signal);
    const preferences = (this.#preferences ??= await this.#client.preferences(signal));
    const { database, log } = this.#services;
    const { connectionId, id: runId } = this.#run;
    const isReset = await database.transaction((client) => this.#keep(client, info, preferences));
    if (!isReset) return info.time;
    log.warn({ connectionId, runId }, "The company was reset in QuickBooks: its new records are read whole.");
    throw new LeaseLost(`The run ${runId} has ended, because its company was reset.`);
  }

  async #keep(client: PoolClient, info: CompanyInfo, preferences: Preferences): Promise<boolean> {
    const { connectionId, organizationId } = this.#run;
    const { rows } = await client.query(lockStatement, [connectionId]);
    const before = keptCompany.parse(rows[0]);
    const { companyName, country = null, timeZone = null, createdAt = null } = info;
    const { homeCurrency = null, isMultiCurrency, booksClosedUntil = null } = preferences;
    const after = { companyName, country, timeZone, homeCurrency, isMultiCurrency, booksClosedUntil };
    const isReset = isLaterLife(createdAt, before.companyCreatedAt);
    const prove = () => this.#progress.touch(client);
    await (isReset ? beginLife(client, this.#services, this.#run, { createdAt, prove }) : prove());
    await client.query(keepStatement, [
      ...[connectionId, companyName, country, timeZone, homeCurrency, createdAt],
      ...[isMultiCurrency, booksClosedUntil],
    ]);
    if (!isSame(before, after)) {
      await this.#services.streams.append(client, connectionStream(organizationId), "CHANGED", { connectionId });
    }
    return isReset;
  }
}

const isSame = (before: Facts, after: Facts): boolean =>
  JSON.stringify(facts.parse(before)) === JSON.stringify(facts.parse(after));
