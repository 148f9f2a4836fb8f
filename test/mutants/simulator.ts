import type { Mutant } from "./mutant.js";

const writes = "test/simulator/writes.test.ts";
const ends = "test/simulator/write-ends.test.ts";
const effects = "test/simulator/write-effects.test.ts";
const faults = "test/simulator/write-faults.test.ts";
const requests = "test/simulator/request-ids.test.ts";
const batches = "test/simulator/batches.test.ts";
const echoes = "test/simulator/write-echoes.test.ts";

/** Long names of tests that several mutants share. */
const nothingChanges =
  "what changes nothing moves neither token nor time, in whatever order it is sent, lines and payments too";

export const simulatorMutants: readonly Mutant[] = [
  {
    name: "simulator: a full update leaves what it omits",
    file: "simulator/company/books.ts",
    find: "const left = isWhole ? keptOf(entity, before) : before;",
    replace: "const left = isWhole ? before : before;",
    test: [writes, "a sparse update keeps what it does not send, a full update clears it and restores defaults"],
  },
  {
    name: "simulator: a full update loses the document number",
    file: "simulator/company/books.ts",
    find: "field.writable && !field.kept",
    replace: "field.writable",
    test: [writes, "a full update of an invoice keeps its number, dates it today and fills its address in again"],
  },
  {
    name: "simulator: the order of fields makes an update",
    file: "simulator/company/books.ts",
    find: "if (isSame(fields, before)) return;",
    replace: "if (JSON.stringify(fields) === JSON.stringify(before)) return;",
    test: [writes, nothingChanges],
  },
  {
    name: "simulator: null clears",
    file: "simulator/writes/fields.ts",
    find: "heard.has(name) && value !== null && value !== undefined",
    replace: "heard.has(name)",
    test: [writes, "sparsely, empty values clear a field and null does not; a name cannot be cleared"],
  },
  {
    name: "simulator: apps write what only people write",
    file: "simulator/writes/fields.ts",
    find: "writable === true",
    replace: "writable !== undefined",
    test: [writes, "what only QuickBooks writes is passed over"],
  },
  {
    name: "simulator: a stale token is taken",
    file: "simulator/writes/perform.ts",
    find: "if (syncToken !== String(row.syncToken)) throw stale();",
    replace: "if (syncToken > String(row.syncToken)) throw stale();",
    test: [
      ends,
      "a token out of date is refused as stale, also after a payment has settled the invoice; without one nothing is done",
    ],
  },
  {
    name: "simulator: a payment is voided the invoice's way",
    file: "simulator/writes/request.ts",
    find: "if (!isItsWay)",
    replace: "if (!isItsWay && entity.voidedBy === undefined)",
    test: [
      ends,
      "an invoice is voided by its operation, a payment by an update that includes it, and neither the other's way",
    ],
  },
  {
    name: "simulator: a payment's lines forget which they were",
    file: "simulator/entities/payment.ts",
    find: "return isUnchanged ? own :",
    replace: "return isUnchanged && own === undefined ? own :",
    test: [writes, nothingChanges],
  },
  {
    name: "simulator: a payment leaves its invoice's token",
    file: "simulator/company/books.ts",
    find: "row.appliedBy = now ? [payment.id, ...others] : others;\n      this.#advance(row, at);",
    replace: "row.appliedBy = now ? [payment.id, ...others] : others;",
    test: [
      effects,
      "a payment moves the token of the invoice it settles, its memo does not; both sides tell of the link",
    ],
  },
  {
    name: "simulator: a replay is done again",
    file: "simulator/writes/writes.ts",
    find: "if (known) return this.#answer(known, true);",
    replace: "if (known && known.status === 0) return this.#answer(known, true);",
    test: [
      requests,
      "a replay is blind to what has become of the record: created, deleted, created again is the deleted one",
    ],
  },
  {
    name: "simulator: refusals are not replayed",
    file: "simulator/writes/writes.ts",
    find: "this.replays.keep({ realmId,",
    replace: "if (done.status === 200) this.replays.keep({ realmId,",
    test: [requests, "a refusal is replayed too: what was stale once stays stale under that name"],
  },
  {
    name: "simulator: request names hold in all companies",
    file: "simulator/writes/replays.ts",
    find: "return `${realmId} ${requestId}`;",
    replace: "return realmId === requestId ? realmId : requestId;",
    test: [
      requests,
      "names of requests hold within a company, in the parameter only, for as long as they are remembered, up to 50 characters",
    ],
  },
  {
    name: "simulator: a batch of any size",
    file: "simulator/writes/batch.ts",
    find: "const mostItems = 30;",
    replace: "const mostItems = 31;",
    test: [batches, "thirty items are one batch, thirty-one are refused and nothing is done"],
  },
  {
    name: "simulator: an answer lost after the commit loses the commit",
    file: "simulator/fault-answers.ts",
    find: 'if (kind === "drop-after") return undefined;',
    replace: "",
    test: [faults, "an answer is lost before the commit, or after it: what was done is told by the same request again"],
  },
  {
    name: "simulator: a reset company takes writes",
    file: "simulator/writes/writes.ts",
    find: "    try {\n      if (isStale) throw companyReset();",
    replace: "    try {",
    test: [faults, "a reset company refuses every write of an app connected before, batches too, and reads on"],
  },
  {
    name: "simulator: apps do not hear of inactivity they cause",
    file: "simulator/company/notices.ts",
    find: 'kind === "deactivate" ? inactivationNotice : operations[kind]',
    replace: 'kind === "deactivate" ? "Delete" : operations[kind]',
    test: [
      echoes,
      "an app is told of what it writes itself, of what that did to others, and not of what changed nothing or was replayed",
    ],
  },
];
