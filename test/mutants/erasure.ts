import type { Mutant } from "./mutant.js";

const company = "test/erasure/company.test.ts";
const person = "test/erasure/person.test.ts";
const retention = "test/retention/retention.test.ts";
const nowhere = "what was planted in every corner of a company is nowhere in the database after its erasure";
const nothing =
  "what tells of a person is nowhere in the database after the erasure, in versions and edits as little as in rows";
const synced = "the next sync that %s brings nothing of the person back, and finds the mirror complete";

export const erasureMutants: readonly Mutant[] = [
  {
    name: "Erasure: edits of an erased company stay",
    file: "src/sync/erasure/company.ts",
    find: "    (client) => eraseChanges(client, ofConnection, connectionId),\n",
    replace: "",
    test: [company, nowhere],
  },
  {
    name: "Erasure: the events of an erased company stay",
    file: "src/sync/erasure/company.ts",
    find: "    (client) => eraseEvents(client, connectionId),\n",
    replace: "",
    test: [company, nowhere],
  },
  {
    name: "Erasure: a record is written to a company that is erased",
    file: "src/sync/erasure/gate.ts",
    find: "if (rows.length > 0) throw",
    replace: "if (rows.length > 1) throw",
    test: [company, "whoever still brings a record of an erased company is refused"],
  },
  {
    name: "Erasure: a page that is being written is not waited for",
    file: "src/sync/erasure/eraser.ts",
    find: "    await waitForWriters(database, erasure.connectionId);\n",
    replace: "",
    test: [company, "a page that is being written when the erasure is asked for is erased with the rest"],
  },
  {
    name: "Erasure: a company is erased that was not confirmed by its name",
    file: "src/schema/erase-data.ts",
    find: "if (confirm !== (companyName ?? connectionId)) {",
    replace: "if (confirm === companyName && companyName === null) {",
    test: [company, "what is not confirmed with the company's name is not erased"],
  },
  {
    name: "Erasure: a company is connected again while it is being erased",
    file: "src/quickbooks/completion.ts",
    find: "      if (await isBeingErased(tx, connection.id)) throw beingErased();\n",
    replace: "",
    test: [company, "a company is connected again once its erasure has ended, and not before"],
  },
  {
    name: "Erasure: a cursor from before an erasure reads on as if nothing had been lost",
    file: "src/schema/entity-changes.ts",
    find: "BigInt(after ?? 0) < numbers.floor",
    replace: "BigInt(after ?? 0) < 0n",
    test: [company, "a cursor of the change feed from before an erasure is told to be too old"],
  },
  {
    name: "Erasure: versions still tell of an erased person",
    file: "src/sync/erasure/person.ts",
    find: "      (step) => redactVersions(step, { person, plugin, erased }),\n",
    replace: "",
    test: [person, nothing],
  },
  {
    name: "Erasure: edits of what refers to an erased person still tell of them",
    file: "src/sync/erasure/person.ts",
    find: "      (step) => redactChanges(step, person, plugin),\n",
    replace: "",
    test: [person, nothing],
  },
  {
    name: "Erasure: failures still hold payloads that name an erased person",
    file: "src/sync/erasure/person.ts",
    find: "      (step) => quietFailures(step, person, plugin),\n",
    replace: "",
    test: [person, nothing],
  },
  {
    name: "Erasure: the next sync brings an erased person back",
    file: "src/sync/store/prepare.ts",
    find: "return withoutErased(slice.text(), plugin, erased);",
    replace: "return erased.size < 0 ? withoutErased(slice.text(), plugin, erased) : slice.text();",
    test: [person, synced],
  },
  {
    name: "Erasure: transactions bring the names of an erased person back",
    file: "src/sync/erasure/erased.ts",
    find: "if (isErased || refersTo(payload, copy, plugin, erased)) leaveOutCopies",
    replace: "if (isErased) leaveOutCopies",
    test: [
      "test/plugins/erasure.test.ts",
      "an invoice of an erased customer is taken in without names, addresses and words to them",
    ],
  },
  {
    name: "Erasure: names of people further up stay in joined names",
    file: "src/sync/erasure/erased.ts",
    find: "      leaveOutJoined(payload, copy);\n",
    replace: "",
    test: [
      "test/plugins/erasure.test.ts",
      "names of people further up go once anybody is erased, those of the next above only with them",
    ],
  },
  {
    name: "Erasure: a voided invoice of an erased person comes to life",
    file: "src/sync/erasure/erased.ts",
    find: "text.startsWith(words)) payload[property] = words;",
    replace: 'text.startsWith(words)) payload[property] = "";',
    test: ["test/plugins/erasure.test.ts", "a voided %s of an erased customer stays voided"],
  },
  {
    name: "Erasure: followers are not told that an erased person's records changed",
    file: "src/sync/erasure/redact.ts",
    find: "    .filter(({ isGone }) => !isGone)\n",
    replace: "    .filter(({ isGone }) => isGone)\n",
    test: [person, "followers of the change feed are told to read the records again"],
  },
  {
    name: "Erasure: a person is erased though an edit of theirs waits",
    file: "src/sync/erasure/erasures.ts",
    find: "if (waiting > 0) {",
    replace: "if (waiting < 0) {",
    test: [person, "an edit that waits has to end first, and afterwards the record is edited no more"],
  },
  {
    name: "Erasure: an erased record is edited here again",
    file: "src/sync/local-changes/asked.ts",
    find: "  await assertNotErased(client, plugin, record);\n",
    replace: "",
    test: [person, "an edit that waits has to end first, and afterwards the record is edited no more"],
  },
  {
    name: "Erasure: a number of a payload that is edited is rounded",
    file: "src/foundation/json.ts",
    find: "return JSON.stringify(edit(parse(carried)))",
    replace: "return JSON.stringify(edit(parse(text)))",
    test: ["test/foundation/json.test.ts", "a text that is edited keeps every digit of what stays"],
  },
  {
    name: "Retention: versions go though their connection keeps them for good",
    file: "src/sync/retention.ts",
    find: '{ table: "record_versions", isOld: olderThan("versionDays", "t.valid_to") }',
    replace: '{ table: "record_versions", isOld: "t.valid_to < $1::timestamptz - interval \'30 days\'" }',
    test: [
      retention,
      "versions of records are kept for as many days as their connection says, and for good where it says nothing",
    ],
  },
  {
    name: "Retention: an open failure goes with time",
    file: "src/sync/retention.ts",
    find: "status <> 'OPEN' AND ${olderThan",
    replace: "status <> '' AND ${olderThan",
    test: [retention, "failures that are settled go after as many days as their connection says, and open ones never"],
  },
  {
    name: "Retention: a change feed loses changes without a word",
    file: "src/sync/retention.ts",
    find: "t.number <= s.floor",
    replace: "t.number < s.last_number",
    test: [
      retention,
      "a change feed that is limited says how far back it reaches before it loses anything, and keeps its last change",
    ],
  },
];
