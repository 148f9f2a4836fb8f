import type { Clock } from "../clock.js";
import type { Switches } from "../switches.js";

const second = 1000;
const hour = 3600 * second;
const codeLifetimeMs = 600 * second;
const accessLifetimeMs = hour;
/** 101 days, as the recorded `x_refresh_token_expires_in` says. */
const refreshLifetimeMs = 8_726_400 * second;
/** Five years from the first consent, whatever is refreshed. */
const grantLifetimeMs = 157_680_000 * second;
const rotationMs = 24 * hour;

/** One company's consent to the app. Times in milliseconds since 1970. */
export interface Grant {
  readonly id: string;
  readonly realmId: string;
  readonly scopes: readonly string[];
  readonly authorizedAt: number;
  revoked: boolean;
}

interface Code {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly expiresAt: number;
  used: boolean;
}

export interface AccessToken {
  readonly grantId: string;
  readonly expiresAt: number;
}

export interface RefreshToken {
  readonly grantId: string;
  readonly issuedAt: number;
  /** Set when a newer one has replaced it. */
  replacedUntil?: number;
  usableUntil: number;
}

/** What a token request is answered with. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly refreshExpiresInSeconds: number;
  readonly hardExpiresInSeconds: number;
  readonly grant: Grant;
}

/** Everything about grants that outlives a restart. */
export interface GrantState {
  readonly grants: readonly Grant[];
  readonly access: readonly (readonly [string, AccessToken])[];
  readonly refresh: readonly (readonly [string, RefreshToken])[];
}

/** Consents, codes and tokens of one app, with QuickBooks' lifetimes. */
export class Grants {
  readonly #grants = new Map<string, Grant>();
  readonly #codes = new Map<string, Code>();
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  /** Called whenever something changed that outlives a restart. */
  onChange: (() => void) | undefined;

  constructor(
    readonly clock: Clock,
    readonly switches: Switches,
    readonly randomHex: (bytes: number) => string,
  ) {}

  get state(): GrantState {
    return { grants: [...this.#grants.values()], access: [...this.#access], refresh: [...this.#refresh] };
  }

  restore({ grants, access, refresh }: GrantState): void {
    for (const grant of grants) this.#grants.set(grant.id, grant);
    for (const [token, known] of access) this.#access.set(token, known);
    for (const [token, known] of refresh) this.#refresh.set(token, known);
  }

  /** A person consents; the code can be exchanged once, within ten minutes, with the same redirect URI. */
  authorize(realmId: string, scopes: readonly string[], redirectUri: string): string {
    const now = this.clock.now();
    const grant = { id: this.randomHex(8), realmId, scopes, authorizedAt: now, revoked: false };
    this.#grants.set(grant.id, grant);
    const code = `XAB1${this.randomHex(23)}`;
    this.#codes.set(code, { grant, redirectUri, expiresAt: now + codeLifetimeMs, used: false });
    return code;
  }

  /** Undefined means invalid_grant. */
  exchange(code: string, redirectUri: string): Tokens | undefined {
    const known = this.#codes.get(code);
    if (!known || known.used || known.redirectUri !== redirectUri || known.expiresAt <= this.clock.now())
      return undefined;
    known.used = true;
    return this.#issue(known.grant, this.#newRefreshToken(known.grant));
  }

  /** Undefined means invalid_grant. */
  refresh(token: string): Tokens | undefined {
    const known = this.#refresh.get(token);
    const grant = known && this.#grants.get(known.grantId);
    const now = this.clock.now();
    if (!grant || grant.revoked || now >= known.usableUntil || now >= (known.replacedUntil ?? Infinity))
      return undefined;
    if (now >= grant.authorizedAt + grantLifetimeMs) return undefined;
    return this.#issue(grant, this.#rotate(token, known, grant));
  }

  #rotate(token: string, known: RefreshToken, grant: Grant): string {
    const now = this.clock.now();
    const { refreshMode } = this.switches;
    if (refreshMode === "same-until-24h" && now < known.issuedAt + rotationMs) return token;
    known.replacedUntil =
      refreshMode === "rotate-immediately" ? now : Math.min(known.replacedUntil ?? Infinity, now + rotationMs);
    return this.#newRefreshToken(grant);
  }

  #newRefreshToken(grant: Grant): string {
    const now = this.clock.now();
    const token = `AB1${this.randomHex(22)}`;
    this.#refresh.set(token, { grantId: grant.id, issuedAt: now, usableUntil: now + refreshLifetimeMs });
    return token;
  }

  #issue(grant: Grant, refreshToken: string): Tokens {
    const now = this.clock.now();
    const accessToken = [
      "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0",
      "",
      this.randomHex(12),
      this.randomHex(60),
      this.randomHex(12),
    ].join(".");
    for (const [token, { expiresAt }] of this.#access) if (expiresAt + rotationMs < now) this.#access.delete(token);
    this.#access.set(accessToken, { grantId: grant.id, expiresAt: now + accessLifetimeMs });
    const usableUntil = this.#refresh.get(refreshToken)?.usableUntil ?? now;
    const endsAt = grant.authorizedAt + grantLifetimeMs;
    this.onChange?.();
    return {
      accessToken,
      refreshToken,
      refreshExpiresInSeconds: Math.floor((Math.min(usableUntil, endsAt) - now) / second),
      hardExpiresInSeconds: Math.floor((endsAt - now) / second),
      grant,
    };
  }

  /** Ends the whole grant the token belongs to. False when the token is unknown. */
  revoke(token: string): boolean {
    const id = (this.#access.get(token) ?? this.#refresh.get(token))?.grantId;
    const grant = id === undefined ? undefined : this.#grants.get(id);
    if (!grant || grant.revoked) return false;
    grant.revoked = true;
    this.onChange?.();
    return true;
  }

  /** Ends every grant of a company, as a person does who disconnects the app inside QuickBooks. */
  disconnect(realmId: string): void {
    for (const grant of this.#grants.values()) if (grant.realmId === realmId) grant.revoked = true;
    this.onChange?.();
  }

  /** The grant an access token stands for, or what is wrong with the token. */
  check(token: string): Grant | "unknown" | "expired" | "revoked" {
    const known = this.#access.get(token);
    const grant = known && this.#grants.get(known.grantId);
    if (!grant) return "unknown";
    if (grant.revoked) return "revoked";
    return this.clock.now() >= known.expiresAt ? "expired" : grant;
  }
}
