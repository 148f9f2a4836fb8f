import { expect, test } from "@jest/globals";
import type { ClaimedEvent } from "../../src/sync/inbox/claim.js";
import { defaultPace, delayAfter } from "../../src/sync/inbox/pace.js";
import { verdictOn, type MirroredRecord, type Sight } from "../../src/sync/inbox/verdict.js";

const at = (second: number, ms = 0): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second, ms));
const event: ClaimedEvent = {
  id: "e",
  entity: "Customer",
  operation: "UPDATE",
  quickbooksId: "1",
  deletedId: null,
  eventTime: at(30, 179),
  attempts: 0,
};
const record: MirroredRecord = { state: "ACTIVE", updatedAt: at(30) };
const sight: Sight = { record, isOutside: false, problem: undefined, unmerged: undefined };
const merge = { operation: "MERGE", deletedId: "2" };

const cases: [string, Partial<ClaimedEvent>, Partial<Sight>, string][] = [
  ["a record of the notice's second is new enough", {}, {}, "DONE"],
  ["a later record is new enough", {}, { record: { ...record, updatedAt: at(31) } }, "DONE"],
  ["an earlier record is read again", {}, { record: { ...record, updatedAt: at(29) } }, "PENDING"],
  ["a record without a time is read again", {}, { record: { ...record, updatedAt: null } }, "PENDING"],
  ["nothing can be compared with a notice without a time", { eventTime: null }, {}, "DONE"],
  ["a record that is gone is gone", {}, { record: { state: "DELETED", updatedAt: at(1) } }, "DONE"],
  ["a record that nobody knows is gone", {}, { record: undefined }, "DONE"],
  ["a new record that nobody knows is looked for again", { operation: "CREATE" }, { record: undefined }, "PENDING"],
  ["a deleted record that is still there is read again", { operation: "DELETE" }, {}, "PENDING"],
  [
    "a deactivated record counts as deleted",
    { operation: "DELETE" },
    { record: { ...record, state: "INACTIVE" } },
    "DONE",
  ],
  [
    "a merge is done when it shows, whatever the survivor's time",
    merge,
    { record: { ...record, updatedAt: at(1) } },
    "DONE",
  ],
  ["a merge that does not show is read again", merge, { unmerged: "Not yet." }, "PENDING"],
  ["nothing is read again for ever", { attempts: 3 }, { record: { ...record, updatedAt: at(29) } }, "DONE"],
  ["a failure is tried again", {}, { problem: "It cannot be read." }, "FAILED"],
  ["a failure after the re-readings is still a failure", { attempts: 3 }, { problem: "It cannot be read." }, "FAILED"],
  ["too many failures are parked", { attempts: 7 }, { problem: "It cannot be read." }, "PARKED"],
  ["what lies outside of the scope is ignored", {}, { record: undefined, isOutside: true }, "IGNORED"],
];

test.each(cases)("%s", (_, told, seen, status) => {
  expect(verdictOn({ ...event, ...told }, { ...sight, ...seen }, defaultPace).status).toBe(status);
});

test("re-readings go on for longer than QuickBooks takes to show a commit, and failures for hours", () => {
  const sum = (count: number) =>
    Array.from({ length: count }, (_, attempts) => delayAfter(attempts, defaultPace)).reduce((a, b) => a + b, 0);
  expect(sum(defaultPace.mostRereads)).toBeGreaterThan(120_000);
  expect(sum(defaultPace.mostAttempts - 1)).toBeGreaterThan(2 * 3_600_000);
  expect(delayAfter(30, defaultPace)).toBe(defaultPace.longestDelayMs);
});
