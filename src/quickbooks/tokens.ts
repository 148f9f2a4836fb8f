import type { PoolClient } from "pg";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import { DecryptionError, type KeyRing } from "../foundation/encryption.js";
import type { Log } from "../foundation/log.js";
import { ReconnectNeeded, RunStopped } from "./errors.js";
import { auditLostAuthorization } from "./lost-authorization.js";
import { GrantRefused, type OAuth, type Tokens } from "./oauth.js";
import { type TokenRow, TokenRows } from "./token-rows.js";

export interface AccessToken {
  readonly token: string;
  /** Raised by every refresh: who was refused with one asks for a newer one. */
  readonly generation: number;
}

/** The tokens of all connections. One refresh per connection at a time across processes (I11). */
export interface TokenStore {
  /** Keeps the tokens of a new grant, in the transaction that writes its connection. */
  store(tx: PoolClient, connectionId: string, tokens: Tokens): Promise<void>;
  /**
   * A token that serves for five more minutes at least, refreshed if need be; never the one of `staleGeneration`, which
   * QuickBooks refused. Throws ReconnectNeeded, RunStopped (not connected), RetryLater or RequestRejected.
   */
  accessToken(connectionId: string, options?: { readonly staleGeneration?: number | undefined }): Promise<AccessToken>;
  /** Only while the tokens of `generation` are still those of the connection: a new consent may have come in between. */
  markReauthorizationRequired(
    connectionId: string,
    cause: { readonly reason: string; readonly generation: number },
  ): Promise<void>;
  /** Has this process read the stored tokens before it uses those of `generation` again. */
  unremember(connectionId: string, generation: number): void;
  /** Deletes the tokens; returns the refresh token they held, so that it can be revoked. */
  forget(tx: PoolClient, connectionId: string): Promise<string | undefined>;
}

export interface TokenStoreOptions {
  readonly database: Pick<Database, "pool" | "transaction">;
  readonly keyRing: KeyRing;
  readonly oauth: Pick<OAuth, "refresh">;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  /** Called in the transaction that changes the status. */
  readonly onReauthorizationRequired?: (
    tx: PoolClient,
    connection: { readonly id: string; readonly organizationId: string; readonly reason: string },
  ) => Promise<void>;
}

interface KnownToken extends AccessToken {
  readonly expiresAt: Date;
}

const marginMs = 5 * 60 * 1000;

export function createTokenStore(options: TokenStoreOptions): TokenStore {
  return new StoredTokens(options);
}

class StoredTokens implements TokenStore {
  private readonly rows: TokenRows;
  private readonly known = new Map<string, KnownToken>();
  private readonly flights = new Map<string, Promise<KnownToken>>();

  constructor(private readonly options: TokenStoreOptions) {
    this.rows = new TokenRows(options.keyRing);
  }

  async store(tx: PoolClient, connectionId: string, tokens: Tokens): Promise<void> {
    await this.rows.insert(tx, connectionId, tokens, this.options.clock.now());
    this.known.delete(connectionId);
  }

  async forget(tx: PoolClient, connectionId: string): Promise<string | undefined> {
    this.known.delete(connectionId);
    try {
      return await this.rows.remove(tx, connectionId);
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      this.options.log.warn(
        { err: error, connectionId },
        "Tokens that can no longer be read are deleted without revoking them.",
      );
      return undefined;
    }
  }

  async accessToken(
    connectionId: string,
    { staleGeneration }: { readonly staleGeneration?: number | undefined } = {},
  ): Promise<AccessToken> {
    for (;;) {
      const remembered = this.known.get(connectionId);
      if (remembered !== undefined && this.serves(remembered, staleGeneration)) return remembered;
      const inFlight = this.flights.get(connectionId);
      if (inFlight === undefined) return this.fly(connectionId, staleGeneration);
      // That flight may end with the very token this caller was refused with.
      const found = await inFlight;
      if (found.generation !== staleGeneration) return found;
    }
  }

  async markReauthorizationRequired(
    connectionId: string,
    { reason, generation }: { readonly reason: string; readonly generation: number },
  ): Promise<void> {
    const { database, log, onReauthorizationRequired } = this.options;
    this.known.delete(connectionId);
    await database.transaction(async (tx) => {
      const { rows } = await tx.query<{ organizationId: string }>(
        `UPDATE connections SET status = 'REAUTHORIZATION_REQUIRED'
         WHERE id = $1 AND status = 'CONNECTED'
           AND EXISTS (SELECT FROM quickbooks_tokens WHERE connection_id = $1 AND generation = $2)
         RETURNING organization_id AS "organizationId"`,
        [connectionId, generation],
      );
      for (const { organizationId } of rows) {
        log.warn({ connectionId, reason }, "A connection needs a new authorization.");
        const lost = { id: connectionId, organizationId, reason };
        await auditLostAuthorization(tx, lost);
        await onReauthorizationRequired?.(tx, lost);
      }
    });
  }

  unremember(connectionId: string, generation: number): void {
    if (this.known.get(connectionId)?.generation === generation) this.known.delete(connectionId);
  }

  private async fly(connectionId: string, staleGeneration: number | undefined): Promise<KnownToken> {
    const flight = this.find(connectionId, staleGeneration);
    this.flights.set(connectionId, flight);
    try {
      const found = await flight;
      this.known.set(connectionId, found);
      return found;
    } finally {
      this.flights.delete(connectionId);
    }
  }

  private async find(connectionId: string, staleGeneration: number | undefined): Promise<KnownToken> {
    const stored = toKnown(usable(await this.rows.read(this.options.database.pool, connectionId)));
    return this.serves(stored, staleGeneration) ? stored : this.refresh(connectionId, staleGeneration);
  }

  private async refresh(connectionId: string, staleGeneration: number | undefined): Promise<KnownToken> {
    const { clock, database, oauth } = this.options;
    const sent: { generation?: number; tokens?: Tokens } = {};
    try {
      return await database.transaction(async (tx) => {
        const row = usable(await this.rows.read(tx, connectionId, { forUpdate: true }));
        // Another process was faster while this one waited for the row.
        if (this.serves(toKnown(row), staleGeneration)) return toKnown(row);
        sent.generation = row.generation;
        sent.tokens = await oauth.refresh(row.refreshToken, connectionId);
        await this.rows.update(tx, connectionId, sent.tokens, clock.now(), row.generation);
        return rotated(sent.tokens, row.generation);
      });
    } catch (error) {
      const { generation, tokens } = sent;
      if (generation === undefined) throw error;
      if (error instanceof GrantRefused) return this.reread(connectionId, generation, error);
      if (tokens === undefined) throw error;
      // The old token may be dead already and the new one exists only here, so a failed commit is tried once more.
      await this.rows.update(database.pool, connectionId, tokens, clock.now(), generation);
      return rotated(tokens, generation);
    }
  }

  /** After invalid_grant: the tokens may have been rotated elsewhere, or given anew, while this process asked. */
  private async reread(connectionId: string, generation: number, refusal: GrantRefused): Promise<KnownToken> {
    const found = toKnown(usable(await this.rows.read(this.options.database.pool, connectionId)));
    if (this.serves(found, generation)) return found;
    await this.markReauthorizationRequired(connectionId, { reason: refusal.message, generation });
    throw new ReconnectNeeded("Intuit no longer accepts the stored authorization. Connect the company again.", {
      cause: refusal,
      intuitTid: refusal.intuitTid,
    });
  }

  private serves(token: KnownToken, staleGeneration: number | undefined): boolean {
    const leftMs = token.expiresAt.getTime() - this.options.clock.now().getTime();
    return token.generation !== staleGeneration && leftMs > marginMs;
  }
}

function usable(row: TokenRow | undefined): TokenRow {
  if (row === undefined || row.status === "DISCONNECTED") {
    throw new RunStopped("This company is not connected. Connect it again.", "NOT_CONNECTED");
  }
  if (row.status === "REAUTHORIZATION_REQUIRED") {
    throw new ReconnectNeeded("This company must be authorized again. Connect it again.");
  }
  return row;
}

function toKnown(row: TokenRow): KnownToken {
  return { token: row.accessToken, generation: row.generation, expiresAt: row.accessTokenExpiresAt };
}

function rotated(tokens: Tokens, generation: number): KnownToken {
  return { token: tokens.accessToken, generation: generation + 1, expiresAt: tokens.accessTokenExpiresAt };
}
