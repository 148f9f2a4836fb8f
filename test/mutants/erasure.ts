import type { Mutant } from "./mutant.js";

const company = "test/erasure/company.test.ts";
const person = "test/erasure/person.test.ts";
const retention = "test/retention/retention.test.ts";
const nowhere = "what was planted in every corner of a company is nowhere in the database after its erasure";
const nothing =
  "what tells of a person is nowhere in the database after the erasure, in versions and edits as little as in rows";
const synced = "the next sync that %s brings nothing of the person back, and finds the mirror complete";

const fields = "test/erasure/fields.test.ts";
const gone =
  "what is held of a field is gone once the company does without it: from rows, payloads, versions, edits and their audit";
const waits = "edits of it are refused by name, and those that wait have to end first";
const wantedAgain = "what is wanted again before it was erased is not erased any more, and what else was to be is";

export const erasureMutants: readonly Mutant[] = [
  {
    name: "Erasure: the next sync brings back what a company does without",
    file: "src/sync/erasure/left-out.ts",
    find: "    for (const holding of holdings) leaveOutHeld(payload, holding);\n",
    replace: "",
    test: [fields, "a sync that %s stores nothing of it, and finds the mirror complete"],
  },
  {
    name: "Erasure: versions still tell what a company does without",
    file: "src/sync/erasure/fields.ts",
    find: "    redactVersions(redaction),\n",
    replace: "",
    test: [fields, gone],
  },
  {
    name: "Erasure: edits still tell what a company does without",
    file: "src/sync/erasure/fields.ts",
    find: "    (client) => stripChanges(client, editsOf(plugin), [connectionId, fields], fields),\n",
    replace: "",
    test: [fields, gone],
  },
  {
    name: "Erasure: what is wanted again is not read, because its bytes are known",
    file: "src/sync/erasure/redact.ts",
    find: '["content_hash", hash], ["source_hash", "\\\\x"]]',
    replace: '["content_hash", hash]]',
    test: [fields, "what is wanted again is read whole again"],
  },
  {
    name: "Erasure: what is wanted again is erased all the same",
    file: "src/sync/erasure/erasures.ts",
    find: "for (const wanted of newlyExcluded(after, before)) open.push(",
    replace: "for (const wanted of newlyExcluded(after, before).slice(1)) open.push(",
    test: [fields, wantedAgain],
  },
  {
    name: "Erasure: a company does without what an edit of it waits for",
    file: "src/sync/schedule/settings.ts",
    find: "    for (const added of newlyExcluded(excluded.before, excluded.after)) await assertNoneWaits(client, id, added);\n",
    replace: "    void assertNoneWaits;\n",
    test: [fields, waits],
  },
  {
    name: "Erasure: what a company does without can be edited",
    file: "src/sync/local-changes/wanted.ts",
    find: "    ...excludedProblems(asked, given.values),\n",
    replace: "",
    test: [fields, waits],
  },
  {
    name: "Erasure: what was sent keeps what a company does without",
    file: "src/sync/push/landed.ts",
    find: "  await forgetExcluded(settling.client, pushing.change);\n",
    replace: "  void forgetExcluded;\n",
    test: [
      fields,
      "what an edit of another field had to send along of it is forgotten once it is sent, and stays in QuickBooks",
    ],
  },
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
    find: "      redactVersions(redactionOf(person, plugin, leftOut)),\n",
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
    find: "return withoutLeftOut(slice.text(), plugin, leftOut);",
    replace: 'return leftOut.mark === "" ? withoutLeftOut(slice.text(), plugin, leftOut) : slice.text();',
    test: [person, synced],
  },
  {
    name: "Erasure: transactions bring the names of an erased person back",
    file: "src/sync/erasure/left-out.ts",
    find: "if (isErased || refersTo(payload, copy, plugin, leftOut)) leaveOutHeld",
    replace: "if (isErased) leaveOutHeld",
    test: [
      "test/plugins/erasure.test.ts",
      "an invoice of an erased customer is taken in without names, addresses and words to them",
    ],
  },
  {
    name: "Erasure: names of people further up stay in joined names",
    file: "src/sync/erasure/left-out.ts",
    find: "    leaveOutJoined(payload, copy);\n",
    replace: "",
    test: [
      "test/plugins/erasure.test.ts",
      "names of people further up go once anybody is erased, those of the next above only with them",
    ],
  },
  {
    name: "Erasure: a voided invoice of an erased person comes to life",
    file: "src/sync/erasure/left-out.ts",
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
    find: '`${olderThan("versionDays", "t.valid_to")} AND ${endedBeforeKept}`',
    replace: "\"t.valid_to < $1::timestamptz - interval '30 days'\"",
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
