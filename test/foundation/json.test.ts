import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { z } from "zod";
import { cutRecords, editExact, MalformedBody, parseExact } from "../../src/foundation/json.js";

const names = new Set(["Tree", "Shrub"]);

function cut(text: string) {
  return cutRecords(Buffer.from(text), names);
}

test("numbers that a double keeps stay numbers", () => {
  expect(parseExact('{"a":100.0,"b":362.07,"c":-0.5306667,"d":123456789012.345}')).toEqual({
    a: 100,
    b: 362.07,
    c: -0.5306667,
    d: 123456789012.345,
  });
});

test("numbers that a double would round become strings of the same digits", () => {
  expect(parseExact('{"a":12345678901234.56,"b":[9007199254740993, -0.12345678901234567],"c":1.5e3}')).toEqual({
    a: "12345678901234.56",
    b: ["9007199254740993", "-0.12345678901234567"],
    c: "1.5e3",
  });
});

test("leading zeros of a fraction are no significant digits", () => {
  expect(parseExact("[0.000000000000001]")).toEqual([0.000000000000001]);
});

test("what looks like a long number inside a string or a key is left alone", () => {
  const value = { 'say "9007199254740993"': 'a \\" 12345678901234567890', "5000000000000503624": "4e51" };
  expect(parseExact(JSON.stringify(value))).toEqual(value);
});

test("a long number where a key belongs is malformed", () => {
  expect(() => parseExact('{9007199254740993: "x"}')).toThrow(MalformedBody);
});

test("any JSON without long numbers is read as JSON.parse reads it", () => {
  const short = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100);
  const json = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value, replaceNumbers));
  fc.assert(fc.property(json, (text) => expect(parseExact(text)).toEqual(JSON.parse(text))));
  fc.assert(fc.property(short, (number) => expect(parseExact(`[${number}]`)).toEqual([number])));
});

function replaceNumbers(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Math.trunc(value % 1000) : value;
}

test("records are cut out of a query answer with their exact bytes and ids", () => {
  const first = '{"Id":"1","Line":[{"Id":"7","Note":"a ] } \\" b"}],"Total":100.0}';
  const second = '{ "Ref":{"Id":"9"}, "Id" : "2" }';
  const { envelope, records } = cut(`{"Answer":{"Tree":[${first}, ${second}],"maxResults":2},"time":"now"}`);
  expect(envelope).toEqual({ Answer: { Tree: [], maxResults: 2 }, time: "now" });
  expect(records.get("Tree")?.map(({ id }) => id)).toEqual(["1", "2"]);
  expect(records.get("Tree")?.map((slice) => slice.text())).toEqual([first, second]);
});

test("a single record is cut like one of a list, and several lists stay apart", () => {
  const single = cut('{"Shrub":{"Id":"5"},"time":"now"}');
  expect(single.envelope).toEqual({ Shrub: null, time: "now" });
  expect(single.records.get("Shrub")?.[0]?.id).toBe("5");
  const several = cut('{"Changes":[{"Tree":[{"Id":"1"}]},{"Shrub":[{"Id":"2"}]},{"Tree":[{"Id":"3"}]}, {}]}');
  expect(several.envelope).toEqual({ Changes: [{ Tree: [] }, { Shrub: [] }, { Tree: [] }, {}] });
  expect(several.records.get("Tree")?.map(({ id }) => id)).toEqual(["1", "3"]);
});

test("a record without an own Id has none, whatever its parts have", () => {
  expect(cut('{"Tree":[{"Part":{"Id":"3"},"Note":"Id","List":["Id"]}]}').records.get("Tree")?.[0]?.id).toBeUndefined();
});

test("an Id given as a number is kept by its digits", () => {
  expect(cut('{"Tree":[{"Id":5000000000000503624}]}').records.get("Tree")?.[0]?.id).toBe("5000000000000503624");
});

test("names inside records, in texts and before plain values are no lists", () => {
  const body = '{"Shrub":"Tree","Tree":null,"Note":"\\"Tree\\":[{","Answer":{"Tree":[{"Shrub":[{"Id":"1"}]}]}}';
  const { envelope, records } = cut(body);
  expect(envelope).toEqual({ Shrub: "Tree", Tree: null, Note: '"Tree":[{', Answer: { Tree: [] } });
  expect([...records.keys()]).toEqual(["Tree"]);
});

test.each([
  '{"Tree":[{"Id":"1"}',
  '{"Tree":[{"Id":"1"},]}',
  '{"Tree":[{"Id":"1"} {"Id":"2"}]}',
  '{"Tree":[1]}',
  '{"Tree":[{"Id":"1',
  '{"Answer":{"Tree":[{}]}',
  "<html>",
  "",
])("malformed bodies are refused: %s", (body) => {
  expect(() => cut(body)).toThrow(MalformedBody);
});

test("any records come back equal, whatever they hold", () => {
  const record = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
  const id = fc.option(fc.string({ unit: "grapheme" }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(fc.record({ record, id })), fc.integer({ min: 0, max: 2 }), (given, indent) => {
      const rows = given.map(({ record: { Id: _, ...rest }, id: own }) =>
        own === undefined ? rest : { ...rest, Id: own },
      );
      const text = JSON.stringify({ before: { rows: 1 }, Answer: { Tree: rows }, after: [true] }, null, indent);
      const { envelope, records } = cut(text);
      const slices = records.get("Tree") ?? [];
      expect(envelope).toEqual({ before: { rows: 1 }, Answer: { Tree: [] }, after: [true] });
      expect(slices.map((slice) => JSON.parse(slice.text()) as unknown)).toEqual(JSON.parse(JSON.stringify(rows)));
      expect(slices.map(({ id: found }) => found)).toEqual(given.map(({ id: own }) => own));
    }),
  );
});

test("a page of a thousand records is cut without copying them", () => {
  const row = { Id: "1", Note: "x".repeat(900), Line: [{ Id: "1", Amount: 10.5 }] };
  const body = Buffer.from(JSON.stringify({ Answer: { Tree: Array.from({ length: 1000 }, () => row) } }));
  const slices = cutRecords(body, names).records.get("Tree") ?? [];
  expect(slices).toHaveLength(1000);
  expect(slices.every(({ bytes }) => bytes.buffer === body.buffer)).toBe(true);
});

test("a text that is edited keeps every digit of what stays", () => {
  const text = '{"a": 100.00, "b": [9007199254740993, -1.50e3, "5", "1.0"], "gone": {"c": 1}, "d": {"e": 0.10}}';
  const edited = editExact(text, (value) => {
    const { gone: _gone, ...rest } = z.record(z.string(), z.unknown()).parse(value);
    return rest;
  });
  expect(edited).toBe('{"a":100.00,"b":[9007199254740993,-1.50e3,"5","1.0"],"d":{"e":0.10}}');
});
