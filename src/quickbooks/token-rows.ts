import type { PoolClient } from "pg";
import { z } from "zod";
import type { KeyRing } from "../foundation/encryption.js";
import type { Tokens } from "./oauth.js";

/** A connection's stored tokens, decrypted, and the state of the connection they belong to. */
export interface TokenRow {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly generation: number;
  readonly status: "CONNECTED" | "REAUTHORIZATION_REQUIRED" | "DISCONNECTED";
}

type Querying = Pick<PoolClient, "query">;

const stored = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  access_token_expires_at: z.date(),
  generation: z.number(),
  status: z.enum(["CONNECTED", "REAUTHORIZATION_REQUIRED", "DISCONNECTED"]),
});

/** Tokens in their table, encrypted and bound to their row and column. */
export class TokenRows {
  constructor(private readonly keyRing: KeyRing) {}

  /** `forUpdate` waits for whoever refreshes them now, in any process, and holds them until the transaction ends. */
  async read(client: Querying, connectionId: string, { forUpdate = false } = {}): Promise<TokenRow | undefined> {
    const { rows } = await client.query(
      `SELECT t.access_token, t.refresh_token, t.access_token_expires_at, t.generation, c.status::text
       FROM quickbooks_tokens t JOIN connections c ON c.id = t.connection_id
       WHERE t.connection_id = $1 ${forUpdate ? "FOR UPDATE OF t" : ""}`,
      [connectionId],
    );
    if (rows.length === 0) return undefined;
    const row = stored.parse(rows[0]);
    return {
      accessToken: this.keyRing.decrypt(row.access_token, place(connectionId, "access_token")),
      refreshToken: this.keyRing.decrypt(row.refresh_token, place(connectionId, "refresh_token")),
      accessTokenExpiresAt: row.access_token_expires_at,
      generation: row.generation,
      status: row.status,
    };
  }

  /** Writes the tokens of a new grant. */
  async insert(client: Querying, connectionId: string, tokens: Tokens, at: Date): Promise<void> {
    await client.query(
      `INSERT INTO quickbooks_tokens AS t (connection_id, access_token, refresh_token, access_token_expires_at,
         refresh_token_expires_at, refresh_token_ends_at, refreshed_at, generation)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
       ON CONFLICT (connection_id) DO UPDATE SET access_token = excluded.access_token,
         refresh_token = excluded.refresh_token, access_token_expires_at = excluded.access_token_expires_at,
         refresh_token_expires_at = excluded.refresh_token_expires_at,
         refresh_token_ends_at = excluded.refresh_token_ends_at, refreshed_at = excluded.refreshed_at,
         generation = t.generation + 1, check_at = NULL, warned_of = NULL`,
      this.values(connectionId, tokens, at),
    );
  }

  /** Writes refreshed tokens, unless something newer than `generation` is there. */
  async update(client: Querying, connectionId: string, tokens: Tokens, at: Date, generation: number): Promise<void> {
    await client.query(
      `UPDATE quickbooks_tokens SET access_token = $2, refresh_token = $3, access_token_expires_at = $4,
         refresh_token_expires_at = $5, refresh_token_ends_at = coalesce($6, refresh_token_ends_at), refreshed_at = $7,
         generation = generation + 1, check_at = NULL
       WHERE connection_id = $1 AND generation = $8`,
      [...this.values(connectionId, tokens, at), generation],
    );
  }

  /** Deletes the tokens; returns the refresh token they held, so that it can be revoked. */
  async remove(client: Querying, connectionId: string): Promise<string | undefined> {
    const { rows } = await client.query(
      "DELETE FROM quickbooks_tokens WHERE connection_id = $1 RETURNING refresh_token",
      [connectionId],
    );
    if (rows.length === 0) return undefined;
    const { refresh_token: refreshToken } = stored.pick({ refresh_token: true }).parse(rows[0]);
    return this.keyRing.decrypt(refreshToken, place(connectionId, "refresh_token"));
  }

  private values(connectionId: string, tokens: Tokens, at: Date): unknown[] {
    return [
      connectionId,
      this.keyRing.encrypt(tokens.accessToken, place(connectionId, "access_token")),
      this.keyRing.encrypt(tokens.refreshToken, place(connectionId, "refresh_token")),
      tokens.accessTokenExpiresAt,
      tokens.refreshTokenExpiresAt,
      tokens.refreshTokenEndsAt ?? null,
      at,
    ];
  }
}

function place(connectionId: string, column: "access_token" | "refresh_token"): string {
  return `quickbooks_tokens|${connectionId}|${column}`;
}
