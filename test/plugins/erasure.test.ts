import { expect, test } from "@jest/globals";
import { parseExact } from "../../src/foundation/json.js";
import type { EntityPlugin } from "../../src/plugins/plugin.js";
import { type LeftOut, leftOutOf, withoutLeftOut } from "../../src/sync/erasure/left-out.js";
import { payload } from "../fixtures/payload.js";
import { plugins } from "../support/engine.js";
import { missing } from "../push/office.js";

/** What the plugins call personal. */

const pluginOf = (name: string): EntityPlugin => plugins.find((plugin) => plugin.name === name) ?? missing(name);
const only = (...keys: readonly string[]): LeftOut => leftOutOf({}, new Set(keys));

function left(name: string, whole: object, leftOut: LeftOut) {
  const text = withoutLeftOut(JSON.stringify(whole), pluginOf(name), leftOut);
  const parsed = parseExact(text);
  return { text, parsed, mapped: pluginOf(name).takeIn(parsed) };
}

test("of an erased customer nothing is left but what books need", () => {
  const { mapped, text } = left("Customer", payload("customer/business"), only("Customer 512"));
  expect(mapped.row).toMatchObject({ displayName: "Erased customer 512", balance: "1240.5", currency: "USD" });
  for (const word of ["Ellery", "Imara", "Okonedo", "Quay", "555", "transfer", "V4ID"])
    expect(text).not.toContain(word);
});

test("an invoice of an erased customer is taken in without names, addresses and words to them", () => {
  const whole = {
    ...payload("invoice/typical"),
    CustomerRef: { value: "7", name: "Imara" },
    PrivateNote: "Imara paid",
  };
  const { mapped, parsed } = left("Invoice", whole, only("Customer 7"));
  expect(mapped.row).toMatchObject({ customer: "7", billingAddress: null, shippingAddress: null, billEmail: null });
  expect(mapped.row).toMatchObject({ customerMemo: null, privateNote: null });
  expect(JSON.stringify(parsed)).not.toContain("Imara");
  expect(mapped.children).toEqual(pluginOf("Invoice").takeIn(whole).children);
});

test.each([
  ["Invoice", "invoice/voided"],
  ["Payment", "payment/voided"],
])("a voided %s of an erased customer stays voided", (name, file) => {
  const whole = { ...payload(file), CustomerRef: { value: "7" }, PrivateNote: "Voided - for Imara" };
  const { mapped, parsed } = left(name, whole, only("Customer 7"));
  expect(pluginOf(name).takeIn(whole).state).toBe("VOIDED");
  expect(mapped.state).toBe("VOIDED");
  expect(parsed).toMatchObject({ PrivateNote: "Voided" });
});

test("records of others are not touched, byte for byte", () => {
  const whole = JSON.stringify({ ...payload("invoice/typical"), CustomerRef: { value: "8", name: "Bob" } });
  expect(withoutLeftOut(whole, pluginOf("Invoice"), only())).toBe(whole);
  expect(JSON.parse(withoutLeftOut(whole, pluginOf("Invoice"), only("Customer 7")))).toEqual(JSON.parse(whole));
});

test("names of people further up go once anybody is erased, those of the next above only with them", () => {
  const job = { Id: "9", DisplayName: "Sink", ParentRef: { value: "8", name: "Imara:Kitchen" } };
  const deep = { ...job, FullyQualifiedName: "Imara:Kitchen:Sink" };
  expect(left("Customer", deep, only("Customer 7")).text).not.toContain("Imara");
  const next = {
    Id: "8",
    DisplayName: "Kitchen",
    FullyQualifiedName: "Imara:Kitchen",
    ParentRef: { value: "7", name: "Imara" },
  };
  expect(left("Customer", next, only("Customer 7")).text).not.toContain("Imara");
  expect(left("Customer", next, only("Customer 1")).parsed).toEqual(next);
  const sale = { ...payload("invoice/typical"), CustomerRef: { value: "8", name: "Zed:Kitchen" } };
  expect(left("Invoice", sale, only("Customer 7")).text).not.toContain("Zed");
});

test("what a plugin names exists: fields that refer to somebody, and fields that are mapped", () => {
  for (const { fields, erasure } of plugins) {
    for (const { field, fields: told } of erasure?.copies ?? []) {
      expect(fields[field]?.reference?.target).toEqual(expect.any(String));
      expect(told.filter((path) => fields[path] === undefined)).toEqual([]);
    }
  }
});
