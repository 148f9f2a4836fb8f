import type { EntityPlugin } from "../../plugins/plugin.js";
import type { WriteProblem } from "../../plugins/writes.js";
import type { Problem } from "../problems.js";

/** What people call what a path names. */
export function labelOf({ fields }: Pick<EntityPlugin, "fields">, path: string): string {
  return fields[path]?.label ?? `${path.charAt(0).toUpperCase()}${path.slice(1)}`;
}

/** As the caller is told it: by the path among the fields. */
export const problemAt = ({ path, message }: WriteProblem): Problem => ({
  code: "INVALID",
  field: `fields.${path}`,
  message,
});
