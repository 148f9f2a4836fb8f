import { timingSafeEqual } from "node:crypto";
import { html, json, redirect } from "../answers.js";
import type { Answer } from "../answers.js";
import type { Request } from "../request.js";
import { bearerOf } from "../request.js";
import { consentPage } from "./consent.js";
import type { Grants, Tokens } from "./grants.js";
import type { IdTokens } from "./id-token.js";

/** The app as registered, and the companies a person may choose. */
export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Empty: any redirect URI is taken. */
  readonly redirectUris: readonly string[];
  readonly autoConsent: boolean;
  readonly companies: () => readonly { readonly realmId: string; readonly name: string }[];
}

export const paths = {
  authorize: "/connect/oauth2",
  token: "/oauth2/v1/tokens/bearer",
  revoke: "/v2/oauth2/tokens/revoke",
  userinfo: "/v1/openid_connect/userinfo",
  jwks: "/op/v1/jwks",
} as const;

const knownScopes = [
  "com.intuit.quickbooks.accounting",
  "com.intuit.quickbooks.payment",
  "openid",
  "profile",
  "email",
  "phone",
  "address",
];

/** The OAuth 2.0 and OpenID endpoints of one app. */
export class OAuthEndpoints {
  constructor(
    readonly app: App,
    readonly grants: Grants,
    readonly idTokens: IdTokens,
  ) {}

  /** The discovery document; sandbox and production differ in nothing here. */
  discovery(origin: string): Answer {
    return json(200, {
      issuer: this.idTokens.issuer,
      authorization_endpoint: origin + paths.authorize,
      token_endpoint: origin + paths.token,
      userinfo_endpoint: origin + paths.userinfo,
      revocation_endpoint: origin + paths.revoke,
      jwks_uri: origin + paths.jwks,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid", "email", "profile", "address", "phone"],
      token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
      claims_supported: ["aud", "exp", "iat", "iss", "realmid", "sub"],
    });
  }

  /** The page on which a person chooses a company; with `auto=1`, or set up so, it consents at once to `realmId` or the first company. */
  authorize({ query }: Request): Answer {
    const redirectUri = query.get("redirect_uri") ?? "";
    const refusal = this.#refuseAuthorization(query, redirectUri);
    if (refusal !== undefined) return html(400, `<h1>This connection request is not valid</h1><p>${refusal}</p>`);
    const scopes = (query.get("scope") ?? "").split(" ").filter(Boolean);
    const back = new URL(redirectUri);
    back.searchParams.set("state", query.get("state") ?? "");
    if (scopes.length === 0 || scopes.some((scope) => !knownScopes.includes(scope)))
      return withError(back, "invalid_scope");
    const decision = query.get("decision");
    if (decision === "cancel") return withError(back, "access_denied");
    const companies = this.app.companies();
    const realmId = query.get("realmId") ?? companies[0]?.realmId;
    const isDecided = decision === "connect" || query.get("auto") === "1" || this.app.autoConsent;
    if (!isDecided) return consentPage(query, companies);
    if (realmId === undefined || !companies.some((company) => company.realmId === realmId))
      return withError(back, "access_denied");
    back.searchParams.set("code", this.grants.authorize(realmId, scopes, redirectUri));
    back.searchParams.set("realmId", realmId);
    return redirect(back.href);
  }

  #refuseAuthorization(query: URLSearchParams, redirectUri: string): string | undefined {
    if (query.get("client_id") !== this.app.clientId) return "The client_id is unknown.";
    if (query.get("response_type") !== "code") return "The response_type must be code.";
    if (!query.get("state")) return "The state is missing.";
    if (!URL.canParse(redirectUri)) return "The redirect_uri is missing or not an address.";
    const { redirectUris } = this.app;
    return redirectUris.length > 0 && !redirectUris.includes(redirectUri)
      ? "The redirect_uri is not registered for the app."
      : undefined;
  }

  token(request: Request): Answer {
    if (!this.#isApp(request)) return json(401, { error: "invalid_client" });
    const form = new URLSearchParams(request.body);
    const grantType = form.get("grant_type");
    if (grantType === "authorization_code") {
      const tokens = this.grants.exchange(form.get("code") ?? "", form.get("redirect_uri") ?? "");
      return tokens
        ? this.#issued(request, tokens)
        : json(400, { error: "invalid_grant", error_description: "Invalid authorization code" });
    }
    if (grantType === "refresh_token") {
      const tokens = this.grants.refresh(form.get("refresh_token") ?? "");
      return tokens
        ? this.#issued(request, tokens)
        : json(400, { error: "invalid_grant", error_description: "Incorrect or invalid refresh token" });
    }
    return json(400, { error: grantType === null ? "invalid_request" : "unsupported_grant_type" });
  }

  #issued({ headers, startedMs }: Request, tokens: Tokens): Answer {
    const { grant } = tokens;
    return json(200, {
      token_type: "bearer",
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      expires_in: 3600,
      x_refresh_token_expires_in: tokens.refreshExpiresInSeconds,
      ...(headers["x-include-refresh-token-hard-expires-in"] === "true"
        ? { x_refresh_token_hard_expires_in: tokens.hardExpiresInSeconds }
        : {}),
      ...(grant.scopes.includes("openid")
        ? { id_token: this.idTokens.mint(this.app.clientId, grant.realmId, startedMs) }
        : {}),
    });
  }

  revoke(request: Request): Answer {
    if (!this.#isApp(request)) return json(401, { error: "invalid_client" });
    const token = revokedToken(request.body);
    if (token === undefined) return json(400, { error: "invalid_request" });
    return this.grants.revoke(token) ? { status: 200, headers: {}, body: "" } : json(400, { error: "invalid_request" });
  }

  userinfo(request: Request): Answer {
    const grant = this.grants.check(bearerOf(request) ?? "");
    if (typeof grant === "string") return json(401, { error: "invalid_token" });
    return json(200, {
      sub: this.idTokens.subject,
      ...(grant.scopes.includes("email") ? { email: "owner@nursery.example", emailVerified: true } : {}),
      ...(grant.scopes.includes("profile") ? { givenName: "Robin", familyName: "Alder" } : {}),
      ...(grant.scopes.includes("phone") ? { phoneNumber: "+1 4155550148", phoneNumberVerified: false } : {}),
    });
  }

  #isApp({ headers }: Request): boolean {
    const [, encoded = ""] = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? "") ?? [];
    const given = Buffer.from(Buffer.from(encoded, "base64").toString("utf8"));
    const expected = Buffer.from(`${this.app.clientId}:${this.app.clientSecret}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

function withError(back: URL, error: string): Answer {
  back.searchParams.set("error", error);
  return redirect(back.href);
}

/** The token of a revocation: JSON as documented, or a form. */
function revokedToken(body: string): string | undefined {
  if (!body.trimStart().startsWith("{")) return new URLSearchParams(body).get("token") ?? undefined;
  const parsed: unknown = JSON.parse(body);
  const hasToken =
    typeof parsed === "object" && parsed !== null && "token" in parsed && typeof parsed.token === "string";
  return hasToken ? String(parsed.token) : undefined;
}
