import { createHmac } from "node:crypto";
import type { Clock } from "../../foundation/clock.js";
import type { KeyRing } from "../../foundation/encryption.js";
import { postOutbound, type Resolve } from "../../foundation/outbound/post.js";

/** Where alerts are told outside of the gateway. */
export interface AlertWebhook {
  /** Tells one; rejects where it was not taken, with a message that is fit for the log. */
  send(notice: object, signal: AbortSignal): Promise<void>;
}

interface AlertWebhookOptions {
  readonly url: string;
  readonly keyRing: Pick<KeyRing, "lookup">;
  /** A simulator's gateway may tell a program on its own machine. */
  readonly environment: string;
  readonly clock: Clock;
  readonly resolve?: Resolve;
  readonly authorities?: string;
}

const timeoutMs = 10_000;

/** What carries the time (seconds since 1970) and the signature of a notice: `t=1767225600,v1=<64 hexadecimal digits>`. */
export const signatureHeader = "gateway-signature";

/**
 * The text that signs what is sent to this address: derived from a key that the database keeps and no rotation changes, and of
 * another address another. Operators ask for it with `alert key`.
 */
export function signingKey(keyRing: Pick<KeyRing, "lookup">, url: string): string {
  return keyRing.lookup(`alert webhook ${new URL(url).href}`);
}

/** HMAC-SHA256 over the time, a full stop and the body, so that neither can be changed nor sent again much later. */
export function signatureOf(key: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac("sha256", key).update(`${at}.${body}`).digest("hex")}`;
}

export function createAlertWebhook({
  keyRing,
  environment,
  clock,
  resolve,
  authorities,
  ...options
}: AlertWebhookOptions): AlertWebhook {
  const url = new URL(options.url);
  const key = signingKey(keyRing, options.url);
  return {
    async send(notice, signal) {
      const body = JSON.stringify(notice);
      const at = Math.floor(clock.now().getTime() / 1000);
      const headers = { "content-type": "application/json", [signatureHeader]: signatureOf(key, at, body) };
      const isLoopbackAllowed = environment === "SIMULATOR";
      const how = {
        timeoutMs,
        isLoopbackAllowed,
        signal,
        ...(resolve && { resolve }),
        ...(authorities && { authorities }),
      };
      const status = await postOutbound({ url, headers, body, ...how });
      if (status < 200 || status > 299) throw new Error(`The alert webhook answered with HTTP ${status}.`);
    },
  };
}
