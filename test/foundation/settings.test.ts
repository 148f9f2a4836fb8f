import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { completeDemoSettings, readSettings, SettingsError } from "../../src/foundation/settings.js";

const newKey = (): string => randomBytes(32).toString("base64");
const newSecret = (): string => randomBytes(48).toString("base64");

const configured = {
  PUBLIC_URL: "https://books.example.com",
  QUICKBOOKS_CLIENT_ID: "ABclientIdOfAnApp",
  QUICKBOOKS_CLIENT_SECRET: newSecret(),
  QUICKBOOKS_ENVIRONMENT: "sandbox",
  QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: "5fb3a0c2-7f41-4f0e-9c5d-0d9f9b5f6d11",
  ENCRYPTION_KEYS: `2026:${newKey()}`,
  AUTH_SECRET: newSecret(),
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

test("an empty environment is a demo on the loopback address", () => {
  expect(readSettings({})).toMatchObject({
    mode: "demo",
    host: "127.0.0.1",
    port: 3000,
    dataDir: ".data",
    role: "all",
    logLevel: "warn",
  });
});

test("a demo never begins by itself in production, where every missing setting is named", () => {
  const problems = problemsOf({ NODE_ENV: "production" });
  for (const name of [...Object.keys(configured), "DEMO=true"]) expect(problems.join("\n")).toContain(name);
});

test("DEMO=true is a demo in production too", () => {
  expect(readSettings({ NODE_ENV: "production", DEMO: "true" })).toMatchObject({ mode: "demo" });
});

test("a half-made configuration is an error that names what is missing, not a demo", () => {
  for (const [name, value] of Object.entries(configured)) {
    const problems = problemsOf({ [name]: value });
    for (const other of Object.keys(configured)) {
      expect(problems.some((problem) => problem.startsWith(`${other} is missing`))).toBe(other !== name);
    }
  }
});

test("a complete configuration is read, with Intuit's addresses and limits for its environment", () => {
  expect(readSettings(configured)).toMatchObject({
    mode: "configured",
    host: "0.0.0.0",
    quickbooks: {
      environment: "SANDBOX",
      apiBaseUrl: "https://sandbox-quickbooks.api.intuit.com",
      requestsPerMinute: 100,
      requestsPerSecond: 10,
      concurrency: 10,
    },
    auth: { autoProvision: "none" },
  });
  expect(readSettings({ ...configured, QUICKBOOKS_ENVIRONMENT: "production" })).toMatchObject({
    quickbooks: { environment: "PRODUCTION", apiBaseUrl: "https://quickbooks.api.intuit.com", requestsPerMinute: 450 },
  });
});

test("an empty variable counts as not set", () => {
  expect(readSettings({ QUICKBOOKS_CLIENT_ID: "", DATABASE_URL: "" })).toMatchObject({ mode: "demo" });
  expect(problemsOf({ ...configured, QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: "" })).toEqual([
    "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN is missing.",
  ]);
});

test("all mistakes are told at once, each with its variable, and no value is ever printed", () => {
  const wrong = {
    ...configured,
    PORT: "70707",
    LOG_LEVEL: "verbose-42",
    DATABASE_URL: "mysql://root:hunter2@db/x",
    AUTH_SECRET: "short-secret-17",
    ENCRYPTION_KEYS: "a:c2hvcnQ=",
    QUICKBOOKS_REQUESTS_PER_MINUTE: "101",
    QUICKBOOKS_API_BASE_URL: "https://evil.example.net",
    TRUST_PROXY: "true",
  };
  const problems = problemsOf(wrong);
  const text = problems.join("\n");
  for (const name of [
    "PORT",
    "LOG_LEVEL",
    "DATABASE_URL",
    "AUTH_SECRET",
    "ENCRYPTION_KEYS",
    "QUICKBOOKS_REQUESTS_PER_MINUTE",
    "QUICKBOOKS_API_BASE_URL",
    "TRUST_PROXY",
  ]) {
    expect(problems.filter((problem) => problem.startsWith(`${name} `))).toHaveLength(1);
  }
  for (const value of ["70707", "verbose-42", "hunter2", "short-secret-17", "c2hvcnQ=", "evil.example.net"])
    expect(text).not.toContain(value);
});

test.each([
  ["production's API from the sandbox", { QUICKBOOKS_API_BASE_URL: "https://quickbooks.api.intuit.com" }],
  [
    "a host that only ends like Intuit's",
    { QUICKBOOKS_API_BASE_URL: "https://sandbox-quickbooks.api.intuit.com.example.net" },
  ],
  ["plain http to Intuit", { QUICKBOOKS_API_BASE_URL: "http://sandbox-quickbooks.api.intuit.com" }],
  ["a loopback API outside the simulator", { QUICKBOOKS_API_BASE_URL: "http://127.0.0.1:4000" }],
  [
    "production's discovery document from the sandbox",
    { QUICKBOOKS_DISCOVERY_DOCUMENT: "https://developer.intuit.com/.well-known/openid_configuration" },
  ],
  ["more requests a second than Intuit takes", { QUICKBOOKS_REQUESTS_PER_SECOND: "11" }],
  ["more requests at once than Intuit takes", { QUICKBOOKS_CONCURRENCY: "11" }],
  [
    "three verifier tokens",
    { QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: "0123456789abcdef0,0123456789abcdef1,0123456789abcdef2" },
  ],
  ["a public address without TLS", { PUBLIC_URL: "http://books.example.com" }],
  ["a public address with a path", { PUBLIC_URL: "https://books.example.com/gateway" }],
  ["any origin", { ALLOWED_ORIGINS: "*" }],
  ["two ways to check tokens", { AUTH_JWKS_URL: "https://issuer.example.com/keys" }],
  ["a role that needs a shared database", { PROCESS_ROLE: "worker" }],
  ["a placeholder secret", { AUTH_SECRET: "please-change-me-please-change-me-please" }],
  ["a secret of one letter", { AUTH_SECRET: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }],
  ["a key of zeros", { ENCRYPTION_KEYS: `k:${Buffer.alloc(32).toString("base64")}` }],
  ["a key of words", { ENCRYPTION_KEYS: `k:${Buffer.from("this is a key of thirty-two byte").toString("base64")}` }],
  [
    "a key that counts up",
    { ENCRYPTION_KEYS: `k:${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString("base64")}` },
  ],
  ["a key of 31 bytes", { ENCRYPTION_KEYS: `k:${randomBytes(31).toString("base64")}` }],
  ["a missing key", { ENCRYPTION_KEYS: "" }],
  ["two keys of one id", { ENCRYPTION_KEYS: `k:${newKey()},k:${newKey()}` }],
  ["a key without an id", { ENCRYPTION_KEYS: newKey() }],
  ["a misspelt setting", { QUICKBOOKS_CLIENTID: "x" }],
])("%s is refused", (_what, changes) => {
  expect(problemsOf({ ...configured, ...changes })).toHaveLength(1);
});

test("the same key under two ids is refused", () => {
  const key = newKey();
  expect(problemsOf({ ...configured, ENCRYPTION_KEYS: `new:${key},old:${key}` })).toHaveLength(1);
});

test("the first key encrypts, and all are 32 bytes", () => {
  const settings = readSettings({ ...configured, ENCRYPTION_KEYS: `new:${newKey()}, old:${newKey()}` });
  if (settings.mode !== "configured") throw new Error("not configured");
  expect(settings.encryptionKeys.map(({ id, key }) => [id, key.length])).toEqual([
    ["new", 32],
    ["old", 32],
  ]);
});

test("published keys need an issuer and an audience", () => {
  const { AUTH_SECRET: _, ...rest } = configured;
  expect(problemsOf({ ...rest, AUTH_JWKS_URL: "https://issuer.example.com/keys" })).toHaveLength(2);
  expect(
    problemsOf({ ...rest, AUTH_JWKS_URL: "https://issuer.example.com/keys", AUTH_ISSUER: "i", AUTH_AUDIENCE: "a" }),
  ).toEqual([]);
});

test("a simulator must be on this machine, and its limits may be raised", () => {
  const simulator = {
    ...configured,
    QUICKBOOKS_ENVIRONMENT: "simulator",
    QUICKBOOKS_DISCOVERY_DOCUMENT: "http://127.0.0.1:4010/.well-known/openid_sandbox_configuration",
    QUICKBOOKS_API_BASE_URL: "http://127.0.0.1:4010/",
    QUICKBOOKS_REQUESTS_PER_MINUTE: "60000",
  };
  expect(readSettings(simulator)).toMatchObject({
    quickbooks: { environment: "SIMULATOR", apiBaseUrl: "http://127.0.0.1:4010", requestsPerMinute: 60_000 },
  });
  expect(problemsOf({ ...simulator, QUICKBOOKS_API_BASE_URL: "http://10.0.0.5:4010" })).toHaveLength(1);
});

test.each([
  { HOST: "0.0.0.0" },
  { PUBLIC_URL: "https://books.example.com" },
  { AUTH_SECRET: newSecret() },
  { PROCESS_ROLE: "web" },
])("a demo is refused what would open it to others or contradict it: %j", (changes) => {
  expect(problemsOf({ DEMO: "true", ...changes })).toHaveLength(1);
});

test("a demo's settings are completed by what its start made, within the limits that were set", () => {
  const draft = readSettings({ DEMO: "true", QUICKBOOKS_REQUESTS_PER_MINUTE: "9000" });
  if (draft.mode !== "demo") throw new Error("not a demo");
  const settings = completeDemoSettings(draft, {
    quickbooks: {
      clientId: "c",
      clientSecret: "s",
      discoveryDocument: "http://127.0.0.1:1/d",
      apiBaseUrl: "http://127.0.0.1:1",
      webhookVerifierTokens: ["v"],
    },
    encryptionKeys: [{ id: "demo", key: randomBytes(32) }],
    auth: { secret: newSecret(), autoProvision: "none" },
  });
  expect(settings).toMatchObject({
    mode: "demo",
    quickbooks: { environment: "SIMULATOR", requestsPerMinute: 9_000, clientId: "c" },
  });
});

test("alerts go to a public host by https; with a simulator, and in a demo, to this machine too", () => {
  const simulated = {
    ...configured,
    QUICKBOOKS_ENVIRONMENT: "simulator",
    QUICKBOOKS_DISCOVERY_DOCUMENT: "http://127.0.0.1:1/discovery",
    QUICKBOOKS_API_BASE_URL: "http://127.0.0.1:1",
  };
  const mayBe = (env: NodeJS.ProcessEnv, url: string): boolean =>
    problemsOf({ ...env, ALERT_WEBHOOK_URL: url }).length === 0;
  for (const env of [configured, simulated, {}]) {
    expect(mayBe(env, "https://alerts.example.com/hook")).toBe(true);
    expect(mayBe(env, "http://alerts.example.com/hook")).toBe(false);
    expect(mayBe(env, "http://127.0.0.1:9/hook")).toBe(env !== configured);
    expect(mayBe(env, "https://localhost/hook")).toBe(env !== configured);
  }
  expect(problemsOf({ ...configured, ALERT_WEBHOOK_URL: "http://alerts.example.com/" }).join()).toContain(
    "ALERT_WEBHOOK_URL",
  );
});
