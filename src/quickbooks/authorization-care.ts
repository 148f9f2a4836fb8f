import type { PoolClient } from "pg";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { QuickbooksSettings } from "../foundation/settings.js";
import {
  claimCheck,
  claimWarning,
  type DueCheck,
  type EndingAuthorization,
  endingAuthorizations,
} from "./authorization-checks.js";
import { fiveYearsAheadMs, idleAheadMs, isSameEnd, nearEnd, type NearEnd, warningOf } from "./authorization-end.js";
import { ReconnectNeeded, RunStopped } from "./errors.js";
import type { TokenStore } from "./tokens.js";

/** Looks after authorizations that no sync uses, and warns of those that end. */
export interface AuthorizationCare {
  /**
   * One pass: renews a few authorizations that have lain idle or whose check was asked for, and warns of ends that are near. Calls
   * while one goes on share it. Never rejects: what fails is logged, and the next pass tries again.
   */
  sweep(): Promise<void>;
  /** Waits for the renewal that is on its way: its answer must not be lost. */
  stop(): Promise<void>;
}

export interface AuthorizationCareOptions {
  readonly database: Pick<Database, "pool" | "transaction">;
  readonly tokens: Pick<TokenStore, "accessToken">;
  readonly settings: Pick<QuickbooksSettings, "environment">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn" | "error">;
  /** Called in the transaction that keeps that the end was warned of. */
  readonly onEnding: (
    tx: PoolClient,
    connection: { readonly id: string; readonly organizationId: string },
  ) => Promise<void>;
}

/** So that a pass is short, and thousands that fall due together are spread: 20 a minute in each process. */
const renewalsPerPass = 5;

export function createAuthorizationCare(options: AuthorizationCareOptions): AuthorizationCare {
  return new Care(options);
}

class Care implements AuthorizationCare {
  private pass: Promise<void> | undefined;
  private isStopping = false;

  constructor(private readonly options: AuthorizationCareOptions) {}

  sweep(): Promise<void> {
    if (this.isStopping) return Promise.resolve();
    this.pass ??= this.lookAfterAll().finally(() => {
      this.pass = undefined;
    });
    return this.pass;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    await this.pass;
  }

  private async lookAfterAll(): Promise<void> {
    try {
      await this.renewDue();
      await this.warnOfEnds();
    } catch (error) {
      this.options.log.error({ err: error }, "Authorizations could not be looked after; the next sweep looks again.");
    }
  }

  private async renewDue(): Promise<void> {
    const { database, clock, settings } = this.options;
    for (let renewals = 0; renewals < renewalsPerPass && !this.isStopping; renewals++) {
      const check = await claimCheck(database.pool, { environment: settings.environment, now: clock.now() });
      if (check === undefined) return;
      await this.renew(check);
    }
  }

  /** By the way that every renewal takes (I11); Intuit's refusal is known from it as well. */
  private async renew({ connectionId, generation, retryAt }: DueCheck): Promise<void> {
    const { tokens, log } = this.options;
    try {
      await tokens.accessToken(connectionId, { staleGeneration: generation });
    } catch (error) {
      // Who disconnected it, or the store, has told of it already.
      if (error instanceof ReconnectNeeded || error instanceof RunStopped) return;
      log.warn({ err: error, connectionId, retryAt }, "An authorization could not be renewed; it is tried again.");
    }
  }

  private async warnOfEnds(): Promise<void> {
    const { database, clock, settings } = this.options;
    const now = clock.now();
    const ending = await endingAuthorizations(database.pool, {
      environment: settings.environment,
      idleEnd: new Date(now.getTime() + idleAheadMs),
      fiveYearsEnd: new Date(now.getTime() + fiveYearsAheadMs),
    });
    for (const authorization of ending) {
      const end = nearEnd(authorization, now);
      const { warnedOf } = authorization;
      if (end === undefined || (warnedOf !== null && isSameEnd(warnedOf, end.at))) continue;
      await this.warn(authorization, end);
    }
  }

  private async warn(authorization: EndingAuthorization, end: NearEnd): Promise<void> {
    const { database, log, onEnding } = this.options;
    const { connectionId, organizationId } = authorization;
    const isOurs = await database.transaction(async (tx) => {
      if (!(await claimWarning(tx, authorization, end.at))) return false;
      await onEnding(tx, { id: connectionId, organizationId });
      return true;
    });
    if (isOurs) log.warn({ connectionId, endsAt: end.at }, warningOf(end));
  }
}
