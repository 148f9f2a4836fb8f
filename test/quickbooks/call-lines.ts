import { z } from "zod";
import { callMessage } from "../../src/quickbooks/call-log.js";

const line = z.looseObject({ msg: z.string() });

/** The lines of the log that tell of a call to Intuit. */
export function callsIn(lines: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  return lines.map((text) => line.parse(JSON.parse(text))).filter(({ msg }) => msg === callMessage);
}
