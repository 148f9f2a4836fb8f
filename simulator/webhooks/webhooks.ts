import { setTimeout as delay } from "node:timers/promises";
import type { Notice } from "../company/notices.js";
import { seeded } from "../generate/random.js";
import type { Random } from "../generate/random.js";
import { cloudEvents, headersOf, legacy } from "./body.js";
import type { Event } from "./body.js";
import { DeliveryLog } from "./log.js";
import type { DeliveryLogEntry } from "./log.js";
import { withMishaps } from "./mishaps.js";
import { post } from "./post.js";
import { retryWaitMs } from "./settings.js";
import type { WebhookSettings } from "./settings.js";

interface Delivery {
  readonly events: readonly Event[];
  readonly body: Buffer;
  readonly id: string;
  failed: number;
  /** Not before that instant of the machine's clock, milliseconds since 1970. */
  nextAt: number;
}

interface Waiting extends Event {
  readonly dueAt: number;
}

/**
 * What QuickBooks tells the app of: every commit of every company, sent to one URL, signed, until each is acknowledged with a 2xx in time.
 * While one is not, none after it is sent (Webhooks best practices).
 */
export class Webhooks {
  #settings: WebhookSettings;
  #random: Random;
  #waiting: Waiting[] = [];
  readonly #outbox: Delivery[] = [];
  readonly #log = new DeliveryLog();
  /** Whoever is sending: by itself, until it is halted or nothing is left, or because it was asked to. */
  #sending: { readonly halt: AbortController; readonly ended: Promise<void> } | undefined;
  /** How many calls want all delivered. */
  #asked = 0;
  readonly #stopped = new AbortController();

  constructor(
    readonly clientId: string,
    settings: WebhookSettings,
    readonly newId: () => string,
  ) {
    this.#settings = settings;
    this.#random = seeded(String(settings.seed));
  }

  get settings(): WebhookSettings {
    return this.#settings;
  }

  /** The latest attempts, oldest first. */
  get log(): readonly DeliveryLogEntry[] {
    return this.#log.entries;
  }

  /** What is not acknowledged yet, in the order of its happening. */
  pending(): readonly Notice[] {
    return [...this.#outbox.flatMap(({ events }) => events), ...this.#waiting].map(({ notice }) => notice);
  }

  /** Changes settings; a seed begins its draws anew. What waits for a retry is tried at once. */
  configure(changes: Partial<WebhookSettings>): void {
    this.#settings = { ...this.#settings, ...changes };
    if (changes.seed !== undefined) this.#random = seeded(String(changes.seed));
    for (const delivery of this.#outbox) delivery.nextAt = 0;
    this.#sending?.halt.abort();
    this.#start();
  }

  /** Tells the app, unless it takes no notifications. */
  notify(notices: readonly Notice[]): void {
    if (this.#settings.url === undefined || notices.length === 0) return;
    const dueAt = Date.now() + this.#settings.delayMs;
    for (const notice of notices) {
      this.#waiting.push({ id: this.newId(), notice, nanoseconds: Math.floor(this.#random() * 1e6), dueAt });
    }
    this.#start();
  }

  /** Sends all that is pending, due or not, and answers the attempts. It ends at the first that is not acknowledged: the rest stays pending. */
  async deliverAll(): Promise<readonly DeliveryLogEntry[]> {
    this.#asked += 1;
    await this.#halt();
    const before = this.#log.total;
    this.#send(() => this.#flush());
    await this.#sending?.ended;
    this.#asked -= 1;
    this.#start();
    return this.#log.entries.filter(({ sequence }) => sequence > before);
  }

  /** Sends nothing more; what is pending is forgotten. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#halt();
    this.#waiting = [];
    this.#outbox.length = 0;
  }

  #start(): void {
    const isIdle = this.#sending === undefined && this.#asked === 0 && !this.#stopped.signal.aborted;
    const hasWork = this.#waiting.length > 0 || this.#outbox.length > 0;
    if (isIdle && hasWork && !this.#settings.manual) this.#send((signal) => this.#run(signal));
  }

  #send(work: (signal: AbortSignal) => Promise<void>): void {
    const halt = new AbortController();
    const ended = work(halt.signal).finally(() => {
      this.#sending = undefined;
      this.#start();
    });
    this.#sending = { halt, ended };
  }

  /** Returns once nobody is sending; an attempt under way comes to its end. */
  async #halt(): Promise<void> {
    while (this.#sending) {
      this.#sending.halt.abort();
      await this.#sending.ended;
    }
  }

  async #flush(): Promise<void> {
    let head = this.#head(Infinity);
    while (head && (await this.#attempt(head))) head = this.#head(Infinity);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const head = this.#head(Date.now());
      const nextAt = head?.nextAt ?? this.#waiting[0]?.dueAt;
      if (nextAt === undefined) return;
      if (nextAt > Date.now()) await pause(nextAt - Date.now(), signal);
      else if (head) await this.#attempt(head);
    }
  }

  /** What is to be sent next: the first that was not acknowledged, else of what is due by then. */
  #head(byMs: number): Delivery | undefined {
    if (this.#outbox.length === 0) this.#compose(byMs);
    return this.#outbox[0];
  }

  /** Makes bodies of what is due by then: of several companies in one where they are due together. */
  #compose(byMs: number): void {
    const { eventsPerBody, format, emptyData } = this.#settings;
    const due = this.#waiting.filter(({ dueAt }) => dueAt <= byMs);
    this.#waiting = this.#waiting.filter(({ dueAt }) => dueAt > byMs);
    const sent = withMishaps(due, this.#settings, this.#random);
    for (let start = 0; start < sent.length; start += eventsPerBody) {
      const events = sent.slice(start, start + eventsPerBody);
      const text = format === "legacy" ? legacy(events) : cloudEvents(events, this.clientId, emptyData);
      this.#outbox.push({ events, body: Buffer.from(text), id: this.newId(), failed: 0, nextAt: 0 });
    }
  }

  /** Sends the first of the outbox and answers whether it was acknowledged. */
  async #attempt(delivery: Delivery): Promise<boolean> {
    const { verifierToken, url, timeoutMs, retryScale } = this.#settings;
    const at = Date.now();
    const headers = headersOf(delivery.body, verifierToken, at, delivery.id);
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)]);
    const outcome = await post(url ?? "", headers, delivery.body, signal);
    const isAcknowledged = outcome.status >= 200 && outcome.status < 300;
    const notices = delivery.events.map(({ notice }) => notice);
    const entry = { at, durationMs: Date.now() - at, attempt: delivery.failed + 1, ...outcome };
    this.#log.add({ ...entry, headers, body: delivery.body.toString(), notices });
    if (isAcknowledged) this.#outbox.splice(0, 1);
    else {
      delivery.failed += 1;
      delivery.nextAt = Date.now() + retryWaitMs(delivery.failed, retryScale);
    }
    return isAcknowledged;
  }
}

/** Waits so long, or until the signal. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(Math.min(milliseconds, 2 ** 31 - 1), undefined, { signal, ref: false }).catch(() => undefined);
}
