import { given, isLoopback, type Variables } from "./variables.js";

export type Environment = "SANDBOX" | "PRODUCTION" | "SIMULATOR";

/** Per company, over all processes. */
export interface ApiLimits {
  readonly requestsPerMinute: number;
  readonly requestsPerSecond: number;
  /** Requests in flight. */
  readonly concurrency: number;
  /** What the deployment's Intuit app may read in a month, over all companies. */
  readonly monthlyReads: number;
}

export interface QuickbooksSettings extends ApiLimits {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly environment: Environment;
  readonly discoveryDocument: string;
  /** Without a slash at the end. */
  readonly apiBaseUrl: string;
  /** One, or two during a rotation. */
  readonly webhookVerifierTokens: readonly string[];
}

const environments = { sandbox: "SANDBOX", production: "PRODUCTION", simulator: "SIMULATOR" } as const;

/** Intuit's addresses; a host of the other environment is refused, for tokens must not go there. */
const intuit = {
  SANDBOX: {
    discoveryDocument: "https://developer.api.intuit.com/.well-known/openid_sandbox_configuration",
    discoveryPath: /^\/\.well-known\/openid_sandbox_configuration\/?$/,
    apiBaseUrl: "https://sandbox-quickbooks.api.intuit.com",
  },
  PRODUCTION: {
    discoveryDocument: "https://developer.api.intuit.com/.well-known/openid_configuration",
    discoveryPath: /^\/\.well-known\/openid_configuration\/?$/,
    apiBaseUrl: "https://quickbooks.api.intuit.com",
  },
} as const;
const discoveryHosts = ["developer.api.intuit.com", "developer.intuit.com"];

/** The defaults are also the most that Intuit allows, with a tenth in hand for others who call the same company. */
const defaultLimits: Readonly<Record<Environment, ApiLimits>> = {
  SANDBOX: { requestsPerMinute: 100, requestsPerSecond: 10, concurrency: 10, monthlyReads: 500_000 },
  PRODUCTION: { requestsPerMinute: 450, requestsPerSecond: 10, concurrency: 10, monthlyReads: 500_000 },
  SIMULATOR: { requestsPerMinute: 450, requestsPerSecond: 10, concurrency: 10, monthlyReads: 500_000 },
};

/** Settings that are right by themselves and wrong together. */
export function quickbooksProblems(values: Variables): readonly string[] {
  if (values.QUICKBOOKS_ENVIRONMENT === undefined) return [];
  const environment = environments[values.QUICKBOOKS_ENVIRONMENT];
  return environment === "SIMULATOR"
    ? simulatorProblems(values)
    : [...addressProblems(values, environment), ...limitProblems(values, environment)];
}

export function readLimits(values: Variables, environment: Environment): ApiLimits {
  const defaults = defaultLimits[environment];
  return {
    requestsPerMinute: values.QUICKBOOKS_REQUESTS_PER_MINUTE ?? defaults.requestsPerMinute,
    requestsPerSecond: values.QUICKBOOKS_REQUESTS_PER_SECOND ?? defaults.requestsPerSecond,
    concurrency: values.QUICKBOOKS_CONCURRENCY ?? defaults.concurrency,
    monthlyReads: values.QUICKBOOKS_MONTHLY_READS ?? defaults.monthlyReads,
  };
}

/** Throws where something is missing that `missingSettings` should have told. */
export function readQuickbooks(values: Variables): QuickbooksSettings {
  const environment = environments[given(values, "QUICKBOOKS_ENVIRONMENT")];
  const addresses =
    environment === "SIMULATOR"
      ? {
          discoveryDocument: given(values, "QUICKBOOKS_DISCOVERY_DOCUMENT"),
          apiBaseUrl: given(values, "QUICKBOOKS_API_BASE_URL"),
        }
      : {
          discoveryDocument: values.QUICKBOOKS_DISCOVERY_DOCUMENT ?? intuit[environment].discoveryDocument,
          apiBaseUrl: intuit[environment].apiBaseUrl,
        };
  return {
    clientId: given(values, "QUICKBOOKS_CLIENT_ID"),
    clientSecret: given(values, "QUICKBOOKS_CLIENT_SECRET"),
    environment,
    ...addresses,
    webhookVerifierTokens: given(values, "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN"),
    ...readLimits(values, environment),
  };
}

function simulatorProblems(values: Variables): readonly string[] {
  const names = ["QUICKBOOKS_DISCOVERY_DOCUMENT", "QUICKBOOKS_API_BASE_URL"] as const;
  return names
    .filter((name) => values[name] !== undefined && !isLoopback(new URL(values[name]).hostname))
    .map((name) => `${name} must be on localhost: a simulator runs on the gateway's machine.`);
}

function addressProblems(values: Variables, environment: "SANDBOX" | "PRODUCTION"): readonly string[] {
  const { discoveryPath, discoveryDocument, apiBaseUrl } = intuit[environment];
  const { QUICKBOOKS_DISCOVERY_DOCUMENT: discovery = discoveryDocument, QUICKBOOKS_API_BASE_URL: base = apiBaseUrl } =
    values;
  const { origin, hostname, pathname } = new URL(discovery);
  const isDiscovery =
    discoveryHosts.includes(hostname) && origin === `https://${hostname}` && discoveryPath.test(pathname);
  const remedy = "Unset it, or correct QUICKBOOKS_ENVIRONMENT.";
  return [
    ...(isDiscovery
      ? []
      : [`QUICKBOOKS_DISCOVERY_DOCUMENT must be Intuit's for this environment, ${discoveryDocument}. ${remedy}`]),
    ...(base === apiBaseUrl
      ? []
      : [`QUICKBOOKS_API_BASE_URL must be Intuit's for this environment, ${apiBaseUrl}. ${remedy}`]),
  ];
}

function limitProblems(values: Variables, environment: "SANDBOX" | "PRODUCTION"): readonly string[] {
  const { requestsPerMinute, requestsPerSecond, concurrency } = defaultLimits[environment];
  const most = {
    QUICKBOOKS_REQUESTS_PER_MINUTE: requestsPerMinute,
    QUICKBOOKS_REQUESTS_PER_SECOND: requestsPerSecond,
    QUICKBOOKS_CONCURRENCY: concurrency,
  } as const;
  const names = ["QUICKBOOKS_REQUESTS_PER_MINUTE", "QUICKBOOKS_REQUESTS_PER_SECOND", "QUICKBOOKS_CONCURRENCY"] as const;
  return names
    .filter((name) => (values[name] ?? 0) > most[name])
    .map(
      (name) => `${name} must be at most ${String(most[name])}: Intuit refuses more. Only a simulator's may be raised.`,
    );
}
