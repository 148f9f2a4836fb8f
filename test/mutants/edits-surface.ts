import type { Mutant } from "./mutant.js";

const edits = "test/schema/edits.test.ts";
const localChanges = "test/schema/local-changes.test.ts";

/** Editing as clients of the API see it. */
export const editsSurfaceMutants: readonly Mutant[] = [
  {
    name: "edits: null is as if the field were left out",
    file: "src/schema/edits/given.ts",
    find: "    if (value === undefined) return {};\n    if (field.kind",
    replace: "    if (value === undefined || value === null) return {};\n    if (field.kind",
    test: [edits, "null clears a field, and what is left out stays"],
  },
  {
    name: "edits: a field that was left out is cleared",
    file: "src/schema/edits/given.ts",
    find: "    if (value === undefined) return {};\n    if (field.kind",
    replace: "    if (value === undefined) return { [name]: null };\n    if (field.kind",
    test: [edits, "null clears a field, and what is left out stays"],
  },
  {
    name: "edits: a dry run is none",
    file: "src/schema/edits/mutations.ts",
    find: 'dryRun: entryOf(input, "dryRun") === true',
    replace: "dryRun: false",
    test: [edits, "a dry run tells what would be sent, and keeps nothing"],
  },
  {
    name: "edits: the version that the editor saw is not looked at",
    file: "src/schema/edits/mutations.ts",
    find: '...(typeof version === "number" && { expectedVersion: version }),',
    replace: "",
    test: [edits, "a field that has changed since the version seen is STALE_VERSION, another is not"],
  },
  {
    name: "edits: idempotency keys are not looked at",
    file: "src/schema/edits/mutations.ts",
    find: '...(typeof key === "string" && { idempotencyKey: key }),',
    replace: "",
    test: [edits, "the same idempotency key gives the same local change, and no other one"],
  },
  {
    name: "edits: what is wrong names fields as the plugin does",
    file: "src/schema/edits/mutations.ts",
    find: "withInputNames(plugin, () => edit(plugin, mutation, input, context))",
    replace: "edit(plugin, mutation, input, context)",
    test: [edits, "everything that is wrong is told at once, by the names of the input"],
  },
  {
    name: "edits: a record of another type passes for the one referred to",
    file: "src/schema/edits/given.ts",
    find: 'typeof target === "string" ? decodeIdOf(target, value) : undefined',
    replace: 'typeof target === "string" ? decodeId(value)?.id : undefined',
    test: [edits, "ids of nothing are NOT_FOUND by the field they stand in, and no error of the operation"],
  },
  {
    name: "edits: nobody asks whether a record that is referred to is there",
    file: "src/schema/edits/mutations.ts",
    find: "[...given.problems, ...(await unknownReferences(given, context.loaders))]",
    replace: "given.problems",
    test: [edits, "ids of nothing are NOT_FOUND by the field they stand in, and no error of the operation"],
  },
  {
    name: "edits: the row's id is left out of what is kept",
    file: "src/schema/edits/given.ts",
    find: "return { [key]: id ?? null };",
    replace: "return { [key]: null };",
    test: [edits, "a row named by its id keeps what is left out of it, and rows left out are taken away"],
  },
  {
    name: "edits: rows are named by where they stand",
    file: "src/sync/read/values.ts",
    find: "if (edit?.id === undefined || id === undefined) return position;",
    replace: "if (edit?.id === undefined || id === undefined || position !== '') return position;",
    test: [edits, "a row named by its id keeps what is left out of it, and rows left out are taken away"],
  },
  {
    name: "edits: a VIEWER may edit",
    file: "src/schema/edits/mutations.ts",
    find: '@Authorized("OPERATOR")',
    replace: "@Authorized()",
    test: ["test/schema/roles.test.ts", "may do what the role allows, and nothing else"],
  },
  {
    name: "I10: another organization's record is found to be edited",
    file: "src/schema/edits/loaders.ts",
    find: 'c.epoch = r.epoch AND ${isReached("c", "$1")} WHERE',
    replace: "c.epoch = r.epoch AND $1::jsonb IS NOT NULL WHERE",
    test: [edits, "I10: an edit that names another firm's record is answered as one that names nothing"],
  },
  {
    name: "I10: another organization's local change is found by its id",
    file: "src/schema/edits/loaders.ts",
    find: 'c.id = l.connection_id AND ${isReached("c", "$1")} WHERE',
    replace: "c.id = l.connection_id AND $1::jsonb IS NOT NULL WHERE",
    test: [edits, "I10: another firm's records and companies look as if there were none"],
  },
  {
    name: "I10: the snapshot of local changes shows those of all organizations",
    file: "src/schema/edits/local-change-events.ts",
    find: 'WHERE ${isReached("c", "$1")} AND',
    replace: "WHERE $1::jsonb IS NOT NULL AND",
    test: [localChanges, "I10: what waits in other firms takes no place in a snapshot"],
  },
  {
    name: "edits: a page of local changes begins at its last entry again",
    file: "src/schema/edits/pages.ts",
    find: "WHERE ${where} AND l.number < coalesce",
    replace: "WHERE ${where} AND l.number <= coalesce",
    test: [
      localChanges,
      "local changes page from the latest to the first without a gap, and only within their own list",
    ],
  },
  {
    name: "edits: who comes back to the local changes begins with a snapshot",
    file: "src/schema/stream-events.ts",
    find: "return followFrom(context.services.streams, after, {",
    replace: "return followFrom(context.services.streams, after && null, {",
    test: [
      localChanges,
      "followers see what is open first, then every change of a local change; who comes back misses none",
    ],
  },
  {
    name: "edits: amounts of a new record are shown in the home currency",
    file: "src/schema/edits/shown-value.ts",
    find: "if (currency !== undefined || own !== null) return",
    replace: "if (own !== null) return",
    test: [localChanges, "values of a record that is kept in another currency name it"],
  },
];
