import { types } from "node:util";

/** Whatever is found under such a name (in any spelling: `client_secret`, `Client-Secret`) is a secret. */
const secretNames: ReadonlySet<string> = new Set([
  "accesstoken",
  "apikey",
  "authorization",
  "authsecret",
  "clientsecret",
  "cookie",
  "databaseurl",
  "encryptionkeys",
  "idtoken",
  "intuitsignature",
  "mongodburl",
  "password",
  "realmid",
  "refreshtoken",
  "secret",
  "setcookie",
  "token",
  "verifiertoken",
  "webhookverifiertokens",
]);

/** One-time values of the OAuth exchange. Elsewhere these are ordinary words, so they count in logs alone. */
const oneTimeNames: ReadonlySet<string> = new Set(["code", "state", "handle"]);

/** Secrets inside text: bearer tokens, passwords of URLs, parameters of callback URLs, bare JSON Web Tokens and API keys. */
const secretsInText: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, "$1 [redacted]"],
  [/(\w:\/\/[^\s:/@]+):[^\s/@]+@/g, "$1:[redacted]@"],
  [/([?&#](?:code|state|handle|connect|token|access_token|refresh_token|realmId)=)[^&\s"'\\]+/gi, "$1[redacted]"],
  [
    /(\\?"(?:(?:access|refresh|id)_?token|client_?secret|authorization|password|realm_?id)\\?"\s*:\s*\\?")[^"\\]*/gi,
    "$1[redacted]",
  ],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[redacted]"],
  [/\bqbgw_[\w-]{12,}/g, "[redacted]"],
];

export const redacted = "[redacted]";
const deepest = 8;

/** Text without the secrets that can be told from their surroundings. */
export function redactText(text: string): string {
  return secretsInText.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** A copy fit for the audit trail: plain data without secrets. */
export function redactSecrets(value: unknown): unknown {
  return redact(value, secretNames, 0);
}

/** A copy fit for the log: as above, also without one-time values. */
export function redactForLog(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactEntries(entry, logNames, 0);
}

const logNames: ReadonlySet<string> = new Set([...secretNames, ...oneTimeNames]);

function redact(value: unknown, names: ReadonlySet<string>, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth === deepest) return "[too deep]";
  if (types.isNativeError(value)) return redactError(value, names, depth);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `[${String(value.byteLength)} bytes]`;
  if (Array.isArray(value)) return value.map((element) => redact(element, names, depth + 1));
  return redactEntries(value, names, depth);
}

function redactEntries(value: object, names: ReadonlySet<string>, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key,
      isNamed(key, names) && inner !== undefined && inner !== null ? redacted : redact(inner, names, depth + 1),
    ]),
  );
}

/** Only what every error has: those of the OAuth library carry tokens in properties of their own. */
function redactError(error: Error, names: ReadonlySet<string>, depth: number): unknown {
  const { name, message, stack, cause } = error;
  return {
    name,
    message: redactText(message),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined
      ? {}
      : { cause: types.isNativeError(cause) ? redact(cause, names, depth + 1) : typeof cause }),
  };
}

function isNamed(key: string, names: ReadonlySet<string>): boolean {
  return names.has(key.replace(/[-_]/g, "").toLowerCase());
}
