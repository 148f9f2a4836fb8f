import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { projectPath } from "../../src/foundation/project.js";
import { guarded } from "./guarded.js";
import { mutants } from "./index.js";
import { mutated } from "./mutant.js";

const read = (file: string): string => readFileSync(projectPath(file), "utf8");

// Whether each test turns red is for `npm run mutants` to see: it takes minutes.
test.each(mutants)("$name: fits the sources, and its test exists", (mutant) => {
  const source = read(mutant.file);
  expect(mutated(source, mutant)).not.toBe(source);
  const [file, name] = mutant.test;
  expect(read(file)).toContain(name);
});

test("no two mutants share a name", () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.each(Object.entries(guarded))("%s: a mutant shows that it is guarded", (_, name) => {
  expect(mutants.map((mutant) => mutant.name)).toContain(name);
});
