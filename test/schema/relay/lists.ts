import { type GraphQLField, type GraphQLSchema, isInterfaceType, isObjectType, isRequiredArgument } from "graphql";

const capitalized = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** A fragment that Relay can page and refetch, over one list. */
function pagingFragment(typeName: string, { name, args }: GraphQLField<unknown, unknown>): readonly [string, string] {
  const module = `${typeName}${capitalized(name)}`;
  const needed = args.filter(isRequiredArgument);
  const definitions = needed.map((each) => `${each.name}: { type: "${String(each.type)}" }`);
  const passed = needed.map((each) => `${each.name}: $${each.name}`);
  const text = `
    fragment ${module}_list on ${typeName}
    @argumentDefinitions(first: { type: "Int" }, after: { type: "String" }, ${definitions.join(", ")})
    @refetchable(queryName: "${module}Query") {
      ${name}(first: $first, after: $after, ${passed.join(", ")}) @connection(key: "${module}_${name}") {
        edges { node { __typename } }
      }
    }`;
  return [module, text];
}

/** A document for every field of the schema that takes `first`, by the name of its module. */
export function pagingDocuments(schema: GraphQLSchema): Readonly<Record<string, string>> {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  const documents = types.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ args }) => args.some(({ name }) => name === "first"))
      .map((field) => pagingFragment(type.name, field)),
  );
  return Object.fromEntries(documents);
}
