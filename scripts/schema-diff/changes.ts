import { CriticalityLevel, diff, DiffRule } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

/** What became of a schema, for those who have written operations against it. */
export interface SchemaChanges {
  /** Operations that were valid may be refused, or be answered with what their authors ruled out. */
  readonly breaking: readonly string[];
  /** Operations stay valid, and may meet what is new to them. */
  readonly dangerous: readonly string[];
  /** How many others there are; descriptions do not count. */
  readonly safe: number;
}

/** Compares two schemas, as texts, by the rules of graphql-inspector. */
export async function schemaChanges(before: string, after: string): Promise<SchemaChanges> {
  const changes = await diff(buildSchema(before), buildSchema(after), [DiffRule.ignoreDescriptionChanges]);
  const messagesOf = (level: CriticalityLevel): readonly string[] =>
    changes.filter(({ criticality }) => criticality.level === level).map(({ message }) => message);
  return {
    breaking: messagesOf(CriticalityLevel.Breaking),
    dangerous: messagesOf(CriticalityLevel.Dangerous),
    safe: messagesOf(CriticalityLevel.NonBreaking).length,
  };
}

/** One line for each change that somebody may notice, and the counts. */
export function changesText({ breaking, dangerous, safe }: SchemaChanges): string {
  return [
    ...breaking.map((message) => `BREAKING   ${message}`),
    ...dangerous.map((message) => `DANGEROUS  ${message}`),
    `${breaking.length} breaking, ${dangerous.length} dangerous, ${safe} other changes.`,
  ].join("\n");
}
