import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import { lowerRole, roles, type Actor } from "./actor.js";
import { keyHash } from "./api-keys.js";

const row = z.object({
  id: z.string(),
  organizationId: z.string(),
  name: z.string(),
  role: z.enum(roles),
  creatorRole: z.enum(roles).nullable(),
  connectionIds: z.array(z.string()),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
});

/** Prepared, because every request asks it. */
const findKey = {
  name: "access.findKey",
  text: `SELECT k.id, k.organization_id AS "organizationId", k.name, k.role, m.role AS "creatorRole", k.connection_ids AS "connectionIds",
      k.expires_at AS "expiresAt", k.last_used_at AS "lastUsedAt"
    FROM api_keys k LEFT JOIN members m ON m.id = k.created_by_id WHERE k.key_hash = $1 AND k.revoked_at IS NULL`,
};

/** One statement a minute for each key that is in use, however many processes use it. */
const noteUse = `UPDATE api_keys SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)`;
const notedEveryMs = 60_000;

/**
 * Who holds this key; nobody where it is unknown, revoked or over. Its role is the lower of its own and that of the member who made
 * it, as that is now.
 */
export async function findKeyHolder(
  { pool }: Database,
  clock: Clock,
  key: string,
): Promise<{ readonly actor: Actor; readonly expiresAt?: Date } | undefined> {
  const { rows } = await pool.query({ ...findKey, values: [keyHash(key)] });
  const found = row.optional().parse(rows[0]);
  const now = clock.now();
  if (found === undefined || (found.expiresAt !== null && found.expiresAt <= now)) return undefined;
  const { id, organizationId, name, role, creatorRole, connectionIds, expiresAt, lastUsedAt } = found;
  const noted = new Date(now.getTime() - notedEveryMs);
  if (lastUsedAt === null || lastUsedAt < noted) await pool.query(noteUse, [id, now, noted]);
  const actor: Actor = {
    kind: "API_KEY",
    id,
    organizationId,
    role: creatorRole === null ? role : lowerRole(role, creatorRole),
    name,
    ...(connectionIds.length > 0 && { connectionIds }),
  };
  return { actor, ...(expiresAt !== null && { expiresAt }) };
}
