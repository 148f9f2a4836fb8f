import { describe, expect, test } from "@jest/globals";
import * as fixtures from "../fixtures/index.js";
import { pluginOf, plugins, problemsOf, takeIn } from "./support.js";

test("every entity of the registry has a fixture", () => {
  expect(Object.values(fixtures).map(({ entity }) => entity)).toEqual(plugins.map(({ name }) => name));
});

describe.each(Object.values(fixtures))("$entity", (fixture) => {
  const { entity, base } = fixture;

  test("an edit shows in its field", () => {
    const { name, value } = fixture.changedField;
    expect(takeIn(entity, base).row[name]).not.toBe(value);
    expect(takeIn(entity, fixture.changed).row[name]).toBe(value);
  });

  test("its end shows in its state", () => {
    expect(takeIn(entity, base).state).toBe("ACTIVE");
    expect(takeIn(entity, fixture.ended.payload).state).toBe(fixture.ended.state);
  });

  test("a malformed record is refused with its problem", () => {
    const [problem = ""] = problemsOf(entity, fixture.malformed.payload);
    expect(problem.slice(0, fixture.malformed.problem.length)).toBe(fixture.malformed.problem);
  });

  test("reading it another way gives the same row", () => {
    expect(fixture.readAnotherWay).not.toEqual(base);
    expect(takeIn(entity, fixture.readAnotherWay)).toEqual(takeIn(entity, base));
  });

  test("what nobody knows yet is ignored", () => {
    expect(takeIn(entity, fixture.withUnknownFields)).toEqual(takeIn(entity, base));
  });

  test("without all that is optional it is taken in, each field present and null", () => {
    const { row } = takeIn(entity, fixture.bare);
    expect(Object.keys(row).sort()).toEqual(Object.keys(takeIn(entity, base).row).sort());
    expect(Object.values(row)).not.toContain(undefined);
  });

  test("it needs no time of its last update", () => {
    expect(takeIn(entity, fixture.withoutUpdateTime)).toEqual(takeIn(entity, base));
  });

  test("it gives a value for exactly the fields that are stored, never null where one is required", () => {
    const { fields } = pluginOf(entity);
    const { row } = takeIn(entity, fixture.bare);
    const stored = Object.entries(fields).filter(([, field]) => field.stored);
    expect(Object.keys(row).sort()).toEqual(stored.map(([name]) => name).sort());
    for (const [name] of stored.filter(([, { required }]) => required)) expect(row[name]).not.toBeNull();
  });
});
