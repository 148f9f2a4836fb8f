import type { EntityPlugin } from "../../plugins/plugin.js";
import { type Problem, UserProblem, UserProblems } from "../../sync/problems.js";
import { inputName, statePath } from "./paths.js";

/** Runs what names fields as the plugin does, and lets what is wrong name them as the input does. */
export async function withInputNames<Result>(plugin: EntityPlugin, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const problems =
      error instanceof UserProblems ? error.problems : error instanceof UserProblem ? [error] : undefined;
    if (problems === undefined) throw error;
    throw new UserProblems(
      problems.map((problem) => renamed(plugin, problem)),
      { cause: error },
    );
  }
}

function renamed(plugin: EntityPlugin, { code, field, message }: Problem): Problem {
  return { code, field: inputPlace(plugin, field), message };
}

/** Of a reference `fields.lines.0.x`: `fields.lines.0.xId`. */
function inputPlace(plugin: EntityPlugin, place: string): string {
  const [start, path = "", index, key, ...rest] = place.split(".");
  if (start !== "fields") return place;
  // What ends or restores a record has no fields; what forbids it concerns the record.
  if (path === statePath) return "id";
  const [field, child] = [plugin.fields[path], plugin.children[path]];
  if (field !== undefined) return place.replace(path, inputName(path, field));
  const inner = key === undefined ? undefined : child?.fields[key];
  if (index === undefined || key === undefined || inner === undefined) return place;
  return [start, path, index, key === child?.edit?.id ? "id" : inputName(key, inner), ...rest].join(".");
}
