import type { Settings } from "../foundation/settings.js";

export type ReturnSettings = Pick<Settings, "publicUrl" | "allowedOrigins">;

const longest = 2000;

/**
 * Where a browser may be sent after consent: a path under PUBLIC_URL, or an address of an allowed origin. Undefined for anything
 * else, so that the callback is no open redirect.
 */
export function allowedReturn(returnTo: string, { publicUrl, allowedOrigins }: ReturnSettings): string | undefined {
  const isPath = /^\/(?![/\\])/.test(returnTo);
  const address = isPath ? `${publicUrl}${returnTo}` : returnTo;
  if (address.length > longest || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (!isWeb || url.username !== "" || url.password !== "") return undefined;
  return isUnder(url, new URL(publicUrl)) || allowedOrigins.includes(url.origin) ? url.href : undefined;
}

/** After dots in the path have been resolved. */
function isUnder(url: URL, base: URL): boolean {
  const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
  return url.origin === base.origin && (url.pathname === base.pathname || url.pathname.startsWith(folder));
}

const parameters = ["connect", "connect_error", "reconnect", "disconnected"] as const;

/** What a browser that comes back from Intuit tells the frontend. */
export function withParameter(address: string, name: (typeof parameters)[number], value: string): string {
  const url = new URL(address);
  for (const earlier of parameters) url.searchParams.delete(earlier);
  url.searchParams.set(name, value);
  return url.href;
}
