import { expect } from "@jest/globals";
import { Eraser } from "../../src/sync/erasure/eraser.js";
import { plugins } from "../support/engine.js";
import { until } from "../support/until.js";
import type { Office } from "../webhooks/office.js";

/** Syncs of an office's company, and an eraser that fails aloud. */
export interface Erasing {
  /** Lets the eraser look, and waits until these erasures have ended. */
  erased(...ids: readonly string[]): Promise<void>;
  sync(
    mode: "FULL" | "INCREMENTAL" | "VERIFY",
    dryRun?: boolean,
  ): Promise<{ readonly id: string; readonly status: string }>;
  stop(): Promise<void>;
}

export function startErasing({ bench, connectionId }: Office): Erasing {
  const failures: unknown[] = [];
  const error = (told: unknown): unknown => failures.push(told);
  const eraser = new Eraser({ ...bench, plugins, log: { info: () => undefined, error } });
  return {
    async erased(...ids) {
      eraser.poke();
      await until(async () => {
        expect(failures).toEqual([]);
        const open = await bench.database.prisma.erasure.count({ where: { id: { in: [...ids] }, finishedAt: null } });
        return open === 0 || undefined;
      });
    },
    async sync(mode, dryRun = false) {
      bench.simulator.clock.advance(60_000);
      const { run } = await bench.runs.start({ actor: bench.actor, connectionId, mode, dryRun });
      const ended = await bench.ended(run.id);
      expect(ended).toMatchObject({ status: "SUCCEEDED", errorMessage: null });
      return ended;
    },
    stop: () => eraser.stop(),
  };
}
