import type { PoolClient } from "pg";
import { z } from "zod";
import type { EntityPlugin } from "../../plugins/plugin.js";
import type { Values, WantedWrite, WriteProblem } from "../../plugins/writes.js";
import type { Problem } from "../problems.js";
import type { Asked } from "./asked.js";
import type { EditRequest } from "./edits.js";
import { missingProblems, normalValues, valueProblems } from "./given-values.js";
import { lockNames, nameProblems } from "./names.js";
import { problemAt } from "./paths.js";
import { joinedBy, overlaid } from "./plan.js";
import { readReferenced, type Referenced } from "./referenced.js";
import { resolveReferences } from "./references.js";
import { sameValue, editableValues } from "./values.js";

/** What an edit wants, with all that is wrong with it. */
export interface Wanted {
  /** What was given, in the normal form and completed; of what joins a new record, all of it. */
  readonly values: Values;
  readonly problems: readonly Problem[];
  readonly referenced: Referenced;
}

interface Checking {
  readonly client: PoolClient;
  readonly plugins: readonly EntityPlugin[];
}

/** References are resolved before the record is locked: what is named of new records is locked before what names it. */
export async function resolveGiven(
  { client, plugins }: Checking,
  { plugin, company }: Pick<Asked, "plugin" | "company">,
  { values, listAction }: EditRequest,
): Promise<{ readonly values: Values; readonly problems: readonly WriteProblem[] }> {
  const mirror = { client, plugins, connectionId: company.id, epoch: company.epoch };
  const resolved = await resolveReferences({ ...mirror, isAnyState: listAction?.kind === "REMOVE" }, plugin, values);
  if (namesSomething(plugin, values)) await lockNames(client, mirror, plugin);
  return { values: normalValues(plugin, resolved.values), problems: resolved.problems };
}

/** Whether these values may give the record another name. */
function namesSomething({ writes }: EntityPlugin, values: Values): boolean {
  const { field, within } = writes?.unique ?? {};
  return [field, within].some((path) => path !== undefined && path in values);
}

/** Checks all at once: what the declarations say, what the plugin says, names, and closed books. */
export async function checkWanted(
  { client, plugins }: Checking,
  asked: Asked,
  { operation, listAction }: EditRequest,
  given: { readonly values: Values; readonly problems: readonly WriteProblem[] },
): Promise<Wanted> {
  const { plugin, writes, company, record, changes } = asked;
  const held = heldValues(asked);
  const joined = joinedBy({ changes });
  const isNew = record === undefined || (operation === "UPDATE" && joined?.operation === "CREATE");
  const edits = operation === "CREATE" || operation === "UPDATE";
  const shape = [
    ...given.problems,
    ...excludedProblems(asked, given.values),
    ...(edits ? valueProblems(plugin, operation, given.values) : []),
  ];
  const acted = actOn(listAction, held, given.values);
  const over = isNew && joined !== undefined ? { ...created(joined.edits), ...acted.values } : acted.values;
  const mirror = { client, plugins, connectionId: company.id, epoch: company.epoch };
  const referenced = await readReferenced(mirror, plugin, { ...held, ...over });
  const wanted = (values: Values): WantedWrite => ({
    operation: isNew ? "CREATE" : operation,
    values,
    result: { ...(isNew ? {} : held), ...values },
    before: isNew ? undefined : { row: record.mapped.row, children: record.mapped.children, payload: record.payload },
    company,
    referenced,
  });
  const isSound = shape.length === 0 && acted.problems.length === 0;
  const values = isSound ? (writes.complete?.(wanted(over)) ?? over) : over;
  const result = wanted(values).result;
  const problems = [
    ...shape,
    ...acted.problems,
    ...(edits ? missingProblems(plugin, isNew ? "CREATE" : "UPDATE", values) : []),
    ...(await nameProblems(client, mirror, plugin, { recordId: record?.id, values, result })),
    ...closedProblems(asked, result),
    ...(isSound ? (writes.check?.(wanted(values)) ?? []) : []),
  ];
  return { values, problems: onePerPath(problems).map((problem) => placed(problem, listAction, acted)), referenced };
}

/** What is not kept cannot wait here to be sent. */
function excludedProblems({ plugin, company }: Asked, values: Values): WriteProblem[] {
  const excluded = company.excludedFields[plugin.name] ?? [];
  const message = "The company does without this (excludedFields of its sync settings): edit it in QuickBooks.";
  return Object.keys(values)
    .filter((path) => excluded.includes(path))
    .map((path) => ({ path, message }));
}

/** All that can be edited of the record, as it will be with the edits that wait; nothing of a new one. */
function heldValues({ plugin, record, changes }: Asked): Values {
  return record === undefined ? {} : overlaid({ values: editableValues(plugin, record.mapped), changes });
}

const created = (edits: Readonly<Record<string, { readonly value: unknown }>>): Values =>
  Object.fromEntries(Object.entries(edits).map(([path, { value }]) => [path, value]));

interface Acted {
  readonly values: Values;
  readonly problems: readonly WriteProblem[];
  /** Rows that stood before those that were given. */
  readonly before: number;
}

/** The whole list that adding or taking away rows comes to. */
function actOn(action: EditRequest["listAction"], held: Values, values: Values): Acted {
  if (action === undefined) return { values, problems: [], before: 0 };
  const { list, kind } = action;
  const [rows, given] = [rowsOf(held[list]), rowsOf(values[list])];
  if (kind === "ADD") return { values: { ...values, [list]: [...rows, ...given] }, problems: [], before: rows.length };
  const problems = given.flatMap((row, index) =>
    rows.some((each) => matches(each, row))
      ? []
      : [{ path: `${list}.${String(index)}`, message: "There is no such row: look at the list again." }],
  );
  const left = rows.filter((row) => !given.some((each) => matches(row, each)));
  return { values: { ...values, [list]: left }, problems, before: 0 };
}

/** Whether a row holds all that is said of it. */
const matches = (row: Values, said: Values): boolean =>
  Object.entries(said).every(([key, value]) => value === null || JSON.stringify(row[key]) === JSON.stringify(value));

const rowsOf = (value: unknown): Values[] => z.array(z.record(z.string(), z.unknown())).safeParse(value).data ?? [];

/** Where rows were added to a list, its places are counted from the first that was given. */
function placed({ path, message }: WriteProblem, action: EditRequest["listAction"], { before }: Acted): Problem {
  const [list, index, ...rest] = path.split(".");
  if (action === undefined || list !== action.list || index === undefined) return problemAt({ path, message });
  const place = Number(index) - before;
  return problemAt({ path: place < 0 ? list : [list, String(place), ...rest].join("."), message });
}

/** Nothing is written into a period whose books are closed, nor taken out of it. */
function closedProblems({ plugin, writes, company, record }: Asked, result: Values): WriteProblem[] {
  const { dateField: path } = writes;
  const { closedUntil } = company;
  if (path === undefined || closedUntil === null) return [];
  const own = record === undefined ? undefined : editableValues(plugin, record.mapped)[path];
  const dates = [own, result[path] ?? own ?? company.today];
  const closed = dates.find((date) => typeof date === "string" && date <= closedUntil);
  if (closed === undefined) return [];
  const isMoved = !sameValue(plugin, path, own, result[path]);
  const message = `The books are closed up to ${closedUntil}: ${isMoved ? "choose a later date" : "reopen them in QuickBooks first"}.`;
  return [{ path, message }];
}

const onePerPath = (problems: readonly WriteProblem[]): WriteProblem[] =>
  [...new Map([...problems].reverse().map((problem) => [problem.path, problem])).values()].reverse();
