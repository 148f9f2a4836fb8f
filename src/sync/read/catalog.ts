import { columnOf, type Field, type FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import { recordFields } from "./record-fields.js";

/** The plugins' declarations as they are read: every entity with all its fields and the lists that others' references give it. */
export type Catalog = ReadonlyMap<string, Entity>;

export interface Entity {
  readonly plugin: EntityPlugin;
  /** The plugin's fields and those every record has. */
  readonly fields: FieldMap;
  readonly lists: ReadonlyMap<string, InverseList>;
}

/** The records that refer to this one, directly or by one of their children. */
export interface InverseList {
  readonly description: string;
  /** The entity that refers. */
  readonly entity: string;
  readonly reference: DeclaredReference;
  readonly through?: { readonly child: ChildDefinition; readonly edgeFields: readonly string[] };
}

export interface DeclaredReference {
  readonly column: string;
  readonly target: string | { readonly typeField: string };
  /** The fields it is declared among. */
  readonly among: FieldMap;
}

export function createCatalog(plugins: readonly EntityPlugin[]): Catalog {
  const lists = plugins.flatMap(inversesOf);
  return new Map(
    plugins.map((plugin) => {
      const own = lists.filter(({ on }) => on.includes(plugin.name)).map(({ field, list }) => [field, list] as const);
      return [plugin.name, { plugin, fields: { ...recordFields, ...plugin.fields }, lists: new Map(own) }];
    }),
  );
}

/** The entity of this name; the registry's plugins refer to each other by name only. */
export function entityOf(catalog: Catalog, name: string): Entity {
  const entity = catalog.get(name);
  if (entity === undefined)
    throw new Error(`No plugin is named ${name}; the names are ${[...catalog.keys()].join(", ")}.`);
  return entity;
}

/** A declared field. */
export function fieldOf(fields: FieldMap, name: string): Field {
  const field = fields[name];
  if (field === undefined)
    throw new Error(`No field is named ${name}; the names are ${Object.keys(fields).join(", ")}.`);
  return field;
}

/** Which entities a reference may lead to. */
export function targetsOf(catalog: Catalog, { target }: Pick<DeclaredReference, "target">): readonly string[] {
  if (typeof target !== "string") return [...catalog.keys()];
  return catalog.has(target) ? [target] : [];
}

interface Inverse {
  readonly field: string;
  readonly on: readonly string[];
  readonly list: InverseList;
}

function inversesOf(plugin: EntityPlugin): readonly Inverse[] {
  const throughChildren = Object.values(plugin.children).flatMap((child) =>
    inversesIn(plugin.name, child.fields, child),
  );
  return [...inversesIn(plugin.name, plugin.fields), ...throughChildren];
}

function inversesIn(entity: string, fields: FieldMap, child?: ChildDefinition): readonly Inverse[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const { target, inverse } = field.reference ?? {};
    if (target === undefined || inverse === undefined) return [];
    const on = inverse.on ?? (typeof target === "string" ? [target] : []);
    const list: InverseList = {
      description: inverse.description,
      entity,
      reference: { column: columnOf(name, field), target, among: fields },
      ...(child && { through: { child, edgeFields: inverse.edgeFields ?? [] } }),
    };
    return [{ field: inverse.field, on, list }];
  });
}
