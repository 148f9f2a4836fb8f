import { readdirSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseExact } from "../../src/foundation/json.js";
import { leftOutOf, withoutLeftOut } from "../../src/sync/erasure/left-out.js";
import { payload } from "../fixtures/payload.js";
import { plugins } from "../support/engine.js";

/** What the plugins say that a company may do without. */

/** Fields that are put together of several, and so change with each. */
const together = ["primaryContactName"];

const spares = plugins.flatMap((plugin) =>
  Object.keys(plugin.spares ?? {}).map((field) => [plugin.name, field, plugin] as const),
);

const fixturesOf = (name: string) =>
  readdirSync(new URL(`../fixtures/${name.toLowerCase()}`, import.meta.url))
    .filter((file) => file.endsWith(".json"))
    .map((file) => payload(`${name.toLowerCase()}/${file.replace(".json", "")}`));

test.each(spares)("%s without %s is taken in, with nothing else amiss", (name, field, plugin) => {
  const leftOut = leftOutOf({ [name]: [field] });
  for (const whole of fixturesOf(name)) {
    const before = plugin.takeIn(whole);
    const after = plugin.takeIn(parseExact(withoutLeftOut(JSON.stringify(whole), plugin, leftOut)));
    const [old, left] = [{ ...before.row }, { ...after.row }] as Record<string, unknown>[];
    const changed = Object.keys(left ?? {}).filter((key) => JSON.stringify(old?.[key]) !== JSON.stringify(left?.[key]));
    expect(changed.filter((key) => key !== field && !together.includes(key))).toEqual([]);
    expect(after).toMatchObject({ state: before.state, children: before.children });
    if (field in plugin.fields && left?.[field] !== "Voided") expect(left?.[field]).toBeNull();
  }
});

test("a spare has the name of a field that need not be there, or of a property that no field shows", () => {
  for (const [name, field, plugin] of spares) {
    const declared = plugin.fields[field];
    if (declared === undefined) expect(`${name} ${field}`).toMatch(/ [A-Z]\w+$/);
    else expect([declared.required, declared.kind === "REFERENCE"]).not.toContain(true);
  }
});

test("every other digit of the payload stays as it came", () => {
  const text = '{"Id":"1","Balance":12345678901234567890.10,"Notes":"x","DisplayName":"A"}';
  const [customer] = plugins.filter(({ name }) => name === "Customer");
  const left = customer && withoutLeftOut(text, customer, leftOutOf({ Customer: ["notes"] }));
  expect(left).toBe('{"Id":"1","Balance":12345678901234567890.10,"DisplayName":"A"}');
});
