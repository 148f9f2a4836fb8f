import { z } from "zod";
import { parseExact, type RecordSlice } from "../../foundation/json.js";
import type { Range } from "./ranges.js";

const times = z.object({
  MetaData: z.object({ CreateTime: z.coerce.date(), LastUpdatedTime: z.coerce.date().optional() }),
});

/** undefined for a record that does not say, or cannot be read. */
export function timeOf(record: RecordSlice, property: Range["property"]): Date | undefined {
  try {
    const { CreateTime, LastUpdatedTime } = times.parse(parseExact(record.text())).MetaData;
    return property === "CREATE_TIME" ? CreateTime : LastUpdatedTime;
  } catch {
    // The store refuses such a record with its reason; here it only cannot serve as a mark.
    return undefined;
  }
}

export const createTimeOf = (record: RecordSlice): Date | undefined => timeOf(record, "CREATE_TIME");
