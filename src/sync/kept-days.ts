import { z } from "zod";
import { UserProblem } from "./problems.js";

const days = z.number().nullish().default(null);

/** For how many days something of a connection is kept; null: for as long as the deployment keeps it (`retention.ts`). */
export const keptDays = z
  .object({ versionDays: days, changeDays: days, failureDays: days, noticeDays: days })
  .readonly();
export type KeptDays = z.infer<typeof keptDays>;

/** What nobody limits. */
export const keptByDefault: KeptDays = keptDays.parse({});

/** A week is what clients may stay away, and longer than Intuit goes on to repeat a notice. */
const least = 7;
const most = 3_650;

/** Throws UserProblem for the first that does not fit. */
export function checkedDays(given: Partial<KeptDays> | null): KeptDays {
  const kept = keptDays.parse(given ?? {});
  for (const [name, number] of Object.entries(kept)) {
    if (number === null || (number >= least && number <= most)) continue;
    const message = `Give ${String(least)} to ${String(most)} days, or null for the default.`;
    throw new UserProblem("INVALID", `retention.${name}`, message);
  }
  return kept;
}
