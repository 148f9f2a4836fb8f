import { chance } from "../generate/random.js";
import type { Random } from "../generate/random.js";
import type { WebhookSettings } from "./settings.js";

/** The events as they arrive: some lost, some twice, some in another order. */
export function withMishaps<T>(
  events: readonly T[],
  { loss, doubling, reordering }: Pick<WebhookSettings, "loss" | "doubling" | "reordering">,
  random: Random,
): readonly T[] {
  const left = events.filter(() => !chance(random, loss));
  const all = [...left, ...left.filter(() => chance(random, doubling))];
  for (const [index, event] of all.entries()) {
    const place = Math.floor(random() * all.length);
    const other = all[place];
    if (other === undefined || !chance(random, reordering)) continue;
    all[index] = other;
    all[place] = event;
  }
  return all;
}
