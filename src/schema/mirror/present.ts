import { z } from "zod";
import { parseExact } from "../../foundation/json.js";
import type { FieldMap } from "../../plugins/fields.js";
import type { ChildDefinition, EntityPlugin } from "../../plugins/plugin.js";
import { entityOf, type Catalog, type Entity } from "../../sync/read/catalog.js";
import { edgeKey, positionKey, typeKey, type PageSelection, type Selection } from "../../sync/read/selection.js";
import { childRows, pageRows, recordRow, type PageRows, type Row } from "../../sync/read/selection.js";
import { encodeId, toConnection, type Connection } from "../relay.js";
import { encodeRow } from "../row-id.js";
import type { MirroredObject } from "./record.js";
import { listKey } from "./select.js";

const position = z.array(z.string().nullable());

/** Rows as the reader gives them, in the shape that GraphQL's own resolvers take fields from. */
export class Presenter {
  constructor(private readonly catalog: Catalog) {}

  page(entity: Entity, { rows, total = 0 }: PageRows, page: PageSelection): Connection<MirroredObject> {
    const nodes = rows.slice(0, page.first + 1).map((row) => this.record(entity, row, page.record));
    return toConnection(nodes, {
      first: page.first,
      after: page.after,
      binding: page.binding,
      positionOf: (node) => position.parse(node[positionKey]),
      totalCount: total,
      ...(page.edgeFields.length > 0 && { edgeOf: (node) => recordRow(node[edgeKey]) }),
    });
  }

  record(entity: Entity, row: Row, selection: Selection): MirroredObject {
    const { name } = entity.plugin;
    const { id, raw } = row;
    return {
      ...row,
      __typename: name,
      entity: name,
      ...(typeof id === "string" && { id: encodeId(name, id) }),
      ...(typeof raw === "string" && { raw: parseExact(raw) }),
      ...Object.fromEntries([
        ...this.references(entity.fields, row, selection),
        ...this.children(entity.plugin.children, row, selection),
        ...this.lists(entity, row, selection),
      ]),
    };
  }

  private references(fields: FieldMap, row: Row, { references }: Selection): readonly Named[] {
    return references.map(({ field, targets }) => {
      const value = row[field];
      const target = fields[field]?.reference?.target;
      if (value === null || target === undefined) return [field, null];
      const referred = recordRow(value);
      const name = typeof target === "string" ? target : String(referred[typeKey]);
      const selection = targets[name];
      return [field, selection && this.record(entityOf(this.catalog, name), referred, selection)];
    });
  }

  private children(definitions: EntityPlugin["children"], row: Row, { children }: Selection): readonly Named[] {
    return children.map(({ field, rows }) => {
      const definition = definitions[field];
      return [field, definition && childRows(row[field]).map((child) => this.child(definition, child, rows))];
    });
  }

  private child(definition: ChildDefinition, row: Row, selection: Selection): Row {
    const { id } = row;
    const { nesting } = definition;
    return {
      ...row,
      ...(typeof id === "string" && { id: encodeRow(definition.type, id) }),
      ...Object.fromEntries([
        ...this.references(definition.fields, row, selection),
        ...this.children(nesting === undefined ? {} : { [nesting.field]: definition }, row, selection),
      ]),
    };
  }

  /** GraphQL's default resolver calls a function with the field's arguments: they tell pages of one list apart. */
  private lists({ lists }: Entity, row: Row, selection: Selection): readonly Named[] {
    const pages = selection.lists.flatMap(({ field, key, page }) => {
      const list = lists.get(field);
      if (list === undefined) return [];
      return [{ field, key, page: this.page(entityOf(this.catalog, list.entity), pageRows(row[key]), page) }];
    });
    return pages.map(({ field, page }) => {
      const alike = pages.filter((other) => other.field === field);
      if (alike.length === 1) return [field, page];
      return [field, (args: unknown) => alike.find(({ key }) => key === listKey(field, args))?.page];
    });
  }
}

type Named = readonly [name: string, value: unknown];
