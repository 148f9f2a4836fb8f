import type { Clock } from "../foundation/clock.js";
import { type Answer, type Expectation, type Failure, readReply, tooLarge, unanswered } from "./answers.js";
import { ReconnectNeeded, RunStopped } from "./errors.js";
import { BodyTooLarge, exchange, type Fetch, type HttpRequest, NoAnswer, type Reply } from "./http.js";
import type { Limiter } from "./limits.js";
import type { AccessToken } from "./tokens.js";
import type { Usage } from "./usage.js";
import { Attempts } from "./attempts.js";
import { endOfThrottle, type Sleep } from "./waiting.js";
import { Fate, ofWrite } from "./writing.js";

/** One call that was sent: no ids of records, no values, no secrets. */
export interface CallReport {
  readonly connectionId: string;
  readonly kind: "read" | "write";
  /** The kind of address, such as `query`. */
  readonly path: string;
  /** Undefined where there was no answer. */
  readonly status: number | undefined;
  readonly intuitTid: string | undefined;
  readonly durationMs: number;
  /** Before it was sent, for the limits; the part of it that a 429 caused. */
  readonly waitedMs: number;
  readonly throttledMs: number;
  /** Where the answer was a 429: until when this connection's requests wait. */
  readonly throttledUntil: Date | undefined;
}

/** Who wants to know how the calls of a company go. */
export interface CallListener {
  readonly onCall?: (call: CallReport) => void;
  /** A request waits because of a 429, of whichever process. */
  readonly onThrottled?: (until: Date) => void;
}

/** Where the tokens of a request come from. */
export interface Credentials {
  accessToken(options: { readonly staleGeneration?: number | undefined }): Promise<AccessToken>;
  /** QuickBooks refused the authorization for good. */
  refused(reason: string, generation: number): Promise<void>;
  /** The company was reset: consent may have been given anew meanwhile, to another process. */
  outdated(generation: number): void;
}

export interface ApiRequest {
  readonly connectionId: string;
  readonly credentials: Credentials;
  /** A write names its `requestid` in the address, so that it may be sent again. */
  readonly kind: CallReport["kind"];
  readonly path: string;
  readonly url: string;
  readonly body: { readonly contentType: string; readonly text: string } | undefined;
  readonly expected: Expectation;
  /** Of a write: whether an earlier sending under this `requestid` may have taken effect. */
  readonly wasSentBefore?: boolean | undefined;
  /** Asked before every sending, once nothing else is waited for; what it throws is thrown, and nothing is sent. */
  readonly beforeSending?: (() => Promise<void>) | undefined;
  readonly listener: CallListener | undefined;
}

export interface RequestOptions {
  readonly limiter: Pick<Limiter, "acquire" | "throttle">;
  readonly usage: Usage;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly sleep: Sleep;
  readonly onCall: (call: CallReport) => void;
  /** How long a request may wait for limits and 429s together with its retries. */
  readonly patienceMs: number;
}

/** Intuit itself gives up after as long. */
const timeoutMs = 120_000;
const maxBytes = 64 * 1024 * 1024;

/** Some faults quote the token; in what becomes of them, errors, rows and the log, it must not stand. */
function withoutToken(reply: Reply, token: string): Reply {
  if (!reply.body.includes(token)) return reply;
  return { ...reply, body: Buffer.from(reply.body.toString("latin1").replaceAll(token, "[token]"), "latin1") };
}

/** What became of one attempt. */
interface Sent {
  readonly outcome: { readonly answer: Answer } | { readonly failure: Failure };
  readonly generation: number;
  readonly reply: Reply | undefined;
  readonly throttledUntil: Date | undefined;
}

/**
 * Sends requests, and retries each within itself: this and the sweep of work rows are the only places that retry.
 * Throws the errors of errors.ts, or the reason of `signal`.
 */
export class Requests {
  constructor(private readonly options: RequestOptions) {}

  async send(request: ApiRequest, signal: AbortSignal | undefined): Promise<Answer> {
    const fate = new Fate(request.wasSentBefore ?? false);
    try {
      return await this.sendUntilAnswered(request, fate, signal);
    } catch (error) {
      throw request.kind === "write" ? fate.toldBy(error) : error;
    }
  }

  private async sendUntilAnswered(request: ApiRequest, fate: Fate, signal: AbortSignal | undefined): Promise<Answer> {
    const { clock, random, sleep, patienceMs } = this.options;
    const deadlineMs = clock.now().getTime() + patienceMs;
    const attempts = new Attempts(deadlineMs, random);
    let staleGeneration: number | undefined;
    for (;;) {
      const sent = await this.attempt(request, staleGeneration, deadlineMs, signal);
      const { outcome, generation, reply, throttledUntil } = sent;
      if ("answer" in outcome) return outcome.answer;
      const { remedy, error } = outcome.failure;
      const thrown = error({ intuitTid: reply?.intuitTid, retryAt: throttledUntil });
      fate.met(thrown);
      const pauseMs = attempts.pauseMs(remedy, clock.now().getTime(), throttledUntil);
      if (pauseMs === undefined) {
        if (thrown instanceof ReconnectNeeded) await request.credentials.refused(thrown.message, generation);
        if (thrown instanceof RunStopped && thrown.reason === "COMPANY_RESET") request.credentials.outdated(generation);
        throw thrown;
      }
      if (remedy === "REFRESH_TOKEN") staleGeneration = generation;
      if (pauseMs > 0) await sleep(pauseMs, signal);
    }
  }

  private async attempt(
    request: ApiRequest,
    staleGeneration: number | undefined,
    deadlineMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Sent> {
    const { clock, limiter, usage } = this.options;
    const { connectionId, listener } = request;
    if (request.kind === "read") await usage.assertReadsLeft();
    const { token, generation } = await request.credentials.accessToken({ staleGeneration });
    const maxWaitMs = Math.max(deadlineMs - clock.now().getTime(), 0);
    const slot = await limiter.acquire(connectionId, signal, { maxWaitMs, onThrottled: listener?.onThrottled });
    try {
      await request.beforeSending?.();
      const requestedAt = clock.now();
      const { outcome, reply } = await this.exchange(request, token, requestedAt, signal);
      const isThrottled = "failure" in outcome && outcome.failure.remedy === "WAIT_THROTTLE";
      const throttledUntil = isThrottled ? endOfThrottle(reply?.retryAfter, clock.now()) : undefined;
      if (throttledUntil !== undefined) await limiter.throttle(connectionId, throttledUntil);
      this.report(request, reply, {
        requestedAt,
        waitedMs: slot.waitedMs,
        throttledMs: slot.throttledMs,
        throttledUntil,
      });
      return { outcome, generation, reply, throttledUntil };
    } finally {
      slot.release();
    }
  }

  private async exchange(
    { kind, url, body, expected }: ApiRequest,
    token: string,
    requestedAt: Date,
    signal: AbortSignal | undefined,
  ): Promise<Pick<Sent, "outcome" | "reply">> {
    const credentials = { authorization: `Bearer ${token}`, accept: "application/json" };
    const request: Pick<HttpRequest, "method" | "headers" | "body"> =
      body === undefined
        ? { method: "GET", headers: credentials }
        : { method: "POST", headers: { ...credentials, "content-type": body.contentType }, body: body.text };
    const judged = kind === "write" ? ofWrite : (failure: Failure): Failure => failure;
    try {
      const answered = await exchange(this.options.fetch, url, { ...request, timeoutMs, maxBytes, signal });
      const reply = withoutToken(answered, token);
      const outcome = readReply(reply, expected, requestedAt);
      return { outcome: "answer" in outcome ? outcome : { failure: judged(outcome.failure) }, reply };
    } catch (cause) {
      if (cause instanceof NoAnswer) return { outcome: { failure: judged(unanswered(cause)) }, reply: undefined };
      if (cause instanceof BodyTooLarge) return { outcome: { failure: judged(tooLarge(cause)) }, reply: undefined };
      throw cause;
    }
  }

  private report(
    { connectionId, kind, path, listener }: ApiRequest,
    reply: Reply | undefined,
    {
      requestedAt,
      ...waiting
    }: Pick<CallReport, "waitedMs" | "throttledMs" | "throttledUntil"> & { requestedAt: Date },
  ): void {
    const { clock, usage } = this.options;
    const status = reply?.status;
    const call: CallReport = {
      connectionId,
      kind,
      path,
      status,
      intuitTid: reply?.intuitTid,
      durationMs: clock.now().getTime() - requestedAt.getTime(),
      ...waiting,
    };
    const isSuccessful = status !== undefined && status >= 200 && status < 300;
    const isAnswered = status !== undefined && status < 500;
    usage.count(connectionId, { kind: call.kind, isSuccessful, throttledMs: call.throttledMs, isAnswered });
    this.options.onCall(call);
    listener?.onCall?.(call);
  }
}
