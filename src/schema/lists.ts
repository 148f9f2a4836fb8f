import { type ClassType, Field, InputType } from "type-graphql";
import { bindingOf, type Connection, decodeCursor, type ForwardPage, isUuid, pageSize, toConnection } from "./relay.js";

/** Lists of what is not mirrored: ordered by an instant, ties by id. */

/** What a filter asks of a value out of a few. */
export interface OneOf<Value> {
  readonly eq?: Value | null;
  /** An empty list matches nothing. */
  readonly in?: readonly Value[] | null;
}

type LeafType = object | Function;

/** The input type of such a filter, named `<name>Filter`. */
export function oneOf<Value>(name: string, type: () => LeafType): ClassType<OneOf<Value>> {
  @InputType(`${name}Filter`, { description: `Conditions on a ${name}; all of them must hold.` })
  class OneOfType {
    @Field(() => type(), { nullable: true, description: "Is this one." })
    readonly eq?: Value | null;

    @Field(() => [type()], { nullable: true, description: "Is one of these; an empty list matches nothing." })
    readonly in?: readonly Value[] | null;
  }
  return OneOfType;
}

/** The same for Prisma. */
export function matching<Value>(filter: OneOf<Value> | null | undefined): { equals?: Value; in?: Value[] } {
  const { eq = null, in: list = null } = filter ?? {};
  return { ...(eq === null ? {} : { equals: eq }), ...(list === null ? {} : { in: [...list] }) };
}

/** What a filter asks of an instant; its input type is DateTimeFilter. */
export interface Instants extends OneOf<Date> {
  readonly gt?: Date | null;
  readonly gte?: Date | null;
  readonly lt?: Date | null;
  readonly lte?: Date | null;
}

/** The same for Prisma. */
export function within(filter: Instants | null | undefined) {
  const { gt, gte, lt, lte } = filter ?? {};
  return { ...matching(filter), ...(gt && { gt }), ...(gte && { gte }), ...(lt && { lt }), ...(lte && { lte }) };
}

/** Where a page begins: behind the entry with this instant and id. */
export interface Place {
  readonly at: Date;
  readonly id: string;
}

interface InstantList<Row, Entry> {
  /** Says which list it is and how filtered: cursors of another are refused. */
  readonly list: unknown;
  instantOf(row: Row): Date;
  /** Up to `take` rows behind the place. */
  read(place: Place | undefined, take: number): Promise<Row[]>;
  count(): Promise<number>;
  show(row: Row): Entry;
}

/** One page. Throws BAD_USER_INPUT with the reason PAGE_SIZE or INVALID_CURSOR. */
export async function pageByInstant<Row extends { readonly id: string }, Entry>(
  { first, after }: ForwardPage,
  { list, instantOf, read, count, show }: InstantList<Row, Entry>,
): Promise<Connection<Entry>> {
  const size = pageSize(first);
  const binding = bindingOf(list);
  const rows = await read(placeOf(after, binding), size + 1);
  const page = toConnection(rows, {
    first: size,
    after,
    binding,
    positionOf: (row) => [instantOf(row).toISOString(), row.id],
    totalCount: count,
  });
  const edges = page.edges.map(({ node, cursor }) => ({ node: show(node), cursor }));
  return { ...page, edges, nodes: edges.map(({ node }) => node) };
}

function placeOf(after: string | null | undefined, binding: string): Place | undefined {
  if (after === null || after === undefined) return undefined;
  const [at, id] = decodeCursor(after, binding, [isInstant, isUuid]);
  return typeof at === "string" && typeof id === "string" ? { at: new Date(at), id } : undefined;
}

function isInstant(value: string | null): boolean {
  const date = new Date(value ?? "");
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}
