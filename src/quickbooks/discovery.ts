import { z } from "zod";
import { MalformedBody, parseExact } from "../foundation/json.js";
import type { QuickbooksSettings } from "../foundation/settings.js";
import { RetryLater, RunStopped } from "./errors.js";
import { type CallLog, exchangeLogged } from "./call-log.js";
import { type Fetch, NoAnswer } from "./http.js";
import { fullJitterMs, type Sleep, sleep } from "./waiting.js";

/** Where Intuit's OAuth services are (OpenID Connect Discovery 1.0). */
export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string;
  readonly userinfo: string;
}

export interface Discovery {
  /**
   * Read once a day. Throws RetryLater where it cannot be read, and RunStopped where it names endpoints that credentials must
   * not be sent to.
   */
  endpoints(): Promise<Endpoints>;
}

export interface DiscoveryOptions extends CallLog {
  readonly settings: Pick<QuickbooksSettings, "discoveryDocument" | "environment">;
  readonly fetch?: Fetch;
  readonly sleep?: Sleep;
  readonly random?: () => number;
}

const maxAgeMs = 24 * 60 * 60 * 1000;
const tries = 3;
const timeoutMs = 10_000;

const document = z
  .object({
    authorization_endpoint: z.url(),
    token_endpoint: z.url(),
    revocation_endpoint: z.url(),
    userinfo_endpoint: z.url(),
  })
  .transform((found) => ({
    authorization: found.authorization_endpoint,
    token: found.token_endpoint,
    revocation: found.revocation_endpoint,
    userinfo: found.userinfo_endpoint,
  }));

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { clock } = options;
  let known: { readonly endpoints: Promise<Endpoints>; readonly readAt: number } | undefined;
  return {
    endpoints() {
      const now = clock.now().getTime();
      if (known === undefined || now - known.readAt >= maxAgeMs) {
        const endpoints = readEndpoints(options);
        known = { endpoints, readAt: now };
        endpoints.catch(() => {
          known = undefined;
        });
      }
      return known.endpoints;
    },
  };
}

async function readEndpoints(options: DiscoveryOptions): Promise<Endpoints> {
  const { fetch = globalThis.fetch, sleep: wait = sleep, random = Math.random, settings } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await readOnce({ ...options, fetch }, settings);
    } catch (error) {
      if (!(error instanceof RetryLater) || attempt === tries) throw error;
      await wait(fullJitterMs(attempt, random));
    }
  }
}

async function readOnce(
  parts: CallLog & { readonly fetch: Fetch },
  settings: DiscoveryOptions["settings"],
): Promise<Endpoints> {
  const unreadable = (why: string, options?: ErrorOptions): RetryLater =>
    new RetryLater(`Intuit's discovery document ${why}. If this lasts, check QUICKBOOKS_DISCOVERY_DOCUMENT.`, options);
  try {
    const headers = { accept: "application/json" };
    const reply = await exchangeLogged(parts, { path: "discovery" }, settings.discoveryDocument, {
      method: "GET",
      headers,
      timeoutMs,
    });
    if (reply.status !== 200) throw unreadable(`was answered with HTTP ${reply.status}`);
    const endpoints = document.safeParse(parseExact(reply.body.toString("utf8")));
    if (!endpoints.success) throw unreadable("lacks endpoints that are needed", { cause: endpoints.error });
    return trusted(endpoints.data, settings.environment);
  } catch (cause) {
    if (cause instanceof NoAnswer) throw unreadable("cannot be reached", { cause });
    if (cause instanceof MalformedBody) throw unreadable("is not JSON", { cause });
    throw cause;
  }
}

/** Tokens and the client secret go to these addresses, so a document that was tampered with must not choose them. */
function trusted(endpoints: Endpoints, environment: QuickbooksSettings["environment"]): Endpoints {
  for (const [name, address] of Object.entries(endpoints)) {
    if (!isTrusted(new URL(String(address)), environment)) {
      throw new RunStopped(
        `Intuit's discovery document names a foreign ${name} endpoint. Check QUICKBOOKS_DISCOVERY_DOCUMENT and who can alter its answer.`,
        "WRONG_ENVIRONMENT",
      );
    }
  }
  return endpoints;
}

function isTrusted({ protocol, hostname }: URL, environment: QuickbooksSettings["environment"]): boolean {
  if (environment === "SIMULATOR") return ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  return protocol === "https:" && hostname.endsWith(".intuit.com");
}
