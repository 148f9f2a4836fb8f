import { generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { json } from "../answers.js";
import type { Answer } from "../answers.js";

const keyId = "simulator";

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Mints the OpenID tokens. The issuer is Intuit's own: clients insist on it. The key is made when first needed. */
export class IdTokens {
  readonly issuer = "https://oauth.platform.intuit.com/op/v1";
  readonly subject = "1182d6ec-2a1f-4aa3-af3f-bb3b95db45af";
  #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;

  get #pair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
    this.#keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
    return this.#keys;
  }

  mint(clientId: string, realmId: string, nowMs: number): string {
    const issuedAt = Math.floor(nowMs / 1000);
    const claims = {
      sub: this.subject,
      aud: [clientId],
      realmid: realmId,
      iss: this.issuer,
      iat: issuedAt,
      auth_time: issuedAt,
      exp: issuedAt + 3600,
    };
    const unsigned = `${encoded({ kid: keyId, typ: "JWT", alg: "RS256" })}.${encoded(claims)}`;
    return `${unsigned}.${sign("RSA-SHA256", Buffer.from(unsigned), this.#pair.privateKey).toString("base64url")}`;
  }

  keys(): Answer {
    return json(200, {
      keys: [{ ...this.#pair.publicKey.export({ format: "jwk" }), kid: keyId, use: "sig", alg: "RS256" }],
    });
  }
}
