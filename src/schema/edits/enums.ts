import { registerEnumType } from "type-graphql";
import type { WriteOperation as Operation } from "../../plugins/writes.js";
import { LocalChangeStatus, WriteOperation } from "../../generated/prisma/enums.js";

export { LocalChangeStatus, WriteOperation };

const statuses: Readonly<Record<keyof typeof LocalChangeStatus, string>> = {
  PENDING: "It waits to be sent.",
  PUSHING: "It is being sent.",
  UNKNOWN: "It was sent, and the answer was lost: it is being found out whether QuickBooks took it.",
  PUSHED: "QuickBooks holds it.",
  CONFLICT: "It is held back: the record has changed in QuickBooks too.",
  REJECTED: "QuickBooks refused it; the edit is kept, to be mended or tried again.",
  CANCELLED: "It was given up.",
};

export const operations: Readonly<Record<Operation, string>> = {
  CREATE: "Makes a new record.",
  UPDATE: "Changes fields of a record.",
  DEACTIVATE: "Hides a record; what refers to it stays.",
  REACTIVATE: "Brings a deactivated record back.",
  VOID: "Takes all amounts of a transaction away, and keeps it.",
  DELETE: "Removes a transaction.",
};

const described = (descriptions: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(descriptions).map(([value, description]) => [value, { description }]));

registerEnumType(LocalChangeStatus, {
  name: "LocalChangeStatus",
  description: "What has become of an edit.",
  valuesConfig: described(statuses),
});

registerEnumType(WriteOperation, {
  name: "WriteOperation",
  description: "What can be asked of QuickBooks.",
  valuesConfig: described(operations),
});
