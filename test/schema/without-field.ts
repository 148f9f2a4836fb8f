import { parse, print, visit } from "graphql";

/** The text of a schema that has lost one field of an object type. */
export function withoutField(schema: string, typeName: string, fieldName: string): string {
  const poorer = visit(parse(schema), {
    ObjectTypeDefinition: (type) => {
      const fields = type.fields?.filter(({ name }) => type.name.value !== typeName || name.value !== fieldName);
      return fields?.length === type.fields?.length ? undefined : { ...type, fields };
    },
  });
  return print(poorer);
}
