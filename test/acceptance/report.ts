import { isFull } from "./world.js";

/** Prints what the full form has measured, for whoever ran it. */
export function report(what: string, figures: Readonly<Record<string, number>>): void {
  if (!isFull) return;
  const parts = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value * 100) / 100}`);
  process.stdout.write(`${what}: ${parts.join(", ")}\n`);
}
