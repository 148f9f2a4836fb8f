import type { Clock } from "../foundation/clock.js";
import type { Log } from "../foundation/log.js";
import { exchange, type Fetch, type HttpRequest, type Reply } from "./http.js";

/** One line for every call to Intuit, whatever became of it: no ids of records, no values, no secrets. */
export const callMessage = "QuickBooks was called.";

export interface CallLog {
  readonly log: Pick<Log, "info">;
  readonly clock: Clock;
}

/** A call that is no company's API: of the OAuth services, of the discovery document. */
export interface ServiceCall {
  /** The kind of address, such as `oauth/token`. */
  readonly path: string;
  readonly connectionId?: string | undefined;
}

interface Told {
  readonly status?: number | undefined;
  readonly intuitTid?: string | undefined;
}

/** `work`, with its line in the log; `told` reads status and transaction out of what it gave, or out of what it threw. */
export async function logged<T>(
  { log, clock }: CallLog,
  call: ServiceCall,
  work: () => Promise<T>,
  told: { readonly of: (result: T) => Told; readonly ofError: (error: unknown) => Told },
): Promise<T> {
  const startedAt = clock.now().getTime();
  const tell = ({ status, intuitTid }: Told): void => {
    log.info({ ...call, status, intuitTid, durationMs: clock.now().getTime() - startedAt }, callMessage);
  };
  try {
    const result = await work();
    tell(told.of(result));
    return result;
  } catch (error) {
    tell(told.ofError(error));
    throw error;
  }
}

/** `exchange`, with its line in the log. Throws what that throws. */
export function exchangeLogged(
  parts: CallLog & { readonly fetch: Fetch },
  call: ServiceCall,
  url: string,
  request: HttpRequest,
): Promise<Reply> {
  return logged(parts, call, () => exchange(parts.fetch, url, request), { of: (reply) => reply, ofError: () => ({}) });
}
