/** A random number of 0 up to, not including, 1. */
export type Random = () => number;

/** Random numbers that are the same for the same seed. */
export function seeded(seed: string): Random {
  let state = 2166136261;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A whole number from `least` to `most`, both included. */
export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

export function pick<const List extends readonly [unknown, ...unknown[]]>(random: Random, from: List): List[number] {
  return from[Math.floor(random() * from.length)] ?? from[0];
}

export function chance(random: Random, probability: number): boolean {
  return random() < probability;
}
