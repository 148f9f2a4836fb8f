import type { EntityPlugin } from "../../plugins/plugin.js";
import { UserProblem } from "../problems.js";
import { statePath, type PolicyRule } from "./policy.js";

/**
 * Rules as they are kept: each about an entity that is mirrored, and a field that can be edited of it; one for each. Throws UserProblem
 * for the first that does not fit.
 */
export function checkedPolicies(rules: readonly PolicyRule[], plugins: readonly EntityPlugin[]): readonly PolicyRule[] {
  const seen = new Set<string>();
  return rules.map(({ entity, field, policy }, index) => {
    const place = `policies.${String(index)}`;
    if (entity === undefined && field !== undefined) {
      throw new UserProblem("INVALID", `${place}.entity`, `Say of which entity ${field} is a field.`);
    }
    if (entity !== undefined) assertKnown(plugins, entity, field, place);
    const about = `${entity ?? ""} ${field ?? ""}`;
    if (seen.has(about)) throw new UserProblem("INVALID", place, "There are two policies for the same: leave one out.");
    seen.add(about);
    return { ...(entity !== undefined && { entity }), ...(field !== undefined && { field }), policy };
  });
}

function assertKnown(plugins: readonly EntityPlugin[], entity: string, field: string | undefined, place: string): void {
  const plugin = plugins.find(({ name }) => name === entity);
  if (plugin?.writes === undefined) {
    const message = `Nothing of ${entity} can be edited here, so nothing of it can be in conflict.`;
    throw new UserProblem("INVALID", `${place}.entity`, message);
  }
  const paths = editablePaths(plugin);
  if (field === undefined || paths.includes(field)) return;
  const message = `${field} of ${entity} cannot be edited. These can: ${paths.join(", ")}.`;
  throw new UserProblem("INVALID", `${place}.field`, message);
}

const editablePaths = ({ fields, children }: EntityPlugin): string[] => [
  ...Object.keys(fields).filter((path) => fields[path]?.edit !== undefined),
  ...Object.keys(children).filter((path) => children[path]?.edit !== undefined),
  statePath,
];
