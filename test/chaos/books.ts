import type { Company, EditKind, Simulator } from "../../simulator/index.js";

/** One thing that somebody, a person or an app, did to a record in QuickBooks. */
export interface BookEntry {
  readonly entity: string;
  readonly id: string;
  readonly kind: EditKind;
  /** The record's JSON; undefined where there is none. What becomes visible late is not in `after`. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** The number of the last write of an app that had been decided on: an app's own is the next. */
  readonly lastWrite: number;
}

/** Writes down everything that is done in a company from now on, with what it did. */
export function watchBooks(company: Company, simulator: Pick<Simulator, "writes">): readonly BookEntry[] {
  const entries: BookEntry[] = [];
  const submit = company.submit.bind(company);
  company.submit = (draft, timing) => {
    const { entity, id, kind } = draft;
    const lastWrite = simulator.writes.at(-1)?.sequence ?? 0;
    const before = company.record(entity, id)?.text;
    submit(draft, timing);
    entries.push({ entity, id, kind, before, after: company.record(entity, id)?.text, lastWrite });
  };
  return entries;
}
