import { type CallLog, exchangeLogged } from "./call-log.js";
import { type Fetch, NoAnswer } from "./http.js";

const knownForMs = 60_000;
const timeoutMs = 5_000;

type Probing = CallLog & { readonly fetch: Fetch };

/** A probe of an address that anybody may read. All who ask within a minute share one request. */
export function reachability(address: string, parts: Probing): () => Promise<boolean> {
  let known: { readonly isReachable: Promise<boolean>; readonly at: number } | undefined;
  return () => {
    const now = parts.clock.now().getTime();
    if (known === undefined || now - known.at >= knownForMs) known = { isReachable: probe(address, parts), at: now };
    return known.isReachable;
  };
}

async function probe(address: string, parts: Probing): Promise<boolean> {
  try {
    const { status } = await exchangeLogged(parts, { path: "discovery" }, address, {
      method: "GET",
      headers: { accept: "application/json" },
      timeoutMs,
    });
    return status < 500;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}
