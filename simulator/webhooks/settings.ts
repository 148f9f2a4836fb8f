/** How an app's notifications are sent, and what goes wrong with them. Chances are from 0 (never) to 1 (always). */
export interface WebhookSettings {
  /** Undefined: the app takes no notifications, and what happens meanwhile is never told. */
  readonly url: string | undefined;
  /** The key of the signatures. */
  readonly verifierToken: string;
  /** CloudEvents since 2026, the legacy form before. */
  readonly format: "cloudevents" | "legacy";
  /** Nothing is sent until it is asked for. */
  readonly manual: boolean;
  /** How long after an edit it is told, in milliseconds of the machine's clock. */
  readonly delayMs: number;
  /** How many events one body holds at most, of one company or of several. */
  readonly eventsPerBody: number;
  /** The chance that an event is never sent, that it is sent twice, that it changes places with another due at the same time. */
  readonly loss: number;
  readonly doubling: number;
  readonly reordering: number;
  /** Draws the chances: the same seed and edits give the same mishaps. */
  readonly seed: string | number;
  /** Whether CloudEvents without anything to say leave out `data` and `datacontenttype`; both forms are recorded. */
  readonly emptyData: "object" | "absent";
  /** How long the app may take to answer. */
  readonly timeoutMs: number;
  /** By how much the waits before retries are shortened or lengthened. */
  readonly retryScale: number;
}

export const defaultWebhooks: Omit<WebhookSettings, "verifierToken"> = {
  url: undefined,
  format: "cloudevents",
  manual: false,
  delayMs: 1_000,
  eventsPerBody: 100,
  loss: 0,
  doubling: 0,
  reordering: 0,
  seed: "webhooks",
  emptyData: "object",
  timeoutMs: 3_000,
  retryScale: 1,
};

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The waits before a notification that was not acknowledged is sent again; the last one for ever (Webhooks best practices, 2026). */
const retryWaitsMs = [
  10 * second,
  20 * second,
  30 * second,
  5 * minute,
  20 * minute,
  2 * hour,
  4 * hour,
  6 * hour,
] as const;

/** How long to wait after so many attempts have failed. */
export function retryWaitMs(failed: number, scale: number): number {
  return (retryWaitsMs[failed - 1] ?? 6 * hour) * scale;
}
