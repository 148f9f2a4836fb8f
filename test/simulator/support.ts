import { startSimulator } from "../../simulator/index.js";
import type { Simulator, SimulatorOptions } from "../../simulator/index.js";

export interface Connection {
  readonly realmId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Asks the API; `path` follows the realm. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  query(statement: string): Promise<Response>;
  /** The rows of a query, which must succeed. */
  rows(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export async function withSimulator(
  options: SimulatorOptions,
  use: (simulator: Simulator) => Promise<void>,
): Promise<void> {
  const simulator = await startSimulator({ autoConsent: true, limits: "off", ...options });
  try {
    await use(simulator);
  } finally {
    await simulator.stop();
  }
}

export const redirectUri = "http://localhost:3000/callback";
export const accountingScope = "com.intuit.quickbooks.accounting";

export async function authorize(simulator: Simulator, extra: Record<string, string> = {}): Promise<URL> {
  const parameters = {
    client_id: simulator.clientId,
    response_type: "code",
    scope: accountingScope,
    redirect_uri: redirectUri,
    state: "s1",
    ...extra,
  };
  const response = await fetch(`${simulator.url}/connect/oauth2?${new URLSearchParams(parameters).toString()}`, {
    redirect: "manual",
  });
  return new URL(response.headers.get("location") ?? "");
}

export function requestTokens(
  simulator: Simulator,
  form: Record<string, string>,
  secret = simulator.clientSecret,
): Promise<Response> {
  return fetch(`${simulator.url}/oauth2/v1/tokens/bearer`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${simulator.clientId}:${secret}`).toString("base64")}`,
      accept: "application/json",
    },
    body: new URLSearchParams(form),
  });
}

interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
}

export async function tokensOf(response: Response): Promise<TokenAnswer> {
  const body = (await response.json()) as TokenAnswer;
  if (response.status !== 200) throw new Error(`The token endpoint answered ${String(response.status)}.`);
  return body;
}

/** Consents to a company and answers a client for it. */
export async function connect(simulator: Simulator, realmId?: string): Promise<Connection> {
  const back = await authorize(simulator, realmId === undefined ? {} : { realmId });
  const form = {
    grant_type: "authorization_code",
    code: back.searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
  };
  const tokens = await tokensOf(await requestTokens(simulator, form));
  const realm = back.searchParams.get("realmId") ?? "";
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${simulator.apiBaseUrl}/v3/company/${realm}/${path}`, {
      headers: { authorization: `Bearer ${tokens.access_token}`, accept: "application/json", ...headers },
    });
  const query = (statement: string): Promise<Response> =>
    get(`query?query=${encodeURIComponent(statement)}&minorversion=75`);
  return {
    realmId: realm,
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    get,
    query,
    rows: async (statement) => rowsOf(await query(statement)),
  };
}

export async function rowsOf(response: Response): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`The query was answered ${String(response.status)}: ${text}`);
  const { QueryResponse } = JSON.parse(text) as { QueryResponse: Record<string, unknown> };
  const rows = Object.values(QueryResponse).find((value) => Array.isArray(value));
  return (rows ?? []) as readonly Readonly<Record<string, unknown>>[];
}
