import { registerEnumType } from "type-graphql";
import { ConflictKind, ConflictStatus } from "../../generated/prisma/enums.js";

export { ConflictKind, ConflictStatus };

registerEnumType(ConflictKind, {
  name: "ConflictKind",
  description: "What happened in QuickBooks while an edit waited here.",
  valuesConfig: {
    FIELDS: { description: "The record was changed. Decide each of `fields`." },
    DELETED_IN_QUICKBOOKS: {
      description: "The record is gone. Either `recreate` it with the edit, or `discard` the edit.",
    },
    VOIDED_IN_QUICKBOOKS: {
      description: "The record was voided. Either `recreate` it with the edit, or `discard` the edit.",
    },
  },
});

registerEnumType(ConflictStatus, {
  name: "ConflictStatus",
  description: "How a conflict stands.",
  valuesConfig: {
    OPEN: { description: "It waits for somebody to decide, and holds the edit back." },
    RESOLVED: { description: "Somebody has decided." },
    IGNORED: {
      description: "Nobody wants to decide now: it opens again when either side changes. The edit is held back.",
    },
    SUPERSEDED: { description: "There is nothing to decide any more: both sides agree, or the edit is gone." },
  },
});

/** What a field is to hold on both sides. */
export const ConflictChoice = { QUICKBOOKS: "QUICKBOOKS", PLATFORM: "PLATFORM", VALUE: "VALUE" } as const;
export type ConflictChoice = keyof typeof ConflictChoice;

registerEnumType(ConflictChoice, {
  name: "ConflictChoice",
  description: "What a field in conflict is to hold on both sides.",
  valuesConfig: {
    QUICKBOOKS: { description: "What QuickBooks has: the edit is given up." },
    PLATFORM: { description: "What was edited here: it is sent to QuickBooks." },
    VALUE: { description: "Another value, which is sent to QuickBooks." },
  },
});

/** The side that all fields are taken from. */
export const ConflictSide = { QUICKBOOKS: "QUICKBOOKS", PLATFORM: "PLATFORM" } as const;
export type ConflictSide = keyof typeof ConflictSide;

registerEnumType(ConflictSide, {
  name: "ConflictSide",
  description: "The side that the fields are taken from which nothing else is said about.",
  valuesConfig: {
    QUICKBOOKS: { description: "What QuickBooks has." },
    PLATFORM: { description: "What was edited here." },
  },
});

/** How many conflicts at once are resolved. */
export const BulkResolution = { QUICKBOOKS_WINS: "QUICKBOOKS_WINS", PLATFORM_WINS: "PLATFORM_WINS" } as const;
export type BulkResolution = keyof typeof BulkResolution;

registerEnumType(BulkResolution, {
  name: "BulkResolution",
  description: "How many conflicts are resolved at once.",
  valuesConfig: {
    QUICKBOOKS_WINS: { description: "QuickBooks' values stay, and the edits are given up." },
    PLATFORM_WINS: { description: "The edits are sent, over what QuickBooks has." },
  },
});

export const ConflictPolicy = {
  MERGE_DATA: "MERGE_DATA",
  QUICKBOOKS_WINS: "QUICKBOOKS_WINS",
  PLATFORM_WINS: "PLATFORM_WINS",
  MANUAL_REVIEW: "MANUAL_REVIEW",
} as const;
export type ConflictPolicy = keyof typeof ConflictPolicy;

registerEnumType(ConflictPolicy, {
  name: "ConflictPolicy",
  description: "What is done where a record that is edited here has changed in QuickBooks too.",
  valuesConfig: {
    MERGE_DATA: {
      description: "The default: changes of different fields are merged; of the same field, somebody decides.",
    },
    QUICKBOOKS_WINS: { description: "Merged; of the same field, QuickBooks' value stays and the edit is given up." },
    PLATFORM_WINS: { description: "Merged; of the same field, the edit is sent over QuickBooks' value." },
    MANUAL_REVIEW: {
      description: "Somebody decides whenever a record has changed on both sides, whatever the fields.",
    },
  },
});
