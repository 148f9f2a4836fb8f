import "reflect-metadata";
import { ArgsType, type ClassType, Field, ID, Int, InterfaceType, ObjectType } from "type-graphql";
import { defaultPageSize, encodeCursor, isUuid, largestPage, type Position } from "./cursor.js";

export * from "./cursor.js";

/** Relay's pieces, for every list and every object that can be asked for again: https://relay.dev/graphql/connections.htm */

@InterfaceType({
  autoRegisterImplementations: false,
  description: "Anything that can be asked for again by its global id.",
  resolveType: ({ __typename }: { readonly __typename: string }) => __typename,
})
export abstract class Node {
  @Field(() => ID, { description: "The global id: opaque, and stable for the life of the object." })
  readonly id!: string;
}

/** A global id: the type's name and our own id (a lower-case UUID), opaque to clients. */
export function encodeId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString("base64url");
}

/** What a global id says, or undefined where it is none, or not written as `encodeId` writes it. */
export function decodeId(globalId: string): { readonly type: string; readonly id: string } | undefined {
  const [type = "", id = "", ...rest] = Buffer.from(globalId, "base64url").toString().split(":");
  if (rest.length > 0 || !/^[A-Za-z]\w*$/.test(type) || !isUuid(id)) return undefined;
  return encodeId(type, id) === globalId ? { type, id } : undefined;
}

/** Our own id of an object of this type, or undefined where the global id is malformed or of another type. */
export function decodeIdOf(type: string, globalId: string): string | undefined {
  const decoded = decodeId(globalId);
  return decoded?.type === type ? decoded.id : undefined;
}

@ArgsType()
export class ForwardPage {
  @Field(() => Int, {
    nullable: true,
    defaultValue: defaultPageSize,
    description: `How many entries, 1 to ${largestPage}.`,
  })
  readonly first!: number | null;
  @Field(() => String, { nullable: true, description: "The cursor of the entry to go on behind." })
  readonly after?: string | null;
}

@ObjectType({ description: "Where a page lies in its list.", simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether more entries follow." })
  readonly hasNextPage!: boolean;
  @Field(() => Boolean, { description: "Whether this page was asked for with `after`." })
  readonly hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: "The first entry's cursor." })
  readonly startCursor!: string | null;
  @Field(() => String, { nullable: true, description: "The last entry's cursor: go on with it as `after`." })
  readonly endCursor!: string | null;
}

export interface Edge<T> {
  readonly node: T;
  readonly cursor: string;
}

/** A page as the connection types show it; `totalCount` may be a function, called only where it is selected. */
export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number | (() => number | Promise<number>);
}

/**
 * A page from the rows found: those asked for, and one more where the list goes on. `positionOf` gives the values that the
 * list is ordered by.
 */
export function toConnection<T>(
  rows: readonly T[],
  page: {
    readonly first: number;
    /** Where the page begins; null or left out for the first one. */
    readonly after?: unknown;
    readonly binding: string;
    readonly positionOf: (row: T) => Position;
    readonly totalCount: Connection<T>["totalCount"];
    /** What the edge of a row shows beside its node and cursor. */
    readonly edgeOf?: (row: T) => object;
  },
): Connection<T> {
  const nodes = rows.slice(0, page.first);
  const cursorOf = (node: T): string => encodeCursor(page.binding, page.positionOf(node));
  const cursorAt = (index: number): string | null => {
    const node = nodes.at(index);
    return node === undefined ? null : cursorOf(node);
  };
  // Getters: most clients select either edges or nodes, and few every cursor.
  return {
    nodes,
    get edges() {
      return nodes.map((node) => ({
        ...page.edgeOf?.(node),
        node,
        get cursor() {
          return cursorOf(node);
        },
      }));
    },
    get pageInfo() {
      return {
        hasNextPage: rows.length > page.first,
        hasPreviousPage: page.after !== undefined && page.after !== null,
        startCursor: cursorAt(0),
        endCursor: cursorAt(-1),
      };
    },
    totalCount: page.totalCount,
  };
}

/**
 * The edge and connection types of a list, named after `name`; `node` gives the type of its entries, and `declareMore` may
 * declare further fields of the edge.
 */
export function connectionType<T extends object>(
  name: string,
  node: () => ClassType<T>,
  declareMore?: (edge: ClassType<Edge<T>>) => void,
): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `An entry of a ${name}Connection.`, simpleResolvers: true })
  class EdgeType {
    @Field(() => node(), { description: "The entry itself." })
    readonly node!: T;
    @Field(() => String, { description: "Where the entry stands: give it as `after` to go on behind it." })
    readonly cursor!: string;
  }
  declareMore?.(EdgeType);

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.`, simpleResolvers: true })
  class ConnectionType {
    @Field(() => [EdgeType], { description: "The entries with their cursors." })
    readonly edges!: readonly Edge<T>[];
    @Field(() => [node()], { description: "The entries." })
    readonly nodes!: readonly T[];
    @Field(() => PageInfo, { description: "Where the page lies in the list." })
    readonly pageInfo!: PageInfo;
    @Field(() => Int, { description: "How many entries the whole list has." })
    readonly totalCount!: Connection<T>["totalCount"];
  }
  return ConnectionType;
}
