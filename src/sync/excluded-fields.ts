import { z } from "zod";
import type { EntityPlugin } from "../plugins/plugin.js";
import { UserProblem } from "./problems.js";

export type ExcludedFields = Readonly<Record<string, readonly string[]>>;

/**
 * The column `connections.excluded_fields`: by entity, in alphabetical order whatever the database's, the names of the spares that a company does
 * without, in the plugin's order.
 */
export const excludedFields = z.record(z.string(), z.array(z.string())).transform(inOrder);

function inOrder(fields: ExcludedFields): ExcludedFields {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is asked for of one entity. */
export interface ExcludedOfEntity {
  readonly entity: string;
  readonly fields: readonly string[];
}

/** As they are kept, each once. Throws UserProblem for the first that no company may do without. */
export function checkedExclusions(
  asked: readonly ExcludedOfEntity[],
  plugins: readonly EntityPlugin[],
): ExcludedFields {
  for (const [index, { entity, fields }] of asked.entries()) {
    const spares = sparesOf(plugins.find(({ name }) => name === entity));
    const unknown = fields.filter((field) => !spares.includes(field));
    if (unknown.length === 0) continue;
    const others = spares.length === 0 ? "nothing can" : `these can: ${spares.join(", ")}`;
    const message = `${unknown.join(", ")} of ${entity} cannot be left out; ${others}.`;
    throw new UserProblem("INVALID", `excludedFields.${String(index)}.fields`, message);
  }
  const checked = plugins.flatMap((plugin): [string, readonly string[]][] => {
    const wanted = asked.filter(({ entity }) => entity === plugin.name).flatMap(({ fields }) => fields);
    const fields = sparesOf(plugin).filter((field) => wanted.includes(field));
    return fields.length === 0 ? [] : [[plugin.name, fields]];
  });
  return inOrder(Object.fromEntries(checked));
}

/** By entity, what `after` leaves out that `before` did not. */
export function newlyExcluded(before: ExcludedFields, after: ExcludedFields): readonly ExcludedOfEntity[] {
  return Object.entries(after).flatMap(([entity, names]) => {
    const fields = names.filter((name) => before[entity]?.includes(name) !== true);
    return fields.length === 0 ? [] : [{ entity, fields }];
  });
}

const sparesOf = (plugin: EntityPlugin | undefined): readonly string[] => Object.keys(plugin?.spares ?? {});
