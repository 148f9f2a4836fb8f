import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "./clock.js";
import type { Companies } from "./company/companies.js";
import type { Company } from "./company/company.js";
import type { CompanyOptions } from "./company/options.js";
import { companySchema, editKinds } from "./control/schemas.js";
import type { Grants } from "./oauth/grants.js";
import { keptSchema } from "./writes/replays.js";
import type { Replays } from "./writes/replays.js";

const grant = z.object({
  id: z.string(),
  realmId: z.string(),
  scopes: z.array(z.string()).readonly(),
  authorizedAt: z.number(),
  revoked: z.boolean(),
});
const access = z.object({ grantId: z.string(), expiresAt: z.number() });
const refresh = z.object({
  grantId: z.string(),
  issuedAt: z.number(),
  replacedUntil: z.number().exactOptional(),
  usableUntil: z.number(),
});

const entrySchema = z.discriminatedUnion("type", [
  /** A company as it was generated. */
  z.object({ type: z.literal("company"), realmId: z.string(), generatedAt: z.number(), options: companySchema }),
  z.object({
    type: z.literal("edit"),
    realmId: z.string(),
    edit: z.object({
      sequence: z.number(),
      at: z.number(),
      visibleAt: z.number(),
      kind: z.enum(editKinds),
      entity: z.string(),
      id: z.string(),
      fields: z.record(z.string(), z.unknown()).exactOptional(),
      isWhole: z.boolean().exactOptional(),
      into: z.string().exactOptional(),
    }),
  }),
  z.object({ type: z.literal("answer"), answer: keptSchema }),
  z.object({ type: z.literal("clock"), offsetMs: z.number() }),
  z.object({
    type: z.literal("grants"),
    state: z.object({
      grants: z.array(grant).readonly(),
      access: z.array(z.tuple([z.string(), access]).readonly()).readonly(),
      refresh: z.array(z.tuple([z.string(), refresh]).readonly()).readonly(),
    }),
  }),
]);

/** One line of the state file: companies and edits add up, of clock and grants the latest counts. */
type Entry = z.infer<typeof entrySchema>;

function readEntries(path: string): readonly Entry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  // What stands after the last line break was cut off by a crash and was never acknowledged.
  return lines.slice(0, -1).map((line, index) => {
    try {
      return entrySchema.parse(JSON.parse(line));
    } catch (cause) {
      throw new Error(
        `SIMULATOR_STATE: line ${String(index + 1)} of ${path} cannot be read; remove the file to begin anew.`,
        { cause },
      );
    }
  });
}

function entryOf(company: Company): Entry {
  return {
    type: "company",
    realmId: company.realmId,
    generatedAt: company.generatedAt,
    options: { ...company.options },
  };
}

function sameOptions(a: CompanyOptions, b: CompanyOptions): boolean {
  const sorted = (options: CompanyOptions): string =>
    JSON.stringify(Object.entries(options).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

/** What a simulator keeps on disk: its clock, companies, the edits made in them, and the grants. */
export class State {
  readonly #entries: readonly Entry[];

  /** Reads what an earlier life left at the path. Throws when that cannot be read. */
  constructor(
    readonly path: string,
    readonly clock: Clock,
  ) {
    this.#entries = readEntries(path);
    for (const entry of this.#entries) if (entry.type === "clock") clock.advance(entry.offsetMs - clock.offsetMs);
  }

  /** Adds the companies asked for, as they were generated before if they were, and those added later; then does all edits again. */
  restoreCompanies(companies: Companies, wanted: readonly CompanyOptions[]): void {
    const kept = this.#entries.filter((entry) => entry.type === "company");
    for (const options of wanted) {
      const known = kept.find((entry) => sameOptions(entry.options, options));
      companies.add(known ? { ...options, realmId: known.realmId, generatedAt: known.generatedAt } : options);
    }
    for (const { realmId, generatedAt, options } of kept) {
      if (!companies.byRealm.has(realmId)) companies.add({ ...options, realmId, generatedAt });
    }
    for (const entry of this.#entries)
      if (entry.type === "edit") companies.byRealm.get(entry.realmId)?.replay(entry.edit);
  }

  restoreGrants(grants: Grants): void {
    for (const entry of this.#entries) if (entry.type === "grants") grants.restore(entry.state);
  }

  restoreReplays(replays: Replays): void {
    for (const entry of this.#entries) if (entry.type === "answer") replays.restore(entry.answer);
  }

  /** Writes down what there is, and from now on every change before it is answered. */
  keep(companies: Companies, grants: Grants, replays: Replays): void {
    const all = [...companies.byRealm.values()];
    this.#rewrite([
      { type: "clock", offsetMs: this.clock.offsetMs },
      ...all.map(entryOf),
      ...all.flatMap(({ realmId, edits }) =>
        edits.map((edit): Entry => ({ type: "edit", realmId, edit: { ...edit } })),
      ),
      ...replays.all.map((answer): Entry => ({ type: "answer", answer })),
      { type: "grants", state: grants.state },
    ]);
    for (const company of all) this.#watch(company);
    companies.onAdd = (company) => {
      this.#append(entryOf(company));
      this.#watch(company);
    };
    replays.onKeep = (answer) => {
      this.#append({ type: "answer", answer });
    };
    grants.onChange = () => {
      this.#append({ type: "grants", state: grants.state });
    };
    this.clock.onMove = () => {
      this.#append({ type: "clock", offsetMs: this.clock.offsetMs });
    };
  }

  #watch(company: Company): void {
    company.onEdit = (edit) => {
      this.#append({ type: "edit", realmId: company.realmId, edit: { ...edit } });
    };
  }

  #append(entry: Entry): void {
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }

  #rewrite(entries: readonly Entry[]): void {
    const temporary = `${this.path}.new`;
    writeFileSync(temporary, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    renameSync(temporary, this.path);
  }
}
