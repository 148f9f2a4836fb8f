import { readAuth, type AuthSettings } from "./settings/auth.js";
import { missingSettings, demoContradictions, isDemo, type Mode } from "./settings/mode.js";
import {
  quickbooksProblems,
  readLimits,
  readQuickbooks,
  type ApiLimits,
  type Environment,
  type QuickbooksSettings,
} from "./settings/quickbooks.js";
import { given, isLoopback, readVariables, type Variables } from "./settings/variables.js";
import type { EncryptionKey } from "./encryption.js";
import type { LogLevel } from "./log.js";

export type { ApiLimits, AuthSettings, Environment, Mode, QuickbooksSettings };

/** What a start needs to know whether or not QuickBooks is configured. */
export interface CommonSettings {
  readonly port: number;
  readonly host: string;
  /** Where browsers reach the gateway, without a slash at the end. */
  readonly publicUrl: string;
  readonly allowedOrigins: readonly string[];
  /** As Express takes it: how many proxies stand before the gateway, or their addresses. */
  readonly trustProxy: false | number | readonly string[];
  readonly metricsToken?: string | undefined;
  /** What a member or a key may ask for by GraphQL; left out: what `access/budgets.ts` says. */
  readonly queryPointsPerSecond?: number | undefined;
  /** Left out: the embedded database under `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly mongodbUrl?: string | undefined;
  readonly dataDir: string;
  readonly role: "all" | "web" | "worker";
  readonly logLevel: LogLevel;
  /** Where alerts are told. */
  readonly alertWebhookUrl?: string | undefined;
}

/** Everything that the gateway runs with. */
export interface Settings extends CommonSettings {
  readonly mode: Mode;
  readonly quickbooks: QuickbooksSettings;
  /** The first encrypts. */
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly auth: AuthSettings;
}

/** A demo's settings before its start has made keys, secrets and a simulator: `completeDemoSettings` adds these. */
export interface DemoDraft extends CommonSettings {
  readonly mode: "demo";
  readonly limits: ApiLimits;
}

/** What a demo start makes for itself. */
export interface DemoParts {
  readonly quickbooks: Omit<QuickbooksSettings, keyof ApiLimits | "environment">;
  readonly encryptionKeys: readonly EncryptionKey[];
  readonly auth: AuthSettings;
  /** Where the port is only known once it is open. */
  readonly publicUrl?: string;
}

export type ConfiguredSettings = Settings & { readonly mode: "configured" };

/** The settings cannot be used. One line for each mistake names the variable and the remedy; no value is ever printed. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(readonly problems: readonly string[]) {
    super(["The gateway cannot start with these settings:", ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}

/**
 * Reads the environment's settings all at once: throws one SettingsError with every mistake. An empty variable counts as not set.
 * Narrow by `mode`: a demo's are a draft.
 */
export function readSettings(env: NodeJS.ProcessEnv): ConfiguredSettings | DemoDraft {
  const { values, problems } = readVariables(env);
  const mode = isDemo(env, values) ? "demo" : "configured";
  const found = [
    ...problems,
    ...(mode === "demo" ? demoContradictions(env, values) : configuredProblems(env, values)),
    ...alertWebhookProblems(values, mode),
  ];
  if (found.length > 0) throw new SettingsError(found);
  const common = readCommon(values, mode);
  if (mode === "demo") return { ...common, mode, limits: readLimits(values, "SIMULATOR") };
  const encryptionKeys = given(values, "ENCRYPTION_KEYS");
  return { ...common, mode, quickbooks: readQuickbooks(values), encryptionKeys, auth: readAuth(values) };
}

/** A demo's settings with what its start made. */
export function completeDemoSettings(draft: DemoDraft, parts: DemoParts): Settings {
  const { limits, ...common } = draft;
  const { quickbooks, encryptionKeys, auth, publicUrl = draft.publicUrl } = parts;
  return {
    ...common,
    publicUrl,
    quickbooks: { ...quickbooks, ...limits, environment: "SIMULATOR" },
    encryptionKeys,
    auth,
  };
}

function configuredProblems(env: NodeJS.ProcessEnv, values: Variables): readonly string[] {
  return [...missingSettings(env, values), ...quickbooksProblems(values), ...publicUrlProblems(values)];
}

function publicUrlProblems({ PUBLIC_URL: url }: Variables): readonly string[] {
  if (url === undefined || url.startsWith("https:") || isLoopback(new URL(url).hostname)) return [];
  return [
    "PUBLIC_URL must begin with https://, for Intuit redirects browsers to no other; http:// serves for localhost alone.",
  ];
}

/** What a name resolves to is looked at where it is connected to; what is written out can be refused at the start. */
function alertWebhookProblems(values: Variables, mode: Mode): readonly string[] {
  const { ALERT_WEBHOOK_URL: address, QUICKBOOKS_ENVIRONMENT: environment } = values;
  if (address === undefined) return [];
  const { protocol, hostname } = new URL(address);
  const isOwn = isLoopback(hostname);
  if (isOwn && (mode === "demo" || environment === "simulator")) return [];
  if (protocol === "https:" && !isOwn) return [];
  return [
    "ALERT_WEBHOOK_URL must begin with https:// and lead to a public host; with a simulator, localhost serves too.",
  ];
}

function readCommon(values: Variables, mode: Mode): CommonSettings {
  const port = values.PORT ?? 3000;
  return {
    port,
    host: values.HOST ?? (mode === "demo" ? "127.0.0.1" : "0.0.0.0"),
    publicUrl: values.PUBLIC_URL ?? `http://127.0.0.1:${String(port)}`,
    allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    trustProxy: values.TRUST_PROXY ?? false,
    dataDir: values.DATA_DIR ?? ".data",
    role: values.PROCESS_ROLE ?? "all",
    // A demo's first sync would push its sign-in address off the screen.
    logLevel: values.LOG_LEVEL ?? (mode === "demo" ? "warn" : "info"),
    metricsToken: values.METRICS_TOKEN,
    queryPointsPerSecond: values.QUERY_POINTS_PER_SECOND,
    databaseUrl: values.DATABASE_URL,
    mongodbUrl: values.MONGODB_URL,
    alertWebhookUrl: values.ALERT_WEBHOOK_URL,
  };
}
