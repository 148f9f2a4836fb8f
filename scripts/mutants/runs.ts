import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { z } from "zod";
import { projectPath } from "../../src/foundation/project.js";
import { mutated, type Mutant } from "../../test/mutants/mutant.js";

const leftOut = new Set(["node_modules", ".git", "dist", ".data", "coverage"]);

const report = z.object({
  testResults: z.array(
    z.object({ name: z.string(), assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) }),
  ),
});

/** What became of a test: its file within the project, its name, and whether it passed. */
interface Result {
  readonly file: string;
  readonly title: string;
  readonly status: string;
}

/** Runs tests on a copy of the project, so that no fault is ever put into the sources themselves. */
export class MutantRuns {
  readonly #folder = mkdtempSync(join(tmpdir(), "gateway-mutants-"));
  readonly #copy = join(this.#folder, "project");

  constructor() {
    const project = projectPath();
    cpSync(project, this.#copy, { recursive: true, filter: (path) => !leftOut.has(relative(project, path)) });
    symlinkSync(join(project, "node_modules"), join(this.#copy, "node_modules"));
  }

  /** Those whose test does not pass even without them, or does not exist. */
  async notGreen(mutants: readonly Mutant[]): Promise<readonly Mutant[]> {
    const results = await this.#test(mutants);
    return mutants.filter((mutant) => {
      const own = results.filter((result) => isOf(mutant, result));
      return own.length === 0 || own.some(({ status }) => status !== "passed");
    });
  }

  async verdictOn(mutant: Mutant): Promise<"killed" | "SURVIVED"> {
    const file = join(this.#copy, mutant.file);
    const source = readFileSync(file, "utf8");
    writeFileSync(file, mutated(source, mutant));
    try {
      const results = await this.#test([mutant]);
      return results.some((result) => isOf(mutant, result) && result.status === "failed") ? "killed" : "SURVIVED";
    } finally {
      writeFileSync(file, source);
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #test(mutants: readonly Mutant[]): Promise<readonly Result[]> {
    const files = [...new Set(mutants.map(({ test }) => test[0]))];
    const names = [...new Set(mutants.map(({ test }) => pattern(test[1])))].join("|");
    const output = join(this.#folder, "report.json");
    rmSync(output, { force: true });
    const jest = ["--experimental-vm-modules", "node_modules/jest/bin/jest.js"];
    const options = ["--runTestsByPath", ...files, "-t", names, "--json", "--outputFile", output];
    const child = spawn(process.execPath, [...jest, ...options], { cwd: this.#copy, stdio: "ignore" });
    await once(child, "close");
    if (!existsSync(output)) throw new Error(`The tests of ${files.join(", ")} wrote no report.`);
    return report
      .parse(JSON.parse(readFileSync(output, "utf8")))
      .testResults.flatMap(({ name, assertionResults }) =>
        assertionResults.map((result) => ({ file: relative(this.#copy, name), ...result })),
      );
  }
}

const isOf = ({ test: [file, name] }: Mutant, result: Result): boolean =>
  result.file === file && new RegExp(pattern(name)).test(result.title) && result.status !== "pending";

/** The name as it is written in the file: of a test of several cases, `%s` stands for any of them. */
const pattern = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%s", ".*");
