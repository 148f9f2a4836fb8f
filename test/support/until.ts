/** What `look` finds, as soon as it finds it; looks again every few milliseconds, unless told otherwise. Throws when that takes too long. */
export async function until<Found>(
  look: () => Promise<Found | undefined> | Found | undefined,
  timeoutMs = 30_000,
  everyMs = 10,
): Promise<Found> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`Not so within ${timeoutMs} ms: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
