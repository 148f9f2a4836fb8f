import type { Mutant } from "./mutant.js";

const writing = "test/quickbooks/writing.test.ts";
const landing = "test/push/landing.test.ts";
const lost = "test/push/lost-answers.test.ts";
const stale = "test/push/stale.test.ts";
const deaths = "test/push/deaths.test.ts";
const twins = "test/push/twins.test.ts";
const inactive = "test/push/inactive.test.ts";
const compared = "test/conflicts/compare.test.ts";
const lives = "test/push/lives.test.ts";

export const pushMutants: readonly Mutant[] = [
  {
    name: "F8: a lost create that is gone meanwhile counts as never made",
    file: "src/sync/push/search.ts",
    find: "candidates.length > 0 ? [] :",
    replace: "candidates.length >= 0 ? [] :",
    test: ["test/push/twins.test.ts", "F8: a lost create that a person has %s meanwhile is for a person to tell"],
  },
  {
    name: "F14: a pusher whose database is away asks again and again without a pause",
    file: "src/sync/push/pusher.ts",
    find: "      let lookedAt: string | undefined;\n",
    replace: "      let lookedAt: string | undefined = await databaseTime(database);\n",
    test: [
      "test/push/outage.test.ts",
      "where the database is away, each who asks the pusher to look is answered by one line in the log, and it does not look again by itself",
    ],
  },
  {
    name: "I8, F8: a failing server is believed that it did nothing",
    file: "src/quickbooks/writing.ts",
    find: "fault === undefined || fault.status >= 500 ||",
    replace: "fault === undefined || fault.status >= 600 ||",
    test: [writing, "to the last means that nobody knows"],
  },
  {
    name: "I8, F8: a later failure hides that an answer was lost",
    file: "src/quickbooks/writing.ts",
    find: "if (error instanceof AnswerLost) this.#isUnknown = true;",
    replace: "",
    test: [writing, "F8: once an answer was lost, nothing but a refusal shows what became of the write"],
  },
  {
    name: "I8, F8: a taken name is believed though the write's own record may have it",
    file: "src/quickbooks/writing.ts",
    find: "if (error instanceof RequestRejected && !presentCodes.has(error.code)) return error;",
    replace: "if (error instanceof RequestRejected) return error;",
    test: [
      writing,
      "F8: a name that is taken shows nothing once an answer was lost: the write's own record may have it",
    ],
  },
  {
    name: "I8, F8: a lost answer is taken for a refusal, and sent again as another request",
    file: "src/sync/push/send.ts",
    find: "error instanceof QuickBooksError && !(error instanceof AnswerLost) && !wasSentBefore;",
    replace: "error instanceof QuickBooksError;",
    test: [lost, "F8: two records that a create may have made wait for a person, who sends it anew or gives it up"],
  },
  {
    name: "I8, F11: what was refused is sent again under the same requestid",
    file: "src/sync/push/send.ts",
    find: "...unsent(held), ...wait",
    replace: "...unsent({ ...held, generation: held.generation - 1 }), ...wait",
    test: [stale, "F11: somebody was faster (5010): the record is read, merged, and sent again as another request"],
  },
  {
    name: "I9, F11: what waits is sent over a change in QuickBooks that was not read",
    file: "src/sync/push/freeze.ts",
    find: 'if (held.status !== "PENDING" || isGone',
    replace: 'if (held.status === "PUSHED" || isGone',
    test: [stale, "a change in QuickBooks that was not mirrored yet is found before anything is sent"],
  },
  {
    name: "I8: name lists go side by side",
    file: "src/sync/push/claim.ts",
    find: "greatest(1 - held.lists, 0)",
    replace: "greatest(8 - held.lists, 0)",
    test: [stale, "name lists go one after another in order of age, whatever pushes; transactions side by side"],
  },
  {
    name: "I6, F8: what a dead process held waits for ever",
    file: "src/sync/push/claim.ts",
    find: "(l.lease_owner IS NULL OR NOT (${isHeld}))",
    replace: "l.lease_owner IS NULL",
    test: [deaths, "F8: a process that dies when an update is %s: another goes on, and it has one effect"],
  },
  {
    name: "I8, F8: after the window a create is made anew without a search",
    file: "src/sync/push/decide.ts",
    find: "known === undefined ? await searchCreated(pushing) : { ids: [known], doubtful: [], rivals: [] };",
    replace: "{ ids: known === undefined ? [] : [known], doubtful: [], rivals: [] };",
    test: [lost, "F8: after the window a create lost by %s is found by search, or made anew: one record"],
  },
  {
    name: "I15: nobody can tell from the audit what was pushed",
    file: "src/sync/push/landed.ts",
    find: 'await auditPush(settling.client, pushing, held, { status: "PUSHED", intuitTid });',
    replace: "void held;",
    test: [landing, "every push is in the audit, with Intuit's transaction id"],
  },
  {
    name: "I8: what was edited in an earlier life of the company waits for ever",
    file: "src/sync/push/pusher.ts",
    find: "await rejectEarlierLives(this.#services);",
    replace: "void rejectEarlierLives;",
    test: [stale, "a company that was reset ends what waits for it"],
  },
  {
    name: "I8: a change that was given back while its fate was unknown waits for ever",
    file: "src/sync/push/claim.ts",
    find: "l.error_code IS NOT DISTINCT FROM 'AMBIGUOUS'",
    replace: "l.error_code = 'AMBIGUOUS'",
    test: [deaths, "a pusher that stops in order gives its changes back, and another goes on at once"],
  },
  {
    name: "I12: what was read for an earlier life of the company is written into it",
    file: "src/sync/push/read.ts",
    find: "      await assertLife(client, change);\n      if (saved",
    replace: "      if (saved",
    test: [lives, "I12: what was read for an earlier life of the company is not written: it was told as gone"],
  },
  {
    name: "I11: a company that takes no writes after a reset is looked at again with every try",
    file: "src/sync/push/send.ts",
    find: "if (isReset && pushing.change.errorCode !== error.reason)",
    replace: "if (isReset)",
    test: [
      lives,
      "after a reset QuickBooks takes no writes before the company is connected again: they wait, and the reset is sought once",
    ],
  },
  {
    name: "I6: what was taken over is reported as a failure",
    file: "src/sync/push/pusher.ts",
    find: "if (error instanceof LeaseLost) {",
    replace: "if (error === undefined) {",
    test: [lives, "what was taken over while it failed is no failure of the one that had it"],
  },
  {
    name: "I8: the end of the window says nothing",
    file: "src/sync/push/send.ts",
    find: "window.aborted ? unanswered(error) : error",
    replace: "error",
    test: [
      lives,
      "a request without an answer for so long that it is not sent any more counts as one whose answer was lost",
    ],
  },
  {
    name: "F14: renewing claims waits for whoever works on them",
    file: "src/sync/push/claim.ts",
    find: "lease_owner = $1 FOR UPDATE SKIP LOCKED",
    replace: "lease_owner = $1 FOR UPDATE",
    test: [lives, "renewing a claim waits for nobody who works on the change"],
  },
  {
    name: "F14: a create that lands locks the change feed before the edits that name it",
    file: "src/sync/store/pending-records.ts",
    find: "  await renameLocal(client, mirror, plugins, { local, quickbooksId });\n  if (brought",
    replace:
      "  await tellChanges(client, mirror.connectionId, plugin.name, [change]);\n  await renameLocal(client, mirror, plugins, { local, quickbooksId });\n  if (brought",
    test: [
      "test/editing/pending.test.ts",
      "F14: where a create lands the change feed is locked last, behind the edits that name it",
    ],
  },
  {
    name: "I8, F8: a lost create takes the record that another of our creates made",
    file: "src/sync/store/pending-records.ts",
    find: "if (rows.length === 0) return;\n  throw new MadeByAnother",
    replace: "if (rows.length < 9) return;\n  throw new MadeByAnother",
    test: [twins, "a record that one of our creates made is never taken for another's"],
  },
  {
    name: "I8, F8: of two lost creates alike a person has to say which is which",
    file: "src/sync/push/decide.ts",
    find: "found.length <= rivals.length + 1;",
    replace: "found.length <= 1;",
    test: [twins, "F8: of two creates alike whose answers were lost, where %s, each ends with a record of its own"],
  },
  {
    name: "I8, F8: a record is given to the first of two creates that asked for different things",
    file: "src/sync/push/decide.ts",
    find: "rivals.every(({ isAlike }) => isAlike)",
    replace: "rivals.every(({ isAlike }) => isAlike || !isAlike)",
    test: [twins, "F8: a record that creates unlike each other may both have made is for a person"],
  },
  {
    name: "I9: what QuickBooks moves by itself counts as somebody's change",
    file: "src/sync/conflicts/compare-fields.ts",
    find: 'path in values && plugin.fields[path]?.edit?.on !== "CREATE"',
    replace: "path in values",
    test: [compared, "what can be given to a new record alone moves by itself, and says nothing of what people did"],
  },
  {
    name: "I9: what QuickBooks adds to a name that becomes inactive is taken for a new name",
    file: "src/sync/local-changes/values.ts",
    find: 'state === "INACTIVE" ? bare(plugin, path, valueIn(row, path)) : valueIn(row, path)',
    replace: "valueIn(row, path)",
    test: [inactive, "a rename of what a person makes inactive and renames alike is in QuickBooks already"],
  },
  {
    name: "I9: what QuickBooks left of an inactive record's name is taken for a new name",
    file: "src/sync/local-changes/values.ts",
    find: "return !sameValue(plugin, path, bare(plugin, path, base), bare(plugin, path, quickbooks));",
    replace: "return !sameValue(plugin, path, base, quickbooks);",
    test: [compared, "a name to which QuickBooks left what it had added is nobody's new name"],
  },
  {
    name: "I8: an edit made while it is looked for work waits for the next sweep",
    file: "src/sync/push/pusher.ts",
    find: "if (this.#lookAgain && !this.#stopping.signal.aborted) this.poke();",
    replace: "",
    test: [stale, "an edit that is made while the last look ends is found at once"],
  },
  {
    name: "I8, F8: a company that cannot be written any more is believed to have done nothing before",
    file: "src/quickbooks/writing.ts",
    find: '"6240", "6190"]',
    replace: '"6240"]',
    test: [writing, "F8: that a company cannot be written any more shows nothing once an answer was lost"],
  },
  {
    name: "I8: another body goes out under the requestid of a sending that was throttled",
    file: "src/sync/push/send.ts",
    find: "...unsent(held) }),",
    replace: "...unsent(held), generation: held.generation }),",
    test: [lives, "I8: what was throttled goes out as another request, for edits may have joined it"],
  },
  {
    name: "I8, I9: what may have been done and undone is sent again without asking",
    file: "src/sync/conflicts/compare.ts",
    find: "if (change.errorCode === undecidedCode) return compareUndecided(plugin, change, now);",
    replace: "void compareUndecided;",
    test: [lost, "F8: after the window what neither token nor content decides waits for a person"],
  },
  {
    name: "I8, F8: what a person decided is asked of them again",
    file: "src/sync/conflicts/resolving.ts",
    find: "const decided = { errorCode: null, errorMessage: null, errorIntuitTid: null };",
    replace: "const decided = {};",
    test: [lost, "F8: what nobody could decide is sent once a person has decided"],
  },
  {
    name: "F9: what a notice brought before its create was answered stands twice",
    file: "src/sync/store/pending-records.ts",
    find: "if (brought !== undefined) await takeOver(client, plugin, pending, brought);",
    replace: "void takeOver;",
    test: ["test/push/echoes.test.ts", "F9: own echo: a notice of a create that is %s leaves one record, under its id"],
  },
  {
    name: "a text that begins like a local id is never sent",
    file: "src/sync/push/freeze.ts",
    find: "new RegExp(localIdInJson).test(",
    replace: "new RegExp('\"local:').test(",
    test: [
      landing,
      "a text that begins like the id of a new record is a text: it is sent, and one that could be such an id is refused",
    ],
  },
  {
    name: "F8: what somebody entered under the same name is taken for ours",
    file: "src/sync/push/search.ts",
    find: "return isHeld && (writes.unique === undefined || bearsName(writes, edits, values));",
    replace: "return writes.unique === undefined ? isHeld : bearsName(writes, edits, values);",
    test: [
      "test/push/twins.test.ts",
      "F8: what somebody entered under the name of a lost create, or changed since, is for a person to tell",
    ],
  },
  {
    name: "F8: what a merge has moved to another record is made again",
    file: "src/sync/push/search.ts",
    find: 'found.likeness === "DOUBTFUL" || (found.likeness === "MOVED" && !isAsked(found));',
    replace: 'found.likeness === "DOUBTFUL";',
    test: [
      twins,
      "F8: a lost create whose customer was merged into another meanwhile, which moves it without a trace, is for a person to tell",
    ],
  },
  {
    name: "F8: what another of our creates asked for throws doubt on one for somebody else",
    file: "src/sync/push/search.ts",
    find: '(found.likeness === "MOVED" && !isAsked(found));',
    replace: 'found.likeness === "MOVED" || isAsked(found);',
    test: [
      twins,
      "F8: what others of our creates asked for, whose answers were lost too, is no doubt about one that differs in whom it is for",
    ],
  },
  {
    name: "F8: what was changed since it was made is made again",
    file: "src/sync/push/search.ts",
    find: "(revision.parse(parseExact(text)).SyncToken ?? 0) > 0;",
    replace: "(revision.parse(parseExact(text)).SyncToken ?? 0) < 0;",
    test: [
      "test/push/twins.test.ts",
      "F8: what somebody entered under the name of a lost create, or changed since, is for a person to tell",
    ],
  },
  {
    name: "I6, I8: who wakes up late sends whatever others have done",
    file: "src/sync/push/send.ts",
    find: "if (sending === undefined) throw new LeaseLost(",
    replace: "if (sending === undefined) return;\n  if (change.fence < 0) throw new LeaseLost(",
    test: [
      "test/push/deaths.test.ts",
      "F8: a process that stood still before it sent, and wakes up when another has gone on, sends nothing",
    ],
  },
  {
    name: "a pusher that has stopped goes on looking",
    file: "src/sync/push/pusher.ts",
    find: "if (this.#stopping.signal.aborted) return;\n    this.#lookAgain = true;",
    replace: "this.#lookAgain = true;",
    test: ["test/push/deaths.test.ts", "a pusher that has stopped looks for nothing, whoever wakes it"],
  },
  {
    name: "I8: what QuickBooks made less of counts as taken whole",
    file: "src/sync/push/landed.ts",
    find: "others.length === 0 ?",
    replace: "others.length >= 0 ?",
    test: [
      "test/push/landing.test.ts",
      "what QuickBooks takes and makes less of without a word is told with the change",
    ],
  },
];
