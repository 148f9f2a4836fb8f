import type { Mutant } from "./mutant.js";

const compare = "test/conflicts/compare.test.ts";
const detect = "test/conflicts/detect.test.ts";
const bulk = "test/conflicts/bulk.test.ts";
const resolve = "test/conflicts/resolve.test.ts";
const settings = "test/conflicts/settings.test.ts";
const deadlocks = "test/conflicts/deadlocks.test.ts";
const histories = [
  "test/conflicts/histories.property.test.ts",
  "whatever people do on both sides: nothing entered is lost without a policy or a person having decided, and both sides end equal",
] as const;

/** I9: nobody's edit is overwritten unasked. */
export const conflictMutants: readonly Mutant[] = [
  {
    name: "I9: the same field changed on both sides is no conflict",
    file: "src/sync/conflicts/compare-fields.ts",
    find: "if (!isMoved && !isReviewed) return",
    replace: "if (!isReviewed) return",
    test: [compare, "the same field changed on both sides is a conflict that names base, platform and QuickBooks"],
  },
  {
    name: "I9: what QuickBooks changed is overwritten unasked",
    file: "src/sync/conflicts/compare-fields.ts",
    find: "const isMoved = fields.some(",
    replace: "const isMoved = fields.length > 2 && fields.some(",
    test: histories,
  },
  {
    name: "I9: equal values on both sides are a conflict",
    file: "src/sync/conflicts/compare-fields.ts",
    find: ".filter(({ path, platform, quickbooks }) => !sameValue(plugin, path, platform, quickbooks));\n  const edited",
    replace: ";\n  const edited",
    test: [compare, "equal values on both sides are no conflict"],
  },
  {
    name: "I9: fields of a group are compared each by itself",
    file: "src/sync/conflicts/compare-fields.ts",
    find: "fields[path]?.edit?.group ?? children[path]?.edit?.group",
    replace: "[fields, children, path].length > 9 ? path : undefined",
    test: [compare, "fields of a group conflict together, also those that only QuickBooks changed"],
  },
  {
    name: "I9: an edit that QuickBooks lost by policy is given up without being told",
    file: "src/sync/conflicts/compare-fields.ts",
    find: 'if (policy === "QUICKBOOKS_WINS") return { left: [], conflict: [], decided };',
    replace: 'if (policy === "QUICKBOOKS_WINS") return { left: [], conflict: [], decided: [] };',
    test: histories,
  },
  {
    name: "I9: MANUAL_REVIEW merges different fields",
    file: "src/sync/conflicts/compare-fields.ts",
    find: '=== "MANUAL_REVIEW") && Object.keys(meanwhile).length > 0',
    replace: '=== "MANUAL_REVIEW") && Object.keys(meanwhile).length > 9',
    test: [detect, "under MANUAL_REVIEW any change of the record in QuickBooks makes the edit wait"],
  },
  {
    name: "I9: a removal goes over what has changed since it was asked for",
    file: "src/sync/conflicts/compare.ts",
    find: "if (edit.base === now.state && Object.keys(meanwhile).length === 0) {",
    replace: "if (edit.base === now.state) {",
    test: histories,
  },
  {
    name: "I9: an edit of what is gone is sent where the platform wins",
    file: "src/sync/conflicts/compare.ts",
    find: 'policies.every((policy) => policy === "QUICKBOOKS_WINS")',
    replace: 'policies.every((policy) => policy.endsWith("_WINS"))',
    test: [compare, "for nothing can be sent to what is gone"],
  },
  {
    name: "I9: the connection's policy goes before the field's",
    file: "src/sync/conflicts/policy.ts",
    find: "find({ entity, field: path }) ??\n",
    replace: "find({ entity: undefined, field: undefined }) ??\n",
    test: [
      compare,
      "the policy of a field goes before that of its entity, that before the connection's, and MERGE_DATA is the last",
    ],
  },
  {
    name: "I9: what waits behind another edit is compared with what QuickBooks holds before that one",
    file: "src/sync/conflicts/compare-all.ts",
    find: "withEdits(now, ahead)",
    replace: "withEdits(now, {})",
    test: histories,
  },
  {
    name: "I9: what is removed in QuickBooks is not compared",
    file: "src/sync/store/store.ts",
    find: "compareRecords(client, { streams: events }, mirror, plugin, recordIds)",
    replace: "compareRecords(client, { streams: events }, mirror, plugin, [])",
    test: [detect, "edited here and deleted there is a conflict of its own kind"],
  },
  {
    name: "I9: a record is compared while the fate of its change is unknown",
    file: "src/sync/conflicts/detect.ts",
    find: 'status !== "REJECTED" && !inFlight.has(recordId)',
    replace: 'status !== "REJECTED" && !inFlight.has(`${recordId}?`)',
    test: [detect, "while the fate of a change is unknown its record is mirrored and not compared"],
  },
  {
    name: "I9: a conflict that ceases vanishes silently",
    file: "src/sync/conflicts/conflict.ts",
    find: 'await tellConflict(writing, "SUPERSEDED", conflict);',
    replace: "",
    test: [
      detect,
      "a conflict that ceases never vanishes silently: it is SUPERSEDED, with an event, and the edit goes on its way",
    ],
  },
  {
    name: "I9: what was put aside stays aside when it changes",
    file: "src/sync/conflicts/conflict.ts",
    find: "record_version = $4, status = 'OPEN',",
    replace: "record_version = $4,",
    test: [detect, "a later change in QuickBooks renews the open conflict, and opens again what was put aside"],
  },
  {
    name: "I9: conflicts are not counted in the run that opens them",
    file: "src/sync/store/page-writing.ts",
    find: "conflicted: compared.conflicted,",
    replace: "conflicted: 0 * compared.conflicted,",
    test: [
      detect,
      "the same field changed on both sides: the edit waits, and a conflict is in the queue, in the stream and in the run's progress",
    ],
  },
  {
    name: "I9: a resolution made on an outdated version counts",
    file: "src/sync/conflicts/outcome.ts",
    find: "if (expectedVersion === undefined || expectedVersion === version) return;",
    replace: "if (expectedVersion === undefined || expectedVersion <= version) return;",
    test: [resolve, "a resolution made on an outdated version is refused, and says what has changed"],
  },
  {
    name: "I9: fields that nobody decided are QuickBooks'",
    file: "src/sync/conflicts/outcome.ts",
    find: "request.default === undefined && !chosen.has(path)",
    replace: "request.default === undefined && !chosen.has(path) && path.length > 99",
    test: [resolve, "every field must be decided, and only those in conflict"],
  },
  {
    name: "I9: a value is taken as it is given",
    file: "src/sync/conflicts/editing.ts",
    find: "{ ...known, record, changes }, request, given);\n  if (wanted.problems.length > 0)",
    replace: "{ ...known, record, changes }, request, given);\n  if (wanted.problems.length > 99)",
    test: [resolve, "a value is validated as an edit is"],
  },
  {
    name: "I9: what was decided is asked again at the next change",
    file: "src/sync/conflicts/decide.ts",
    find: "base: field.quickbooks, value: chosenValue(field)",
    replace: "base: field.base, value: chosenValue(field)",
    test: [
      resolve,
      "where the platform is chosen, the edit stays over what QuickBooks holds now, and is not asked about again",
    ],
  },
  {
    name: "I9: a record that was voided is made anew as the void left it",
    file: "src/sync/conflicts/editing.ts",
    find: "...(change.baseContent ?? now.values)",
    replace: "...now.values",
    test: [resolve, "the record is made anew with the edit, as it was when it was edited"],
  },
  {
    name: "I9: a conflict is reopened whose edit is on its way",
    file: "src/sync/conflicts/care.ts",
    find: "if (edit.status !== after.status || edit.request !== null)",
    replace: 'if (edit.status === "PUSHED")',
    test: [resolve, "is refused once the edit is on its way, or was edited again"],
  },
  {
    name: "I10: a conflict of another organization is found",
    file: "src/sync/conflicts/held.ts",
    find: 'WHERE x.id = $1 AND ${isReached("c", "$2")}',
    replace: "WHERE x.id = $1 AND $2::jsonb IS NOT NULL",
    test: [resolve, "a conflict of another organization is answered as a missing one"],
  },
  {
    name: "I9: a conflict can be given to somebody of another organization",
    file: "src/sync/conflicts/care.ts",
    find: "if (rows.length === 0)",
    replace: "if (rows.length > 99)",
    test: [resolve, "a conflict is assigned to a member of the organization, with a note, and to nobody else"],
  },
  {
    name: "I9: one conflict that cannot be decided stops all others",
    file: "src/sync/conflicts/bulk.ts",
    find: "if (error instanceof UserProblem || error instanceof UserProblems) return error.message;",
    replace: "",
    test: [
      bulk,
      "in bulk, by a filter or by ids: each is decided by itself, and what cannot be is counted with its reason",
    ],
  },
  {
    name: "I9: of many, one that has changed since they were asked for is decided unseen",
    file: "src/sync/conflicts/bulk.ts",
    find: "const request = { actor, conflictId, expectedVersion, ...choice, note, dryRun };",
    replace: "const request = { actor, conflictId, ...choice, note, dryRun };",
    test: [bulk, "one that changes after many were asked for is skipped with what has changed, and waits for a person"],
  },
  {
    name: "conflicts: many are decided though nobody waits for the answer",
    file: "src/sync/conflicts/bulk.ts",
    find: "if (request.signal?.aborted === true) break;",
    replace: "",
    test: [bulk, "once nobody waits for the answer no further one is decided, and those left are told"],
  },
  {
    name: "conflicts: a thousand that cannot be decided keep the others from their turn for ever",
    file: "src/sync/conflicts/bulk.ts",
    find: 'const orderBy = [{ kind: "asc" as const }, { number: "asc" as const }];',
    replace: 'const orderBy = [{ number: "asc" as const }];',
    test: [bulk, "one call decides 1,000 at most: it tells how many are left, and what it cannot decide comes last"],
  },
  {
    name: "I9: a policy for what cannot be edited is taken",
    file: "src/sync/conflicts/policies.ts",
    find: "if (field === undefined || paths.includes(field)) return;",
    replace: "if (field === undefined || paths.length > 0) return;",
    test: [settings, "a policy for what cannot be edited is refused"],
  },
  {
    name: "I9: trying policies sets them",
    file: "src/sync/schedule/settings.ts",
    find: "if (dryRun || JSON.stringify(before)",
    replace: "if (JSON.stringify(before)",
    test: [
      settings,
      "policies are tried before they are set: they tell of the open conflicts, and decide what is compared from then on",
    ],
  },
  {
    name: "I9: a reset leaves the conflicts of the earlier life open",
    file: "src/sync/new-life.ts",
    find: "await supersede({ client, streams, organizationId }, conflicts);",
    replace: "await supersede({ client, streams, organizationId }, conflicts.slice(conflicts.length));",
    test: [settings, "a conflict of an earlier life of the company is superseded, with an event"],
  },
  {
    name: "deadlocks: a decision that the database undid is lost",
    file: "src/sync/conflicts/resolving.ts",
    find: "await againAfterDeadlock(() =>\n      services.database.transaction((client) => resolve(services, client, request)),\n    );",
    replace: "await services.database.transaction((client) => resolve(services, client, request));",
    test: [deadlocks, "a decision that PostgreSQL ends to undo a deadlock is made after all, once"],
  },
  {
    name: "deadlocks: what is done about a conflict and the database undid is lost",
    file: "src/sync/conflicts/care.ts",
    find: "await againAfterDeadlock(() => database.transaction(attempt));",
    replace: "await database.transaction(attempt);",
    test: [deadlocks, "so is what is done about a conflict without deciding it"],
  },
];
