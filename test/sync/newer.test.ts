import { expect, test } from "@jest/globals";
import { judge, type IncomingGuard, type StoredGuard, type Verdict } from "../../src/sync/store/newer.js";

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const one = Buffer.from("one");
const other = Buffer.from("other");
const stored: StoredGuard = {
  syncToken: 5,
  updatedAt: at(30),
  answeredAt: at(40),
  contentHash: one,
  isRemoved: false,
  mirroredAt: at(41),
};
const incoming: IncomingGuard = { syncToken: 5, updatedAt: at(30), answeredAt: at(40), contentHash: other };

const cases: [string, Partial<IncomingGuard>, Partial<StoredGuard>, Verdict][] = [
  ["a higher token is newer", { syncToken: 6 }, {}, "UPDATE"],
  ["a later change is newer, although the token stayed", { updatedAt: at(31) }, {}, "UPDATE"],
  ["both higher is newer", { syncToken: 6, updatedAt: at(31) }, {}, "UPDATE"],
  ["a lower token is older", { syncToken: 4 }, {}, "OLDER"],
  ["an earlier change is older", { updatedAt: at(29) }, {}, "OLDER"],
  ["tokens are numbers: 10 is newer than 9", { syncToken: 10 }, { syncToken: 9 }, "UPDATE"],
  ["newer with equal content moves the guard alone", { syncToken: 6, contentHash: one }, {}, "ADVANCE"],
  ["the same is the same", { contentHash: one }, {}, "SAME"],
  ["the same in a later answer is the same", { contentHash: one, answeredAt: at(50) }, {}, "SAME"],
  ["equal parts, other content: the later answer wins", { answeredAt: at(46) }, {}, "UPDATE"],
  ["equal parts, other content: the earlier answer loses", { answeredAt: at(34) }, {}, "OLDER"],
  ["equal parts, other content, answers as near as hosts' clocks: read again", { answeredAt: at(42) }, {}, "REREAD"],
  ["and the earlier of such answers: read again", { answeredAt: at(38) }, {}, "REREAD"],
  ["a read begun later settles what near answers do not", { answeredAt: at(39), settlesFrom: at(42) }, {}, "UPDATE"],
  ["equal parts, other content, equal answers: read again", {}, {}, "REREAD"],
  ["parts that disagree: read again", { syncToken: 6, updatedAt: at(29) }, {}, "REREAD"],
  ["a missing time: read again", { updatedAt: null, syncToken: 6 }, {}, "REREAD"],
  ["a stored row without a time: read again", {}, { updatedAt: null }, "REREAD"],
  ["a missing time with equal content says nothing new", { updatedAt: null, contentHash: one }, {}, "SAME"],
  ["a read begun after the row was saved settles", { updatedAt: null, settlesFrom: at(42) }, {}, "UPDATE"],
  ["a read begun before the row was saved does not", { updatedAt: null, settlesFrom: at(40) }, {}, "REREAD"],
  ["a removed record is not revived by a page", { syncToken: 6 }, { isRemoved: true }, "REREAD"],
  ["nor by the same content", { contentHash: one }, { isRemoved: true }, "REREAD"],
  [
    "a removed record is revived by a read begun after its removal",
    { settlesFrom: at(42) },
    { isRemoved: true },
    "UPDATE",
  ],
  [
    "an older state of a removed record stays older",
    { syncToken: 4, settlesFrom: at(42) },
    { isRemoved: true },
    "OLDER",
  ],
];

test.each(cases)("%s", (_, incomingParts, storedParts, verdict) => {
  expect(judge({ ...incoming, ...incomingParts }, { ...stored, ...storedParts })).toBe(verdict);
});
