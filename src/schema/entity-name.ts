import { GraphQLEnumType, type GraphQLScalarType } from "graphql";
import type { EntityPlugin } from "../plugins/plugin.js";

/**
 * Stands for the enum of entity names where a decorator asks for a type: `@Field(() => EntityName)`. Resolvers give and
 * take the plugin's own name.
 */
export class EntityName {}

/** `SalesReceipt` → `SALES_RECEIPT`. */
export function constantCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toUpperCase();
}

/** Makes the enum from the registry, in place of the mark above. type-graphql takes any leaf type there; its types say otherwise. */
export function entityNameType(plugins: readonly EntityPlugin[]): {
  type: typeof EntityName;
  scalar: GraphQLScalarType;
} {
  const enumType: unknown = new GraphQLEnumType({
    name: "EntityName",
    description: "A kind of QuickBooks record that this gateway mirrors.",
    values: Object.fromEntries(
      plugins.map(({ name, description }) => [constantCase(name), { value: name, description }]),
    ),
  });
  return { type: EntityName, scalar: enumType as GraphQLScalarType };
}
