import { createRemoteJWKSet, errors, jwtVerify, SignJWT, type JWTPayload, type JWTVerifyOptions } from "jose";
import { z } from "zod";
import type { Clock } from "../foundation/clock.js";
import type { AuthSettings } from "../foundation/settings.js";
import { roles, type Role } from "./actor.js";
import { Unauthenticated } from "./errors.js";

/** What a member's token says. */
export interface Claims {
  readonly subject: string;
  readonly organizationId: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

export type TokenVerifier = (token: string) => Promise<Claims>;

const clockToleranceS = 5;
/** Those of published keys; a shared secret takes HS256 alone, so that no public key can pass for a secret. */
const publishedKeyAlgorithms = ["RS256", "ES256", "EdDSA"];
/** How long published keys are believed; and how often at most they are asked for because a token names a key that is not among them. */
const publishedKeysAgeMs = 600_000;
const publishedKeysCoolDownMs = 30_000;
const publishedKeysTimeoutMs = 5_000;

const claims = z
  .object({
    sub: z.string().trim().min(1).max(200),
    org: z.uuid(),
    role: z.enum(roles),
    exp: z.number().positive(),
    name: z.string().trim().min(1).max(200).optional().catch(undefined),
    email: z.string().trim().min(1).max(200).optional().catch(undefined),
  })
  .transform(({ sub, org, role, exp, name, email }): Claims => ({
    subject: sub,
    organizationId: org.toLowerCase(),
    role,
    expiresAt: new Date(exp * 1_000),
    name,
    email,
  }));

/** Checks signature, algorithm, times, issuer and audience (RFC 7519, RFC 8725). Throws Unauthenticated for whatever is wrong with the token. */
export function createTokenVerifier(auth: AuthSettings, clock: Clock): TokenVerifier {
  const verify = signatureVerifier(auth);
  const expected = {
    requiredClaims: ["exp", "sub", "org", "role"],
    clockTolerance: clockToleranceS,
    ...(auth.issuer === undefined ? {} : { issuer: auth.issuer }),
    ...(auth.audience === undefined ? {} : { audience: auth.audience }),
  };
  return async (token) => {
    const payload = await orUnauthenticated(verify(token, { ...expected, currentDate: clock.now() }));
    const { success, data, error } = claims.safeParse(payload);
    if (!success) throw new Unauthenticated({ cause: error });
    return data;
  };
}

/** A token to try things with. Only where the gateway holds the secret, that is with AUTH_SECRET. */
export function mintToken(
  auth: AuthSettings & { readonly secret: string },
  given: Omit<Claims, "email">,
  clock: Clock,
): Promise<string> {
  const { subject, organizationId, role, expiresAt, name } = given;
  const token = new SignJWT({ org: organizationId, role, ...(name === undefined ? {} : { name }) })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(subject)
    .setIssuedAt(clock.now())
    .setExpirationTime(expiresAt);
  if (auth.issuer !== undefined) token.setIssuer(auth.issuer);
  if (auth.audience !== undefined) token.setAudience(auth.audience);
  return token.sign(new TextEncoder().encode(auth.secret));
}

function signatureVerifier({ secret, jwksUrl }: AuthSettings) {
  if (secret !== undefined) {
    const key = new TextEncoder().encode(secret);
    return async (token: string, options: JWTVerifyOptions): Promise<JWTPayload> =>
      (await jwtVerify(token, key, { ...options, algorithms: ["HS256"] })).payload;
  }
  if (jwksUrl === undefined) throw new Error("Neither AUTH_SECRET nor AUTH_JWKS_URL is set. Set one of them.");
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: publishedKeysAgeMs,
    cooldownDuration: publishedKeysCoolDownMs,
    timeoutDuration: publishedKeysTimeoutMs,
  });
  return async (token: string, options: JWTVerifyOptions): Promise<JWTPayload> =>
    (await jwtVerify(token, keys, { ...options, algorithms: publishedKeyAlgorithms })).payload;
}

/** That the issuer's keys cannot be had is no fault of the token: such errors pass as they are. */
async function orUnauthenticated<T>(verification: Promise<T>): Promise<T> {
  try {
    return await verification;
  } catch (error) {
    const isOfToken =
      error instanceof errors.JOSEError &&
      !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) &&
      error.code !== errors.JOSEError.code;
    throw isOfToken ? new Unauthenticated({ cause: error }) : error;
  }
}
