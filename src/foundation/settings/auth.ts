import type { Variables } from "./variables.js";

/** How members' tokens are checked: by a shared secret (HS256), or by an issuer's published keys. */
export interface AuthSettings {
  readonly secret?: string | undefined;
  readonly jwksUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** What a valid token may create on first sight. */
  readonly autoProvision: "none" | "members" | "organizations";
}

export function readAuth(values: Variables): AuthSettings {
  return {
    secret: values.AUTH_SECRET,
    jwksUrl: values.AUTH_JWKS_URL,
    issuer: values.AUTH_ISSUER,
    audience: values.AUTH_AUDIENCE,
    autoProvision: values.AUTH_AUTO_PROVISION ?? "none",
  };
}
