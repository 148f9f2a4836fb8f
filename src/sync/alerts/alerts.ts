import type { Clock } from "../../foundation/clock.js";
import type { Log } from "../../foundation/log.js";
import { deliverAlerts, type DeliverServices } from "./deliver.js";
import { lookForAlerts, type LookServices } from "./look.js";

/** Looks for what a person should look at, and tells of it. */
export interface Alerts {
  /**
   * One pass: looks once a minute, and tells the alert webhook what it does not know yet. Calls while one goes on share it, and those soon
   * after have none of their own, for workers are woken much more often. Never rejects: what fails is logged, and the next pass tries again.
   */
  sweep(): Promise<void>;
  /** Gives up what is being told; it is told again by the next process. */
  stop(): Promise<void>;
}

interface AlertsOptions extends Omit<LookServices, "isTold">, Omit<DeliverServices, "webhook" | "log"> {
  readonly database: LookServices["database"] & DeliverServices["database"];
  /** Left out: alerts are kept, and told to those who follow. */
  readonly webhook?: DeliverServices["webhook"] | undefined;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn" | "error">;
}

/** Shorter than the time between two sweeps. */
const leastPauseMs = 10_000;

export function createAlerts({ webhook, clock, log, ...services }: AlertsOptions): Alerts {
  const stopping = new AbortController();
  let pass: Promise<void> | undefined;
  let begunAtMs = -Infinity;
  const run = async (): Promise<void> => {
    try {
      await lookForAlerts({ ...services, isTold: webhook !== undefined }, clock.now());
      if (webhook !== undefined) await deliverAlerts({ ...services, webhook, log }, clock.now(), stopping.signal);
    } catch (error) {
      log.error({ err: error }, "Alerts could not be looked after; the next sweep looks again.");
    }
  };
  return {
    sweep() {
      if (pass !== undefined) return pass;
      const nowMs = clock.now().getTime();
      if (stopping.signal.aborted || nowMs - begunAtMs < leastPauseMs) return Promise.resolve();
      begunAtMs = nowMs;
      pass = run().finally(() => (pass = undefined));
      return pass;
    },
    async stop() {
      stopping.abort();
      await pass;
    },
  };
}
