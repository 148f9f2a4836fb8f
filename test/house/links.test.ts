import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "@jest/globals";
import { projectPath } from "../../src/foundation/project.js";

/** A link of a page: to an address, or to a file of the project, whose title names a test in it. */
interface Link {
  readonly page: string;
  readonly target: string;
  readonly title: string | undefined;
}

const pages = [
  "README.md",
  ...readdirSync(projectPath("docs"), { recursive: true, encoding: "utf8" }).map((file) => join("docs", file)),
].filter((file) => file.endsWith(".md"));

function linksOf(page: string): readonly Link[] {
  const text = readFileSync(projectPath(page), "utf8");
  const found = text.matchAll(/\]\(([^)\s]+)(?:\s+"([^"]+)")?\)/g);
  return [...found].map(([, target = "", title]) => ({ page, target, title }));
}

const inProject = pages.flatMap(linksOf).filter(({ target }) => !/^(https?:|#)/.test(target));
const fileOf = ({ page, target }: Link): string => normalize(join(dirname(page), target.replace(/#.*$/, "")));

test("every link of the documentation leads to a file or folder", () => {
  expect(inProject.length).toBeGreaterThan(50);
  expect(inProject.filter((link) => !existsSync(projectPath(fileOf(link))))).toEqual([]);
});

test("a link that names a test leads to the file that has it", () => {
  const named = inProject.filter(({ title }) => title !== undefined);
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((link) => {
    const source = existsSync(projectPath(fileOf(link))) ? readFileSync(projectPath(fileOf(link)), "utf8") : "";
    // A long name stands on a line of its own.
    return !source.replace(/test\(\s+"/g, 'test("').includes(`test("${link.title ?? ""}"`);
  });
  expect(missing.map(({ target, title }) => `${target}: ${title ?? ""}`)).toEqual([]);
});
