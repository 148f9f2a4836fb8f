import type { Field } from "../plugins/fields.js";
import type { EntityPlugin } from "../plugins/plugin.js";

/** Plugins in dependency order: what others refer to comes first. A cycle keeps the given order. */
export function inDependencyOrder(plugins: readonly EntityPlugin[]): EntityPlugin[] {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  const ordered = new Set<EntityPlugin>();
  const begun = new Set<EntityPlugin>();
  const visit = (plugin: EntityPlugin): void => {
    if (begun.has(plugin)) return;
    begun.add(plugin);
    for (const name of referredTo(plugin)) {
      const target = byName.get(name);
      if (target !== undefined) visit(target);
    }
    ordered.add(plugin);
  };
  plugins.forEach(visit);
  return [...ordered];
}

function referredTo({ fields, children }: EntityPlugin): string[] {
  const all: Field[] = [fields, ...Object.values(children).map((child) => child.fields)].flatMap((map) =>
    Object.values(map),
  );
  return all.flatMap(({ reference }) => (typeof reference?.target === "string" ? [reference.target] : []));
}
