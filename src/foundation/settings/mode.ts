import { isLoopback, variableNames, type VariableName, type Variables } from "./variables.js";

export type Mode = "demo" | "configured";

const required: readonly VariableName[] = [
  "PUBLIC_URL",
  "QUICKBOOKS_CLIENT_ID",
  "QUICKBOOKS_CLIENT_SECRET",
  "QUICKBOOKS_ENVIRONMENT",
  "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN",
  "ENCRYPTION_KEYS",
];

/** A demo makes these itself; limits of its simulator may be set. */
const madeByDemo: readonly VariableName[] = [
  "QUICKBOOKS_CLIENT_ID",
  "QUICKBOOKS_CLIENT_SECRET",
  "QUICKBOOKS_ENVIRONMENT",
  "QUICKBOOKS_DISCOVERY_DOCUMENT",
  "QUICKBOOKS_API_BASE_URL",
  "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN",
  "ENCRYPTION_KEYS",
  "AUTH_SECRET",
  "AUTH_JWKS_URL",
  "AUTH_ISSUER",
  "AUTH_AUDIENCE",
  "AUTH_AUTO_PROVISION",
];

/** DEMO says so, or nothing that a configured gateway has is set; never by itself where NODE_ENV is production. */
export function isDemo(env: NodeJS.ProcessEnv, { DEMO }: Variables): boolean {
  if (DEMO !== undefined) return DEMO === "true";
  return (
    env["NODE_ENV"] !== "production" && ![...variableNames].some((name) => isOfConfiguration(name) && isSet(env, name))
  );
}

function isOfConfiguration(name: string): boolean {
  return /^(QUICKBOOKS|AUTH)_/.test(name) || ["PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEYS"].includes(name);
}

/** What contradicts a demo, which nobody but this machine may reach. */
export function demoContradictions(env: NodeJS.ProcessEnv, values: Variables): readonly string[] {
  const made = madeByDemo
    .filter((name) => isSet(env, name))
    .map((name) => `${name} must not be set in a demo, which makes its own. Unset it, or unset DEMO.`);
  const { HOST = "localhost", PUBLIC_URL = "http://localhost", PROCESS_ROLE = "all" } = values;
  return [
    ...made,
    ...(isLoopback(HOST)
      ? []
      : ["HOST must be a loopback address in a demo, such as 127.0.0.1. Unset it, or configure the gateway."]),
    ...(isLoopback(new URL(PUBLIC_URL).hostname)
      ? []
      : ["PUBLIC_URL must be on localhost in a demo. Unset it, or configure the gateway."]),
    ...(PROCESS_ROLE === "all"
      ? []
      : ["PROCESS_ROLE must be all in a demo, which is one process. Unset it, or configure the gateway."]),
  ];
}

/** What a configured gateway lacks. */
export function missingSettings(env: NodeJS.ProcessEnv, values: Variables): readonly string[] {
  const hint = env["NODE_ENV"] === "production" && values.DEMO === undefined ? " For a demo, set DEMO=true." : "";
  const missing = required.filter((name) => !isSet(env, name)).map((name) => `${name} is missing.${hint}`);
  const simulator: readonly VariableName[] =
    values.QUICKBOOKS_ENVIRONMENT === "simulator" ? ["QUICKBOOKS_DISCOVERY_DOCUMENT", "QUICKBOOKS_API_BASE_URL"] : [];
  const ofSimulator = simulator
    .filter((name) => !isSet(env, name))
    .map((name) => `${name} is missing: the simulator's has no default.`);
  return [...missing, ...ofSimulator, ...missingAuth(env), ...missingDatabase(env, values)];
}

function missingAuth(env: NodeJS.ProcessEnv): readonly string[] {
  if (isSet(env, "AUTH_SECRET") && isSet(env, "AUTH_JWKS_URL")) {
    return ["AUTH_SECRET and AUTH_JWKS_URL exclude each other. Unset the one whose tokens are not used."];
  }
  if (isSet(env, "AUTH_SECRET")) return [];
  if (!isSet(env, "AUTH_JWKS_URL"))
    return ["AUTH_SECRET is missing, or AUTH_JWKS_URL with AUTH_ISSUER and AUTH_AUDIENCE."];
  const claims = ["AUTH_ISSUER", "AUTH_AUDIENCE"] as const;
  return claims
    .filter((name) => !isSet(env, name))
    .map((name) => `${name} is missing: AUTH_JWKS_URL needs it, or tokens made for others would be accepted.`);
}

/** The embedded database belongs to one process. */
function missingDatabase(env: NodeJS.ProcessEnv, { PROCESS_ROLE = "all" }: Variables): readonly string[] {
  if (PROCESS_ROLE === "all" || isSet(env, "DATABASE_URL")) return [];
  return [`DATABASE_URL is missing: PROCESS_ROLE=${PROCESS_ROLE} shares its database with other processes.`];
}

function isSet(env: NodeJS.ProcessEnv, name: string): boolean {
  return env[name] !== undefined && env[name] !== "";
}
