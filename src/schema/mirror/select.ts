import type { ResolveTree } from "graphql-parse-resolve-info";
import type { ChildDefinition } from "../../plugins/plugin.js";
import { entityOf, fieldOf, targetsOf, type Catalog, type Entity } from "../../sync/read/catalog.js";
import type { ListSelection, PageSelection, Selection } from "../../sync/read/selection.js";
import { bindingOf, decodeCursor, isUuid, pageSize } from "../relay.js";
import { conditionsOf, fitsKind, isInteger, orderOf } from "./filter.js";

/**
 * What an operation selects, as the reader takes it. One field may be selected many times (by aliases, fragments, and by both
 * `nodes` and `edges`), so a selection is made of all the trees that stand for the same object.
 */
export class Selector {
  constructor(
    private readonly catalog: Catalog,
    private readonly options: { readonly maySeePayloads: boolean; readonly asOf?: Date | undefined },
  ) {}

  /** A page of a list of `entity`. `list` says which list it is, for its cursors. */
  page(
    entity: Entity,
    list: { readonly name: unknown; readonly isKeyedByRow: boolean },
    trees: readonly ResolveTree[],
  ): PageSelection {
    const args = trees[0]?.args ?? {};
    const conditions = conditionsOf(entity, args["filter"]);
    const order = orderOf(entity, args["orderBy"]);
    const { asOf } = this.options;
    const binding = bindingOf([list.name, conditions, order, ...(asOf === undefined ? [] : [asOf])]);
    const ordered = fitsKind(fieldOf(entity.fields, order.field).kind);
    const fits = [ordered, isUuid, ...(list.isKeyedByRow ? [isInteger] : [])];
    const { after } = args;
    const selected = fieldsOf(trees);
    const edges = fieldsOf(selected.get("edges"));
    const nodes = [...(selected.get("nodes") ?? []), ...(edges.get("node") ?? [])];
    return {
      first: pageSize(typeof args["first"] === "number" ? args["first"] : undefined),
      ...(typeof after === "string" && { after: decodeCursor(after, binding, fits) }),
      binding,
      conditions,
      order,
      withTotal: selected.has("totalCount"),
      record: this.record(entity, nodes),
      edgeFields: [...edges.keys()].filter((name) => name !== "node" && name !== "cursor").sort(),
    };
  }

  record(entity: Entity, trees: readonly ResolveTree[]): Selection {
    const { plugin, fields, lists } = entity;
    const selected = fieldsOf(trees, [plugin.name, "MirroredRecord", "Node"]);
    const names = [...selected.keys()].sort();
    const declared = names.filter((name) => name in fields && fields[name]?.kind !== "REFERENCE");
    const isDeclared = (name: string): boolean => name in fields || name in plugin.children || lists.has(name);
    // What no plugin declares is resolved elsewhere, by the record's id or its connection's.
    const isElsewhere = names.some((name) => !isDeclared(name) && !["id", "entity", "raw"].includes(name));
    const own = [
      ...(isElsewhere || selected.has("id") ? ["id"] : []),
      ...(isElsewhere ? ["connectionId"] : []),
      ...(selected.has("raw") && this.options.maySeePayloads ? ["raw"] : []),
    ];
    return {
      fields: [...own, ...declared],
      references: this.references(fields, selected),
      children: names.flatMap((field) => {
        const definition = plugin.children[field];
        return definition === undefined ? [] : [{ field, rows: this.child(definition, selected.get(field) ?? []) }];
      }),
      lists: names.flatMap((field) => this.lists(entity, field, selected.get(field) ?? [])),
    };
  }

  private references(fields: Entity["fields"], selected: Selected): Selection["references"] {
    return [...selected.keys()].sort().flatMap((field) => {
      const reference = fields[field]?.reference;
      if (reference === undefined) return [];
      const trees = selected.get(field) ?? [];
      const targets = targetsOf(this.catalog, reference).map((name): [string, Selection] => {
        return [name, this.record(entityOf(this.catalog, name), trees)];
      });
      return [{ field, targets: Object.fromEntries(targets) }];
    });
  }

  private child(definition: ChildDefinition, trees: readonly ResolveTree[]): Selection {
    const { type, fields, variants, nesting } = definition;
    const selected = fieldsOf(trees, [type, ...Object.values(variants?.types ?? {}).map((variant) => variant.type)]);
    const names = [...selected.keys()].sort();
    const nested = nesting === undefined ? undefined : selected.get(nesting.field);
    return {
      fields: names.filter(
        (name) => ["id", "position"].includes(name) || (name in fields && fields[name]?.kind !== "REFERENCE"),
      ),
      references: this.references(fields, selected),
      children:
        nesting === undefined || nested === undefined
          ? []
          : [{ field: nesting.field, rows: this.child(definition, nested) }],
      lists: [],
    };
  }

  /** One list may be selected with different arguments under different aliases: each is a page of its own. */
  private lists({ plugin, lists }: Entity, field: string, trees: readonly ResolveTree[]): readonly ListSelection[] {
    const list = lists.get(field);
    if (list === undefined) return [];
    const name = `${plugin.name}.${field}`;
    const isKeyedByRow = (list.through?.edgeFields ?? []).length > 0;
    const byArguments = groupBy(trees, ({ args }) => listKey(field, args));
    return [...byArguments].map(([key, alike]) => {
      return { field, key, page: this.page(entityOf(this.catalog, list.entity), { name, isKeyedByRow }, alike) };
    });
  }
}

/** Under which name a list's page is read. */
export function listKey(field: string, args: unknown): string {
  return `@${bindingOf([field, args])}`;
}

type Selected = ReadonlyMap<string, readonly ResolveTree[]>;

/** The fields selected of an object, by name; of an interface's, those of the types it may be. */
function fieldsOf(trees: readonly ResolveTree[] = [], types?: readonly string[]): Selected {
  const fields = trees.flatMap(({ fieldsByTypeName }) => {
    return Object.entries(fieldsByTypeName).flatMap(([type, fields]) =>
      types?.includes(type) === false ? [] : Object.values(fields),
    );
  });
  return groupBy(fields, ({ name }) => name);
}

function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): ReadonlyMap<string, readonly Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return groups;
}
