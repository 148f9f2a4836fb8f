import type { Actor } from "../access/actor.js";
import { writeAudit } from "../access/audit.js";
import type { Database } from "../foundation/database/database.js";
import type { Log } from "../foundation/log.js";
import type { OAuth } from "./oauth.js";

interface Revoking {
  readonly oauth: Pick<OAuth, "revoke">;
  readonly database: Pick<Database, "transaction">;
  readonly log: Pick<Log, "warn">;
}

/**
 * Best effort: a grant whose tokens are forgotten ends by itself, and a company must be free to leave while Intuit is down. What Intuit
 * did is audited with its transaction id, after it did it.
 */
export async function revokeQuietly(
  { oauth, database, log }: Revoking,
  refreshToken: string,
  { actor, connectionId }: { readonly actor: Actor; readonly connectionId?: string | undefined },
): Promise<void> {
  const revoked = await oauth.revoke(refreshToken, connectionId).catch((error: unknown) => {
    log.warn({ err: error }, "An authorization could not be revoked at Intuit; it ends by itself when it is not used.");
  });
  if (revoked === undefined) return;
  await database.transaction((tx) =>
    writeAudit(tx, {
      organizationId: actor.organizationId,
      actor,
      action: "connection.revoke",
      subjectType: "ConnectedCompany",
      subjectId: connectionId,
      intuitTid: revoked.intuitTid,
    }),
  );
}
