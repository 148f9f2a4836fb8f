import { z } from "zod";
import { logLevels } from "../log.js";
import { encryptionKeys } from "./encryption-keys.js";
import { isPlaceholder } from "./placeholder.js";

/** Each variable by itself: how its text becomes a value. Messages complete the variable's name and never repeat the value. */
const shape = z
  .object({
    PORT: wholeNumber(0, 65_535),
    HOST: z.string(),
    PUBLIC_URL: url(["http:", "https:"]).refine(
      (text) => isOrigin(text),
      "must be an origin without a path, such as https://books.example.com.",
    ),
    ALLOWED_ORIGINS: list().refine(
      (origins) => origins.every(isOrigin),
      "must be origins without a path, separated by commas: https://app.example.com.",
    ),
    TRUST_PROXY: z.string().transform(readTrustProxy),
    METRICS_TOKEN: z.string().min(16, "must have at least 16 characters. Make one with: openssl rand -hex 16."),
    DATABASE_URL: url(["postgres:", "postgresql:"]),
    MONGODB_URL: url(["mongodb:", "mongodb+srv:"]),
    DATA_DIR: z.string(),
    PROCESS_ROLE: oneOf(["all", "web", "worker"]),
    DEMO: oneOf(["true", "false"]),
    LOG_LEVEL: oneOf(logLevels),
    QUERY_POINTS_PER_SECOND: wholeNumber(1, 1_000_000),
    ALERT_WEBHOOK_URL: url(["http:", "https:"]),
    QUICKBOOKS_CLIENT_ID: z.string(),
    QUICKBOOKS_CLIENT_SECRET: secret(16, "copy the client secret from the app's keys at developer.intuit.com."),
    QUICKBOOKS_ENVIRONMENT: oneOf(["sandbox", "production", "simulator"]),
    QUICKBOOKS_DISCOVERY_DOCUMENT: url(["http:", "https:"]),
    QUICKBOOKS_API_BASE_URL: url(["http:", "https:"]).transform((text) => text.replace(/\/+$/, "")),
    QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: list().refine(
      (tokens) => tokens.length > 0 && tokens.length <= 2 && tokens.every((token) => token.length >= 16),
      "must be the verifier token of the app's webhooks page, or two during a rotation, separated by a comma; each of at least 16 characters.",
    ),
    QUICKBOOKS_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000),
    QUICKBOOKS_REQUESTS_PER_SECOND: wholeNumber(1, 100_000),
    QUICKBOOKS_CONCURRENCY: wholeNumber(1, 1_000),
    QUICKBOOKS_MONTHLY_READS: wholeNumber(1, 1_000_000_000),
    ENCRYPTION_KEYS: encryptionKeys,
    AUTH_SECRET: secret(32, "make one with: openssl rand -base64 48."),
    AUTH_JWKS_URL: url(["http:", "https:"]).refine(
      (text) => text.startsWith("https:") || isLoopback(new URL(text).hostname),
      "must begin with https://; http:// serves for localhost alone.",
    ),
    AUTH_ISSUER: z.string(),
    AUTH_AUDIENCE: z.string(),
    AUTH_AUTO_PROVISION: oneOf(["none", "members", "organizations"]),
  })
  .partial();

export type Variables = z.output<typeof shape>;
export type VariableName = keyof typeof shape.shape;

export const variableNames = new Set<string>(Object.keys(shape.shape));

/** The values that could be read, and a line for each that could not. */
export function readVariables(env: NodeJS.ProcessEnv): {
  readonly values: Variables;
  readonly problems: readonly string[];
} {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, text]) => variableNames.has(name) && text !== "" && text !== undefined),
  );
  const result = shape.safeParse(given);
  if (result.success) return { values: result.data, problems: unknownNames(env) };
  const wrong = new Set(result.error.issues.map(({ path }) => String(path[0])));
  const values = shape.parse(Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name))));
  return {
    values,
    problems: [
      ...result.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`),
      ...unknownNames(env),
    ],
  };
}

/** The value of a variable that has been seen to be set. */
export function given<Name extends VariableName>(values: Variables, name: Name): NonNullable<Variables[Name]> {
  const value = values[name];
  if (value === undefined) throw new Error(`${name} is missing.`);
  return value;
}

/** A misspelt setting would silently be the default. */
function unknownNames(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("QUICKBOOKS_") && !variableNames.has(name))
    .map((name) => `${name} is not a setting of the gateway. Correct its name or remove it.`);
}

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(hostname);
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${String(min)} to ${String(max)}.`;
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function oneOf<const Options extends readonly [string, ...string[]]>(options: Options) {
  return z.enum(options, { error: `must be one of ${options.join(", ")}.` });
}

function list() {
  return z.string().transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  );
}

function url(protocols: readonly string[]) {
  const message = `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}.`;
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), message);
}

function secret(minLength: number, remedy: string) {
  return z
    .string()
    .refine((text) => text.length >= minLength, `must have at least ${String(minLength)} characters: ${remedy}`)
    .refine((text) => !isPlaceholder(text), `is a placeholder: ${remedy}`);
}

function isOrigin(text: string): boolean {
  return (
    URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text.replace(/\/$/, "")
  );
}

/** "true" would believe whatever address a client claims. */
function readTrustProxy(text: string, context: z.RefinementCtx): false | number | readonly string[] {
  if (text === "false") return false;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const proxies = text.split(",").map((part) => part.trim());
  if (
    proxies.every((proxy) =>
      /^(loopback|linklocal|uniquelocal|[\d.]+(\/\d+)?|[\da-f:]*:[\da-f:]*(\/\d+)?)$/i.test(proxy),
    )
  )
    return proxies;
  context.addIssue(
    "must be the number of proxies before the gateway, or their addresses separated by commas (loopback, uniquelocal, 10.0.0.0/8).",
  );
  return z.NEVER;
}
