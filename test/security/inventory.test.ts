import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { projectPath } from "../../src/foundation/project.js";

const page = readFileSync(projectPath("docs/security.md"), "utf8");
const promises = page.split("\n## ")[0] ?? "";

/** The tests that the page names: a file, and the name as it is written there. */
const named = [...promises.matchAll(/\| `(test\/[^`]+\.test\.ts)` (.+?) +\|$/gm)].map(([, file = "", name = ""]) => ({
  file,
  name: name.replaceAll(/\\([|_*<])/g, "$1"),
}));

test("every line of the promises names a test", () => {
  const lines = promises.split("\n").filter((line) => line.startsWith("| "));
  expect(named).toHaveLength(lines.length - 2);
  expect(named.length).toBeGreaterThan(60);
});

test.each(named)("$file: $name", ({ file, name }) => {
  const path = projectPath(file);
  expect(existsSync(path)).toBe(true);
  expect(readFileSync(path, "utf8")).toContain(`"${name}"`);
});
