import { expect, test } from "@jest/globals";
import { fuzz } from "./fuzz.js";

/** `npm run fuzz` asks for more. */
const requests = Number(process.env["FUZZ_REQUESTS"] ?? 500);
const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_123);

test(
  "requests that make no sense are refused in order: nothing fails, nothing of another organization shows",
  async () => {
    const { findings, answers, tooMany } = await fuzz({ requests, seed });
    // The seed belongs to what a failure shows.
    expect({ seed, findings }).toEqual({ seed, findings: [] });
    expect(tooMany).toBeLessThan(answers / 50);
    if (requests > 500)
      process.stdout.write(`${requests} requests, ${answers} answers over HTTP, ${tooMany} of them 429\n`);
  },
  180_000 + requests * 200,
);
