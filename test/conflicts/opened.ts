import type { Conflict } from "../../src/sync/conflicts/conflict.js";
import type { Queue } from "./queue.js";

export interface Opened {
  readonly quickbooksId: string;
  readonly recordId: string;
  readonly changeId: string;
  readonly conflict: Conflict;
}

/** A customer whose notes and title were changed on both sides, and whose website only here. */
export async function openedConflict(queue: Queue): Promise<Opened> {
  const { quickbooksId, recordId } = await queue.newRecord("Customer");
  const changeId = await queue.edit("Customer", recordId, {
    notes: "here",
    title: "Dr",
    website: "http://here.example",
  });
  queue.company.change("Customer", quickbooksId, { Notes: "there", Title: "Prof" });
  await queue.sync();
  const conflict = await queue.conflictOf(changeId);
  if (conflict === undefined) throw new Error("There is no conflict.");
  return { quickbooksId, recordId, changeId, conflict };
}

/** An invoice that was edited here and ended there. */
export async function endedConflict(queue: Queue, end: "delete" | "void"): Promise<Opened> {
  const [customer] = [...queue.company.records("Customer")];
  const [item] = [...queue.company.records("Item")];
  const { quickbooksId, recordId } = await queue.newRecord("Invoice", {
    CustomerRef: { value: customer?.id },
    Line: [{ Amount: 12.5, DetailType: "SalesItemLineDetail", SalesItemLineDetail: { ItemRef: { value: item?.id } } }],
  });
  const changeId = await queue.edit("Invoice", recordId, { privateNote: "from here" });
  queue.company[end]("Invoice", quickbooksId);
  await queue.sync();
  const conflict = await queue.conflictOf(changeId);
  if (conflict === undefined) throw new Error("There is no conflict.");
  return { quickbooksId, recordId, changeId, conflict };
}
