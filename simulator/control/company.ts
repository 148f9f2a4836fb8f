import type { z } from "zod";
import { json } from "../answers.js";
import type { Answer } from "../answers.js";
import type { Clock } from "../clock.js";
import type { Company } from "../company/company.js";
import { entities } from "../entities/index.js";
import type { Request } from "../request.js";
import { ControlRefused, read } from "./input.js";
import { editSchema, nameSchema, recordSchema, seriesSchema } from "./schemas.js";

/** How many records of each entity the company has. */
export function countsOf(company: Company): Readonly<Record<string, number>> {
  return Object.fromEntries(entities.map(({ name }) => [name, company.count(name)]));
}

/** What the control API does in one company; undefined when it has nothing there. */
export function controlCompany(
  company: Company,
  clock: Clock,
  { method, body, query }: Request,
  what: string,
): Answer | undefined {
  const { realmId, name } = company;
  const key = `${method} ${what}`;
  if (key === "GET ") return json(200, { realmId, name, counts: countsOf(company) });
  if (key === "GET edits") return json(200, { edits: company.edits });
  if (key === "POST edits") return json(200, { id: edit(company, read(editSchema, body)) });
  if (key === "POST series") return json(200, { ids: series(company, clock, read(seriesSchema, body)) });
  if (key === "GET records") return records(company, query.get("entity") ?? "");
  if (key === "POST reset") company.reset();
  else if (key === "POST names") company.takeName(read(nameSchema, body).name);
  else if (key === "POST poison" || key === "POST cure") {
    const { entity, id } = read(recordSchema, body);
    if (what === "poison") company.poison(entity, id);
    else company.cure(entity, id);
  } else return undefined;
  return json(200, {});
}

/** Makes the edit and answers the id of its record. */
function edit(company: Company, wanted: z.infer<typeof editSchema>): string {
  const { kind, entity, id, into, fields = {}, visibleAfterMs } = wanted;
  const timing = visibleAfterMs === undefined ? {} : { visibleAfterMs };
  if (kind === "create") return company.create(entity, fields, timing);
  if (id === undefined) throw new ControlRefused(400, `id is missing: name the ${entity} to ${kind}.`);
  if (kind === "change") company.change(entity, id, fields, timing);
  else if (kind === "merge") company.merge(entity, id, into ?? "", timing);
  else company[kind](entity, id, timing);
  return id;
}

/** The ids of the records of all edits, in their order. One that is refused ends the series; those before it were made. */
function series(company: Company, clock: Clock, { edits, everyMs }: z.infer<typeof seriesSchema>): readonly string[] {
  return edits.map((each) => {
    const id = edit(company, each);
    clock.advance(everyMs);
    return id;
  });
}

/** All records of an entity, one line of JSON each, as queries serve them. */
function records(company: Company, entity: string): Answer {
  const served = company.records(entity);
  function* lines(): Generator<string> {
    for (const { text } of served) yield `${text}\n`;
  }
  return { status: 200, headers: { "Content-Type": "application/x-ndjson" }, body: lines() };
}
