import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { CompanyOptions, Edit } from "./company/company.js";
import type { GrantState } from "./oauth/grants.js";

/** One line of the journal: something that must outlive a restart. The latest clock and grants count, companies and edits add up. */
export type JournalEntry =
  | {
      readonly type: "company";
      readonly options: CompanyOptions & { readonly realmId: string; readonly generatedAt: number };
    }
  | { readonly type: "edit"; readonly realmId: string; readonly edit: Edit }
  | { readonly type: "clock"; readonly offsetMs: number }
  | { readonly type: "grants"; readonly state: GrantState };

/** The file a simulator keeps its state in. A file that cannot be read or written throws an error that names it. */
export class Journal {
  constructor(readonly path: string) {}

  /** All entries of earlier lives. A last line that was cut off by a crash is left out. */
  read(): readonly JournalEntry[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, "utf8").split("\n");
    return lines.slice(0, -1).map((line, index) => this.#parse(line, index + 1));
  }

  #parse(line: string, number: number): JournalEntry {
    try {
      return JSON.parse(line) as JournalEntry;
    } catch (cause) {
      throw new Error(
        `SIMULATOR_STATE: line ${String(number)} of ${this.path} is not JSON; remove the file to begin anew.`,
        { cause },
      );
    }
  }

  add(entry: JournalEntry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  /** Replaces the file in one step. */
  rewrite(entries: readonly JournalEntry[]): void {
    const temporary = `${this.path}.new`;
    writeFileSync(temporary, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    renameSync(temporary, this.path);
  }
}
