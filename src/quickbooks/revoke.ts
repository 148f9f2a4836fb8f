import type { Log } from "../foundation/log.js";
import type { OAuth } from "./oauth.js";

/** Best effort: a grant whose tokens are forgotten ends by itself, and a company must be free to leave while Intuit is down. */
export async function revokeQuietly(
  { oauth, log }: { readonly oauth: Pick<OAuth, "revoke">; readonly log: Pick<Log, "warn"> },
  refreshToken: string,
): Promise<void> {
  try {
    await oauth.revoke(refreshToken);
  } catch (error) {
    log.warn({ err: error }, "An authorization could not be revoked at Intuit; it ends by itself when it is not used.");
  }
}
