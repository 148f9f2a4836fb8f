import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { play } from "./chaos.js";

const regressions = fileURLToPath(new URL("regressions", import.meta.url));
/** Seeds that once found a fault. */
const kept = (existsSync(regressions) ? readdirSync(regressions) : []).flatMap(
  (name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [],
);

test.each([...new Set([1, 2, 3, ...kept.map(Number)])])(
  "seed %i: whatever happened, the mirror equals QuickBooks, and nothing that must hold was broken",
  async (seed) => {
    const { violations, history } = await play(seed);
    // The history is shown only where something is wrong.
    expect({ violations, history: violations.length > 0 ? history : [] }).toEqual({ violations: [], history: [] });
  },
  240_000,
);
