export type Fetch = typeof globalThis.fetch;

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  /** Of the answer's body. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly intuitTid: string | undefined;
  /** The header as sent: seconds, or an HTTP date (RFC 9110, 10.2.3). */
  readonly retryAfter: string | undefined;
}

/** The connection failed, or the time was up, before the whole answer was there: whether the request took effect is not known. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** The body of the answer is larger than asked for. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/**
 * One HTTP request, never repeated or redirected: what is sent carries credentials meant for this host alone.
 * Throws NoAnswer, BodyTooLarge, or the reason of `signal`.
 */
export async function exchange(fetch: Fetch, url: string, request: HttpRequest): Promise<Reply> {
  const { method, headers, body, timeoutMs, maxBytes = 1_000_000, signal } = request;
  signal?.throwIfAborted();
  // One controller per request: listeners on a run's long-lived signal must not pile up.
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, timeoutMs);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const init = { method, headers, redirect: "manual", signal: controller.signal } as const;
    const response = await fetch(url, body === undefined ? init : { ...init, body });
    return {
      status: response.status,
      body: await readBody(response, maxBytes),
      intuitTid: response.headers.get("intuit_tid") ?? undefined,
      retryAfter: response.headers.get("retry-after") ?? undefined,
    };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof BodyTooLarge) throw cause;
    const reason = controller.signal.aborted ? `no whole answer within ${timeoutMs} ms` : "the connection failed";
    throw new NoAnswer(`${new URL(url).host} gave no answer: ${reason}.`, { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    controller.abort();
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  if (response.body === null) return Buffer.alloc(0);
  const body: AsyncIterable<Uint8Array> = response.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new BodyTooLarge(`An answer is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
