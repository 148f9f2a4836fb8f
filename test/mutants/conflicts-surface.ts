import type { Mutant } from "./mutant.js";

const queue = "test/schema/conflicts.test.ts";
const deciding = "test/schema/conflicts-deciding.test.ts";
const gone = "test/schema/conflicts-gone.test.ts";
const reach = "test/schema/events-reach.test.ts";
const events = "test/schema/conflict-events.test.ts";

export const conflictsSurfaceMutants: readonly Mutant[] = [
  {
    name: "I10: conflicts of another organization are listed",
    file: "src/schema/conflicts/list.ts",
    find: "{ AND: [{ connectionId: { in: [...(await loaders.ownConnectionIds())] } }, which] }",
    replace: "{ AND: [which] }",
    test: [queue, "another organization sees no conflict, whatever it asks"],
  },
  {
    name: "conflicts: a page begins with the last entry of the one before",
    file: "src/schema/conflicts/list.ts",
    find: "number: { lt: BigInt(number) }",
    replace: "number: { lte: BigInt(number) }",
    test: [queue, "conflicts page without gaps, the latest first, with how many there are"],
  },
  {
    name: "conflicts: what was put aside counts as open",
    file: "src/schema/conflicts/loaders.ts",
    find: 'connectionId: { in: keys }, status: "OPEN" }',
    replace: "connectionId: { in: keys } }",
    test: [
      queue,
      "open conflicts are counted for a company and on the dashboard; those put aside and those resolved are not",
    ],
  },
  {
    name: "conflicts: a bad own value goes through unchecked",
    file: "src/schema/conflicts/resolve.ts",
    find: "if (problems.length > 0) throw new UserProblems(problems);",
    replace: "",
    test: [deciding, "a field left undecided, one that is not in conflict and a value that does not fit are named"],
  },
  {
    name: "conflicts: an operator decides",
    file: "src/schema/conflicts/resolve.ts",
    find: '@Authorized("ADMIN")',
    replace: '@Authorized("OPERATOR")',
    test: [deciding, "conflicts are decided by an ADMIN alone"],
  },
  {
    name: "conflicts: fields of what is gone can be chosen",
    file: "src/schema/conflicts/field.ts",
    find: 'if (kind !== "FIELDS") return [];',
    replace: "if (path === kind) return [];",
    test: [gone, "in QuickBooks is given up by discard"],
  },
  {
    name: "conflicts: the record that was made anew is not shown",
    file: "src/schema/conflicts/resolution.ts",
    find: "return id === undefined ? undefined : {",
    replace: "return id === undefined || id !== this.entity ? undefined : {",
    test: [gone, "in QuickBooks is made anew with the edit by recreate"],
  },
  {
    name: "conflicts: what changed meanwhile is not told",
    file: "src/schema/conflicts/field.ts",
    find: "meanwhile: inOrder(owner.plugin, Object.keys(meanwhile))",
    replace: "meanwhile: inOrder(owner.plugin, Object.keys(meanwhile).slice(0, 1))",
    test: [gone, "under MANUAL_REVIEW a conflict says what else has changed in QuickBooks meanwhile"],
  },
  {
    name: "conflicts: trying policies sets them",
    file: "src/schema/update-sync-settings.ts",
    find: "connectionId: id, change, dryRun };",
    replace: "connectionId: id, change };",
    test: [deciding, "policies are tried on the conflicts that wait before they are set, and decide none of them"],
  },
  {
    name: "I12: conflicts are followed from now on, whatever was missed",
    file: "src/schema/stream-events.ts",
    find: "return followFrom(context.services.streams, after, {",
    replace: "return followFrom(context.services.streams, after && null, {",
    test: [events, "who comes again with the last cursor misses no conflict and sees nothing twice"],
  },
  {
    name: "conflicts: everybody who follows counts the open ones at every event",
    file: "src/sync/conflicts/open-counts.ts",
    find: "if (latest !== undefined && latest.position >= position) return latest.counts;",
    replace: "if (latest !== undefined && latest.position > position) return latest.counts;",
    test: [events, "open conflicts are counted once for an event, however many follow"],
  },
  {
    name: "conflicts: what was counted once is told for ever",
    file: "src/sync/conflicts/open-counts.ts",
    find: "if (latest !== undefined && latest.position >= position) return latest.counts;",
    replace: "if (latest !== undefined) return latest.counts;",
    test: [events, "conflicts are followed from how many are open through all that happens to them"],
  },
  {
    name: "I10: a limited key hears of all connections",
    file: "src/schema/stream-events.ts",
    find: "return about === undefined || reaches(followed, about);",
    replace: "return about === undefined || only === undefined || reaches(followed, about);",
    test: [reach, "I10: a key that is limited to some connections hears of those only, whatever it follows"],
  },
  {
    name: "I10: a limited key is told how many conflicts all connections have",
    file: "src/schema/conflicts/events.ts",
    find: "reaches(actor, id) && ",
    replace: "",
    test: [reach, "I10: a key that is limited to some connections hears of those only, whatever it follows"],
  },
  {
    name: "events: who follows one connection sees all in the snapshot",
    file: "src/schema/stream-events.ts",
    find: "snapshot: (client) => snapshot(client, followed),",
    replace: "snapshot: (client) => snapshot(client, actor),",
    test: [reach, "who follows one connection sees no other, in the snapshot or after"],
  },
];
