import type { Mutant } from "./mutant.js";

const access = "test/exports/access.test.ts";
const files = "test/exports/files.test.ts";
const long = "test/exports/long-downloads.test.ts";

/** Exports, and what of them somebody is given. */
export const exportsMutants: readonly Mutant[] = [
  {
    name: "I10: an OPERATOR is given files of exports",
    file: "src/http/exports.ts",
    find: 'atLeast(caller.actor, "ADMIN")',
    replace: 'atLeast(caller.actor, "OPERATOR")',
    test: [access, "a %s is refused every file and cannot ask for one"],
  },
  {
    name: "I10: an OPERATOR finds an export by its id",
    file: "src/sync/export/exports.ts",
    find: 'if (!atLeast(actor, "ADMIN")) return undefined;',
    replace: 'if (!atLeast(actor, "VIEWER")) return undefined;',
    test: [access, "a %s is refused every file and cannot ask for one"],
  },
  {
    name: "I10: another organization's export is found by its id",
    file: "src/sync/export/exports.ts",
    find: "e.organization_id = $2",
    replace: "$2::uuid IS NOT NULL",
    test: [
      access,
      "foreign, missing, malformed and ended exports are answered alike, and so is a file that there is not",
    ],
  },
  {
    name: "I10: a limited key is given exports of companies that it does not reach",
    file: "src/sync/export/exports.ts",
    find: 'ELSE ${isReached("c", "$4")} END',
    replace: 'ELSE ${isReached("c", "$4")} OR true END',
    test: [access, "an API key that is limited to other companies finds neither their exports nor the audit's"],
  },
  {
    name: "I10: a limited key is given the audit",
    file: "src/sync/export/exports.ts",
    find: "const seesAll = actor.connectionIds === undefined;",
    replace: "const seesAll = actor.id !== undefined;",
    test: [access, "an API key that is limited to other companies finds neither their exports nor the audit's"],
  },
  {
    name: "an export can be fetched for ever",
    file: "src/sync/export/exports.ts",
    find: "e.expires_at > $3",
    replace: "$3::timestamptz IS NOT NULL",
    test: [
      access,
      "foreign, missing, malformed and ended exports are answered alike, and so is a file that there is not",
    ],
  },
  {
    name: "exports that have ended are kept",
    file: "src/sync/retention.ts",
    find: '{ table: "data_exports", isOld: "expires_at < $1" }',
    replace: '{ table: "data_exports", isOld: "created_at IS NULL" }',
    test: ["test/retention/retention.test.ts", "exports go when they have ended"],
  },
  {
    name: "I15: nobody is told who took which file",
    file: "src/sync/export/exports.ts",
    find: 'action: "dataExport.download", after',
    replace: 'action: "dataExport.create", after',
    test: [access, "every download is in the audit: who took which file of what"],
  },
  {
    name: "I14: a text that begins a formula reaches a spreadsheet as it is",
    file: "src/sync/export/csv.ts",
    find: "isTyped && text !== null && formula.test(text)",
    replace: "!isTyped && text !== null && formula.test(text)",
    test: [files, "no spreadsheet takes a text for a formula, and a number stays one"],
  },
  {
    name: "a quote in a cell ends it",
    file: "src/sync/export/csv.ts",
    find: "text.replaceAll('\"', '\"\"')",
    replace: "text",
    test: [files, "a cell keeps commas, quotes and line breaks, and tells nothing from an empty text"],
  },
  {
    name: "what waits to be created is exported as if QuickBooks had it",
    file: "src/sync/export/records.ts",
    find: " AND ${isInQuickBooks(alias)}",
    replace: "",
    test: [files, "what is gone from QuickBooks is there with its state, and what waits to be created is not"],
  },
  {
    name: "an export mixes what is mirrored while it is taken",
    file: "src/sync/export/snapshot.ts",
    find: "ISOLATION LEVEL REPEATABLE READ",
    replace: "ISOLATION LEVEL READ COMMITTED",
    test: [long, "all of a file is of one instant, whatever is mirrored while it is taken"],
  },
  {
    name: "one organization takes all downloads",
    file: "src/http/downloads.ts",
    find: " || own.length >= mostOfOrganization",
    replace: " || own.length > mostAtOnce",
    test: [long, "an organization has two downloads at a time, and the next one when one has ended"],
  },
  {
    name: "whoever lost their rights goes on with a download",
    file: "src/http/exports.ts",
    find: "if (hasLapsed) over.abort",
    replace: "if (hasLapsed && stallMs === 0) over.abort",
    test: [long, "whoever may not fetch it any more is cut off in the middle"],
  },
];
