import type { MonthlyReads } from "../../quickbooks/quota.js";

/** How many times as seldom the schedules come as they say, so that the month's reads last until `endsAt`; Infinity: none are left. */
export interface Stretch {
  readonly priority: number;
  readonly others: number;
  readonly endsAt: Date;
}

/** Priority connections keep their times until the others come so many times as seldom. */
const mostBeforePriority = 10;

/**
 * What is left of the month's reads, divided by what is expected of its rest. Only schedules are stretched, never what a person or a
 * webhook asks for; where those read more than their share, less is left at the next look, and the schedules give way further.
 */
export function stretchOf({ quota, reads, priorityReads, forecast, endsAt }: MonthlyReads): Stretch {
  const left = quota - reads;
  if (left <= 0) return { priority: Infinity, others: Infinity, endsAt };
  if (forecast <= quota) return { priority: 1, others: 1, endsAt };
  const expected = forecast - reads;
  const ofPriority = (expected * priorityReads) / reads;
  const ofOthers = expected - ofPriority;
  const most = Math.max(mostBeforePriority, expected / left);
  const others = left > ofPriority ? Math.min(ofOthers / (left - ofPriority), most) : most;
  return { priority: Math.max(1, ofPriority / (left - ofOthers / others)), others: Math.max(1, others), endsAt };
}
