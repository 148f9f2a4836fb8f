/**
 * Global ids of rows inside a record, such as the lines of a transaction. Where QuickBooks has an id of its own for the row, ours is
 * made of that, and stays while rows come and go around it; else of the row's position.
 */

/** What marks QuickBooks' own id, in what `sync/read` answers too. */
const ownIdMark = "#";

export function encodeRowId(type: string, recordId: string, quickbooksId: string): string {
  return encodeRow(type, `${recordId}:${ownIdMark}${quickbooksId}`);
}

/** The same of `<record>:<what tells the row from others>`. */
export function encodeRow(type: string, row: string): string {
  return Buffer.from(`${type}:${row}`).toString("base64url");
}

/** QuickBooks' id of a row of this record, or undefined where the id is of no such row, or of one that QuickBooks has no id for. */
export function decodeRowId(type: string, recordId: string, globalId: string): string | undefined {
  const start = `${type}:${recordId}:${ownIdMark}`;
  const text = Buffer.from(globalId, "base64url").toString();
  const quickbooksId = text.startsWith(start) ? text.slice(start.length) : "";
  return quickbooksId !== "" && encodeRow(type, text.slice(type.length + 1)) === globalId ? quickbooksId : undefined;
}
