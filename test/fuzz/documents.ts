import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Random } from "../chaos/random.js";
import { mutations, queries, type RootField, subscriptions } from "../schema/operations.js";
import { damaged, hostileJson, hostileNumber, hostileText } from "./hostile.js";

/** What can be named in a request: our own, another organization's, and by kind. */
export interface Known {
  readonly own: readonly string[];
  readonly foreign: readonly string[];
  readonly cursors: readonly string[];
}

/** What would end the fuzzing by itself: it is asked for with others' ids alone. */
const ending: ReadonlySet<string> = new Set([
  ...["disconnectQuickBooks", "removeMember", "setMemberRole", "revokeApiKey", "eraseData", "updateSyncSettings"],
]);

const kinds = { query: queries, mutation: mutations, subscription: subscriptions } as const;

/** An operation that the schema may know, with values that nobody expects. */
export function hostileDocument(random: Random, known: Known, kind: keyof typeof kinds): string {
  const fields = Array.from({ length: random.chance(0.9) ? 1 : 1 + random.below(40) }, (_, index) => {
    const field = random.pick<RootField>(kinds[kind]);
    if (field === undefined) throw new Error(`The schema has no ${kind}.`);
    const ids = ending.has(field.name) ? { ...known, own: known.foreign } : known;
    const args = argumentsOf(random, ids, field.args);
    return `f${index}: ${field.name}${args === "" ? "" : `(${args})`} ${selection(random, known, field.type, 3)}`;
  });
  return `${kind} { ${fields.join(" ")} }`;
}

/** What must be given nearly always, the rest now and then. */
function argumentsOf(
  random: Random,
  known: Known,
  given: readonly (GraphQLArgument | GraphQLInputField)[],
  depth = 4,
): string {
  return given
    .filter(({ type }) => random.chance(isNonNullType(type) ? 0.97 : depth > 2 ? 0.4 : 0.15))
    .map(({ name, type }) => `${name}: ${literal(random, known, name, type, depth)}`)
    .join(" ");
}

function literal(random: Random, known: Known, name: string, type: GraphQLInputType, depth: number): string {
  if (random.chance(0.03)) return "null";
  if (isNonNullType(type)) return literal(random, known, name, type.ofType, depth);
  if (isListType(type)) {
    const elements = Array.from({ length: random.below(4) }, () => literal(random, known, name, type.ofType, depth));
    return `[${elements.join(", ")}]`;
  }
  if (isInputObjectType(type)) return `{ ${argumentsOf(random, known, Object.values(type.getFields()), depth - 1)} }`;
  if (random.chance(0.03)) return JSON.stringify(hostileText(random));
  if (isEnumType(type)) return random.chance(0.9) ? (random.pick(type.getValues())?.name ?? "NONE") : "NONE";
  if (type.name === "Boolean") return String(random.chance(0.5));
  if (type.name === "Int" || type.name === "Float") return String(hostileNumber(random));
  if (type.name === "JSON" || type.name === "JSONObject") return JSON.stringify(JSON.stringify(hostileJson(random)));
  return JSON.stringify(textFor(random, known, type.name, name));
}

function textFor(random: Random, { own, foreign, cursors }: Known, type: string, name: string): string {
  const known = type === "ID" ? [...own, ...own, ...foreign] : name === "after" ? cursors : [...foreign, ...cursors];
  const found = random.pick(known) ?? "";
  if (random.chance(type === "ID" || name === "after" ? 0.6 : 0.1)) return found;
  return random.chance(0.5) ? damaged(random, found) : hostileText(random);
}

/** Some fields, with what they lead to: so that whatever an answer could show is asked for by some request. */
function selection(random: Random, known: Known, type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return "";
  const fields = isObjectType(named) || isInterfaceType(named) ? Object.values(named.getFields()) : [];
  const wanted = fields.filter((field) => {
    const isDeeper = isCompositeType(getNamedType(field.type));
    return (!isDeeper || depth > 0) && random.chance(isDeeper ? 0.3 : 0.6);
  });
  const selected = wanted.map((field) => {
    const args = argumentsOf(random, known, field.args);
    return `${field.name}${args === "" ? "" : `(${args})`} ${selection(random, known, field.type, depth - 1)}`;
  });
  return `{ __typename ${selected.join(" ")} }`;
}
