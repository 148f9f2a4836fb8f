import type { Clock } from "../foundation/clock.js";
import { exchange, type Fetch, NoAnswer } from "./http.js";

const knownForMs = 60_000;
const timeoutMs = 5_000;

/** A probe of an address that anybody may read. All who ask within a minute share one request. */
export function reachability(address: string, fetch: Fetch, clock: Clock): () => Promise<boolean> {
  let known: { readonly isReachable: Promise<boolean>; readonly at: number } | undefined;
  return () => {
    const now = clock.now().getTime();
    if (known === undefined || now - known.at >= knownForMs) known = { isReachable: probe(address, fetch), at: now };
    return known.isReachable;
  };
}

async function probe(address: string, fetch: Fetch): Promise<boolean> {
  try {
    const { status } = await exchange(fetch, address, {
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
