/** Numbers that follow from a seed alone, so that a history can be played again. */
export interface Random {
  /** 0 <= n < 1. */
  next(): number;
  /** 0 <= n < `end`, whole. */
  below(end: number): number;
  chance(probability: number): boolean;
  /** undefined of nothing. */
  pick<Element>(elements: readonly Element[]): Element | undefined;
}

/** Mulberry32: small, and even enough for choosing what happens next. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (elements) => elements[below(elements.length)],
  };
}
