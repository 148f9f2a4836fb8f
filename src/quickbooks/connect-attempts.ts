import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { KeyRing } from "../foundation/encryption.js";
import { type Ids, randomToken, sha256 } from "../foundation/ids.js";

/** Who begins to connect, and where to. */
export interface NewAttempt {
  readonly organizationId: string;
  readonly actorId: string;
  readonly environment: string;
  /** The connection to reconnect. */
  readonly connectionId: string | undefined;
  readonly returnTo: string;
}

export interface RedeemedAttempt {
  readonly connectionId: string | undefined;
  readonly code: string;
  readonly realmId: string;
}

export interface AttemptsOptions {
  readonly pool: Pool;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly ids: Ids;
}

const stateLifetimeMs = 10 * 60 * 1000;
const codeLifetimeMs = 5 * 60 * 1000;

const begun = z.object({ id: z.string(), return_to: z.string() });
const redeemed = z.object({
  id: z.string(),
  connection_id: z.string().nullable(),
  code: z.string(),
  realm_id: z.string(),
});

/**
 * Attempts to connect a company. State and handle are secrets of 256 bits, kept as hashes and consumed by the statement that
 * finds them, so that each serves once (RFC 9700, 4.7).
 */
export class ConnectAttempts {
  constructor(private readonly options: AttemptsOptions) {}

  async begin(tx: PoolClient, attempt: NewAttempt): Promise<{ readonly state: string; readonly expiresAt: Date }> {
    const { ids } = this.options;
    const state = randomToken();
    const now = this.options.clock.now();
    const expiresAt = new Date(now.getTime() + stateLifetimeMs);
    await tx.query("DELETE FROM connect_attempts WHERE expires_at < $1", [now]);
    await tx.query(
      `INSERT INTO connect_attempts
         (id, organization_id, member_id, environment, connection_id, return_to, state_hash, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        ids.newId(),
        attempt.organizationId,
        attempt.actorId,
        attempt.environment,
        attempt.connectionId ?? null,
        attempt.returnTo,
        sha256(state),
        expiresAt,
        now,
      ],
    );
    return { state, expiresAt };
  }

  /** The attempt that began with this state; undefined where it is unknown, used or too old. */
  async consumeState(state: string): Promise<{ readonly id: string; readonly returnTo: string } | undefined> {
    const { rows } = await this.options.pool.query(
      `UPDATE connect_attempts SET state_used_at = $2 WHERE state_hash = $1 AND state_used_at IS NULL AND expires_at > $2
       RETURNING id, return_to`,
      [sha256(state), this.options.clock.now()],
    );
    const attempt = begun.optional().parse(rows[0]);
    return attempt && { id: attempt.id, returnTo: attempt.return_to };
  }

  /** Keeps what consent gave, for five minutes; returns the one-time handle to it. */
  async keepCode(id: string, { code, realmId }: { readonly code: string; readonly realmId: string }): Promise<string> {
    const { pool, keyRing, clock } = this.options;
    const handle = randomToken();
    await pool.query(
      "UPDATE connect_attempts SET handle_hash = $2, code = $3, realm_id = $4, expires_at = $5 WHERE id = $1",
      [
        id,
        sha256(handle),
        keyRing.encrypt(code, place(id, "code")),
        keyRing.encrypt(realmId, place(id, "realm_id")),
        new Date(clock.now().getTime() + codeLifetimeMs),
      ],
    );
    return handle;
  }

  /** Only for who began; anybody else's try leaves the handle as it is. The code is gone afterwards. */
  async redeem(
    handle: string,
    { organizationId, actorId, environment }: Pick<NewAttempt, "organizationId" | "actorId" | "environment">,
  ): Promise<RedeemedAttempt | undefined> {
    const { pool, keyRing, clock } = this.options;
    const { rows } = await pool.query(
      `WITH found AS (
         SELECT id, code, realm_id, connection_id FROM connect_attempts
         WHERE handle_hash = $1 AND handle_used_at IS NULL AND expires_at > $2
           AND organization_id = $3 AND member_id = $4 AND environment = $5
         FOR UPDATE)
       UPDATE connect_attempts a SET handle_used_at = $2, code = NULL, realm_id = NULL FROM found WHERE a.id = found.id
       RETURNING found.id, found.connection_id, found.code, found.realm_id`,
      [sha256(handle), clock.now(), organizationId, actorId, environment],
    );
    const attempt = redeemed.optional().parse(rows[0]);
    if (attempt === undefined) return undefined;
    return {
      connectionId: attempt.connection_id ?? undefined,
      code: keyRing.decrypt(attempt.code, place(attempt.id, "code")),
      realmId: keyRing.decrypt(attempt.realm_id, place(attempt.id, "realm_id")),
    };
  }
}

function place(id: string, column: "code" | "realm_id"): string {
  return `connect_attempts|${id}|${column}`;
}
