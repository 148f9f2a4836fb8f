import * as registry from "../../src/plugins/index.js";
import type { EntityPlugin, TakenIn } from "../../src/plugins/plugin.js";
import { InvalidRecord } from "../../src/plugins/plugin.js";

export const plugins: readonly EntityPlugin[] = Object.values(registry);

export function pluginOf(entity: string): EntityPlugin {
  const found = plugins.find(({ name }) => name === entity);
  if (found === undefined) throw new Error(`No plugin is registered for ${entity}.`);
  return found;
}

export type Row = Readonly<Record<string, unknown>>;

export function takeIn(entity: string, payload: unknown): TakenIn {
  return pluginOf(entity).takeIn(payload);
}

export function rowOf(entity: string, payload: unknown): Row {
  return takeIn(entity, payload).row;
}

export function childrenOf(entity: string, payload: unknown, child: string): readonly Row[] {
  return takeIn(entity, payload).children[child] ?? [];
}

/** The problems for which a payload is refused; none if it is taken in. */
export function problemsOf(entity: string, payload: unknown): readonly string[] {
  try {
    takeIn(entity, payload);
    return [];
  } catch (error) {
    if (error instanceof InvalidRecord) return error.problems;
    throw error;
  }
}
