import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";

/** Operations made from the schema: whoever adds one to it, adds it here. */

const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

export type RootField = GraphQLField<unknown, unknown>;
const fieldsOf = (type: ReturnType<typeof schema.getQueryType>): readonly RootField[] =>
  Object.values(type?.getFields() ?? {});

export const queries = fieldsOf(schema.getQueryType());
export const mutations = fieldsOf(schema.getMutationType());
export const subscriptions = fieldsOf(schema.getSubscriptionType());

/** Ids to ask for: of the connection, and of anything else. */
export interface Named {
  readonly connectionId: string;
  readonly id: string;
}

const nothing: Named = { connectionId: "nothing", id: "nothing" };

/** A value of the type that fits it; ids are those that are named. */
function literal(name: string, type: GraphQLInputType, named: Named): string {
  if (isNonNullType(type)) return literal(name, type.ofType, named);
  if (isListType(type)) return namesIds(type) ? `[${literal(name, type.ofType, named)}]` : "[]";
  if (isEnumType(type)) return type.getValues()[0]?.name ?? "";
  if (isInputObjectType(type)) return `{ ${asked(Object.values(type.getFields()), named)} }`;
  if (type.name === "ID") return JSON.stringify(name === "connectionId" ? named.connectionId : named.id);
  return type.name === "Int" ? "1" : type.name === "Boolean" ? "true" : '"nothing"';
}

const namesIds = (type: GraphQLInputType): boolean => getNamedType(type).name === "ID";

/** What must be given. */
function asked(given: readonly (GraphQLArgument | GraphQLInputField)[], named: Named): string {
  return given
    .filter(({ type }) => isNonNullType(type))
    .map(({ name, type }) => `${name}: ${literal(name, type, named)}`)
    .join(" ");
}

function selectionOf({ type }: RootField): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return "";
  const hasErrors = isObjectType(named) && "userErrors" in named.getFields();
  return hasErrors ? "{ __typename userErrors { code } }" : "{ __typename }";
}

/** The operation with what must be given, and nothing that exists. */
export function operation(kind: "query" | "mutation" | "subscription", field: RootField): string {
  const args = asked(field.args, nothing);
  return `${kind} { ${field.name}${args === "" ? "" : `(${args})`} ${selectionOf(field)} }`;
}

/** The operation in each way in which it names something by its id: with all that must be given, and each id that may be. */
export function naming(kind: "query" | "mutation" | "subscription", field: RootField, named: Named): readonly string[] {
  const input = field.args.find(({ name }) => name === "input");
  const type = input === undefined ? undefined : getNamedType(input.type);
  const places = isInputObjectType(type) ? Object.values(type.getFields()) : field.args;
  const required = asked(places, named);
  const ids = places.filter(({ type: placed }) => namesIds(placed));
  const optional = ids.filter(({ type: placed }) => !isNonNullType(placed));
  const ways = [
    ...(ids.length > optional.length ? [required] : []),
    ...optional.map(({ name, type: placed }) => `${required} ${name}: ${literal(name, placed, named)}`),
  ];
  return ways.map(
    (way) => `${kind} { ${field.name}(${input === undefined ? way : `input: { ${way} }`}) ${selectionOf(field)} }`,
  );
}
