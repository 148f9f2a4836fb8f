import { expect, test } from "@jest/globals";
import { validate } from "@graphql-inspector/core";
import { buildSchema, Source } from "graphql";
import { readdirSync, readFileSync } from "node:fs";
import { changesText, schemaChanges } from "../../scripts/schema-diff/changes.js";
import { projectPath } from "../../src/foundation/project.js";
import { withoutField } from "./without-field.js";

const schema = readFileSync(projectPath("schema.graphql"), "utf8");
const examples = readdirSync(projectPath("examples"))
  .filter((file) => file.endsWith(".graphql"))
  .map((file) => new Source(readFileSync(projectPath("examples", file), "utf8"), file));

/** What graphql-inspector finds in the examples: errors, and uses of what is deprecated. */
const findings = (text: string): readonly string[] =>
  validate(buildSchema(text), examples).flatMap(({ source, errors, deprecated }) =>
    [...errors, ...deprecated].map(({ message }) => `${source.name}: ${message}`),
  );

test("graphql-inspector finds no error and nothing deprecated in any example", () => {
  process.stdout.write(`Examples that graphql-inspector validates: ${examples.length}\n`);
  expect(examples.length).toBeGreaterThan(20);
  expect(findings(schema)).toEqual([]);
});

test("graphql-inspector tells which example asks for what is gone, and which for what is deprecated", () => {
  const gone = findings(withoutField(schema, "Customer", "businessName"));
  expect(gone).toContainEqual(expect.stringMatching(/^customer\.graphql: Cannot query field "businessName"/));
  const deprecated = schema.replace(/\n {2}businessName: String!/, "$& @deprecated");
  expect(findings(deprecated)).toContainEqual(expect.stringMatching(/^customer\.graphql: .*deprecated/));
});

test("schema.graphql since itself has no changes", async () => {
  expect(await schemaChanges(schema, schema)).toEqual({ breaking: [], dangerous: [], safe: 0 });
});

test("schema.graphql with a field less is told as breaking", async () => {
  expect(await schemaChanges(schema, withoutField(schema, "Customer", "businessName"))).toEqual({
    breaking: ["Field 'businessName' was removed from object type 'Customer'"],
    dangerous: [],
    safe: 0,
  });
});

const small = `
  type Query { name(of: Wanted): String! kind: Kind }
  enum Kind { GOOD BAD }
  input Wanted { since: Int }
`;

test.each([
  ["a result that may be null", "String!", "String", { breaking: 1, dangerous: 0, safe: 0 }],
  ["a value of an enum that is gone", "BAD", "", { breaking: 1, dangerous: 0, safe: 0 }],
  ["an input that must be given", "since", "until: Int! since", { breaking: 1, dangerous: 0, safe: 0 }],
  ["an argument of another type", "of: Wanted", "of: Kind", { breaking: 1, dangerous: 0, safe: 0 }],
  ["a new value of an enum", "BAD", "BAD UGLY", { breaking: 0, dangerous: 1, safe: 0 }],
  ["a new field", "kind:", "age: Int kind:", { breaking: 0, dangerous: 0, safe: 1 }],
  ["another description", "kind:", '"What it is." kind:', { breaking: 0, dangerous: 0, safe: 0 }],
])("what a change means to those who have operations: %s", async (_, place, text, counts) => {
  const { breaking, dangerous, safe } = await schemaChanges(small, small.replace(place, text));
  expect({ breaking: breaking.length, dangerous: dangerous.length, safe }).toEqual(counts);
});

test("changes are told one a line, the breaking ones first, and counted", () => {
  expect(changesText({ breaking: ["A", "B"], dangerous: ["C"], safe: 3 }).split("\n")).toEqual([
    "BREAKING   A",
    "BREAKING   B",
    "DANGEROUS  C",
    "2 breaking, 1 dangerous, 3 other changes.",
  ]);
});
