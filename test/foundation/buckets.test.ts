import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Buckets } from "../../src/foundation/buckets.js";

/** A bucket of a hundred points of which ten come back in a second, and its clock. */
function setUp({ mostKept = 10 } = {}) {
  const clock = { ms: 1_000 };
  return { clock, buckets: new Buckets({ most: 100, perSecond: 10 }, () => clock.ms, mostKept) };
}

test("a bucket gives what it holds at once, and then what comes back", () => {
  const { clock, buckets } = setUp();
  expect(buckets.left("a")).toBe(100);
  buckets.take("a", 90);
  expect(buckets.left("a")).toBe(10);
  expect(buckets.waitMs("a", 10)).toBe(0);
  expect(buckets.waitMs("a", 30)).toBe(2_000);
  clock.ms += 1_999;
  expect(buckets.waitMs("a", 30)).toBe(1);
  clock.ms += 1;
  expect(buckets.waitMs("a", 30)).toBe(0);
  clock.ms += 60_000;
  expect(buckets.left("a")).toBe(100);
});

test("buckets are apart, and what is taken beyond what is there is owed", () => {
  const { clock, buckets } = setUp();
  buckets.take("a", 150);
  expect({ left: buckets.left("a"), waitMs: buckets.waitMs("a", 1) }).toEqual({ left: 0, waitMs: 5_100 });
  expect(buckets.left("b")).toBe(100);
  clock.ms += 5_100;
  expect(buckets.left("a")).toBe(1);
});

test("what no bucket holds is given by a full one", () => {
  const { buckets } = setUp();
  expect(buckets.waitMs("a", 1_000)).toBe(0);
  buckets.take("a", 1);
  expect(buckets.waitMs("a", 1_000)).toBe(100);
});

test("beyond the most that are kept, the bucket that nothing was taken from for longest begins anew", () => {
  const { buckets } = setUp({ mostKept: 2 });
  for (const name of ["a", "b", "a", "c"]) buckets.take(name, 50);
  expect({ a: buckets.left("a"), b: buckets.left("b"), c: buckets.left("c") }).toEqual({ a: 0, b: 100, c: 50 });
});

test("whoever takes only what is there gets no more than a bucket holds and what comes back meanwhile", () => {
  const step = fc.record({ afterMs: fc.nat(3_000), points: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { clock, buckets } = setUp();
      const startedAt = clock.ms;
      let taken = 0;
      for (const { afterMs, points } of steps) {
        clock.ms += afterMs;
        if (buckets.waitMs("a", points) > 0) continue;
        buckets.take("a", points);
        taken += points;
        expect(taken).toBeLessThanOrEqual(100 + ((clock.ms - startedAt) * 10) / 1_000 + 1e-6);
      }
    }),
  );
});
