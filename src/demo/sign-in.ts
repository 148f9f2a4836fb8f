import { timingSafeEqual } from "node:crypto";
import { randomToken, sha256Bytes } from "../foundation/ids.js";

/** The one-time code of the address that a demo prints: whoever opens it first gets the demo member's token. */
export interface SignIn {
  readonly code: string;
  /** undefined where the code is wrong or used. */
  redeem(code: string): Promise<string | undefined>;
}

export function createSignIn(token: () => Promise<string>): SignIn {
  const code = randomToken(16);
  let isUsed = false;
  return {
    code,
    async redeem(given) {
      if (isUsed || !timingSafeEqual(sha256Bytes(given), sha256Bytes(code))) return undefined;
      isUsed = true;
      return token();
    },
  };
}
