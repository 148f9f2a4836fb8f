import type { PoolClient } from "pg";
import { z } from "zod";
import type { Actor } from "../access/actor.js";
import { sha256 } from "../foundation/ids.js";
import { UserProblem } from "./problems.js";

/** A request that its client may repeat: within 24 hours the same key of the same organization and operation answers as it did before. */
export interface KeyedRequest {
  readonly actor: Pick<Actor, "organizationId">;
  readonly operation: string;
  /** Chosen by the client; without one, every request is new. */
  readonly idempotencyKey?: string | undefined;
  /** What makes it the same request. */
  readonly content: unknown;
}

/**
 * What the same request was answered with. Of several at once the first one holds the key until its transaction ends. Throws UserProblem
 * where the key was used for another.
 */
export async function answeredBefore(client: PoolClient, request: KeyedRequest): Promise<string | undefined> {
  const { actor, operation, idempotencyKey: key } = request;
  if (key === undefined) return undefined;
  const place = [actor.organizationId, operation, key];
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [JSON.stringify(place)]);
  const { rows } = await client.query(
    `SELECT request_hash AS hash, subject_id AS answer FROM idempotency_keys
       WHERE organization_id = $1 AND operation = $2 AND key = $3 AND created_at > now() - interval '24 hours'`,
    place,
  );
  const known = z.object({ hash: z.string(), answer: z.string() }).optional().parse(rows[0]);
  if (known !== undefined && known.hash !== hashOf(request)) {
    throw new UserProblem(
      "IDEMPOTENCY_KEY_REUSED",
      "idempotencyKey",
      "This key was used for another request within 24 hours.",
    );
  }
  return known?.answer;
}

/** Keeps what a request was answered with, under the key its client chose. */
export async function rememberAnswer(client: PoolClient, request: KeyedRequest, answer: string): Promise<void> {
  const { actor, operation, idempotencyKey: key } = request;
  if (key === undefined) return;
  await client.query(
    `INSERT INTO idempotency_keys (organization_id, operation, key, request_hash, subject_id, created_at)
       VALUES ($1, $2, $3, $4, $5, now())
       ON CONFLICT (organization_id, operation, key) DO UPDATE SET request_hash = excluded.request_hash,
         subject_id = excluded.subject_id, created_at = excluded.created_at`,
    [actor.organizationId, operation, key, hashOf(request), answer],
  );
}

const hashOf = ({ content }: KeyedRequest): string => sha256(JSON.stringify(content));
