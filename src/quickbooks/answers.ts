import { z } from "zod";
import { cutRecords, type CutBody, MalformedBody, type RecordSlice } from "../foundation/json.js";
import { RetryLater, UnreadableResult } from "./errors.js";
import { type Fault, faultIn, faultOf, isMarkup } from "./faults.js";
import type { BodyTooLarge, NoAnswer, Reply } from "./http.js";
import { type FaultContext, type Remedy, verdictOn } from "./verdicts.js";

/** What QuickBooks answered. */
export interface Answer {
  readonly body: Buffer;
  /** The records in it, unparsed: their exact bytes. */
  readonly records: readonly RecordSlice[];
  /** The same by entity; one that has none is left out. */
  readonly recordsOf: ReadonlyMap<string, readonly RecordSlice[]>;
  /** The rest of the body, parsed. */
  readonly envelope: unknown;
  /** QuickBooks' own clock when it began to answer (`time`); it runs behind the times of records written meanwhile. */
  readonly time: Date;
  readonly intuitTid: string | undefined;
  /** By our clock. */
  readonly requestedAt: Date;
}

/** What went wrong with one attempt: what may be done about it within the request, and the error once that is spent. */
export interface Failure {
  readonly remedy: Remedy;
  /** Of what Intuit said; absent where it said nothing that can be read. */
  readonly fault?: Fault;
  error(context: FaultContext): Error;
}

/** What sort of answer is expected, and of which entities. */
export interface Expectation {
  readonly kind: "QUERY" | "RECORD" | "CHANGES";
  readonly entities: readonly string[];
}

/** Intuit's times: always with an offset, whatever season it stands for. */
export const instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/)
  .transform((text) => new Date(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2")));

const timed = z.object({ time: instant });
const page = z.object({ maxResults: z.number().optional() });
/** Each kind's envelope, and how many records it says it holds, where it says so. */
const envelopes = {
  RECORD: timed.transform(({ time }) => ({ time, counted: 1 })),
  QUERY: timed
    .extend({ QueryResponse: page })
    .transform(({ time, QueryResponse }) => ({ time, counted: QueryResponse.maxResults })),
  CHANGES: timed
    .extend({ CDCResponse: z.tuple([z.object({ QueryResponse: z.array(page) })]) })
    .transform(({ time, CDCResponse: [{ QueryResponse }] }) => ({
      time,
      counted: QueryResponse.reduce((sum, { maxResults = 0 }) => sum + maxResults, 0),
    })),
} as const;

/** Reads a reply: HTTP 200 may carry a fault, nothing at all, or less than it says. */
export function readReply(
  reply: Reply,
  expected: Expectation,
  requestedAt: Date,
): { readonly answer: Answer } | { readonly failure: Failure } {
  const { status, body, intuitTid } = reply;
  if (status < 200 || status > 299) return { failure: faulty(faultOf(status, body)) };
  const cut = cutOrUndefined(body, expected.entities);
  if (cut === undefined) return { failure: notJson(reply) };
  const fault = faultIn(status, cut.envelope);
  if (fault !== undefined) return { failure: faulty(fault) };
  const records = [...cut.records.values()].flat();
  const found = envelopes[expected.kind].safeParse(cut.envelope);
  if (!found.success || (expected.kind === "RECORD" && records.length !== 1)) return { failure: incomplete };
  const { time, counted } = found.data;
  // What is counted but does not stand under the entity's name would be lost without a word.
  if (counted !== undefined && counted !== records.length) return { failure: miscounted };
  return {
    answer: { body, records, recordsOf: cut.records, envelope: cut.envelope, time, intuitTid, requestedAt },
  };
}

function faulty(fault: Fault): Failure {
  const { remedy, error } = verdictOn(fault);
  return { remedy, fault, error: (context) => error(fault, context) };
}

function cutOrUndefined(body: Buffer, entities: readonly string[]): CutBody | undefined {
  try {
    return cutRecords(body, new Set(entities));
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}

function notJson({ status, body }: Reply): Failure {
  if (body.length === 0) return incomplete;
  if (!isMarkup(body)) return malformed;
  const fault = faultOf(status, body);
  return fault.code === undefined ? incomplete : faulty(fault);
}

const incomplete: Failure = {
  remedy: "ONCE_MORE",
  error: (context) =>
    new RetryLater("QuickBooks answered without what was asked for. It is asked again later.", context),
};
const malformed: Failure = {
  remedy: "ONCE_MORE",
  error: (context) => new UnreadableResult("QuickBooks' answer is not JSON; some record in it may be broken.", context),
};
const miscounted: Failure = {
  remedy: "ONCE_MORE",
  error: (context) => new UnreadableResult("QuickBooks' answer holds another number of records than it says.", context),
};

/** The connection failed: whether QuickBooks did anything is not known, and for a read does not matter. */
export function unanswered(cause: NoAnswer): Failure {
  return {
    remedy: "BACK_OFF",
    error: (context) => new RetryLater("QuickBooks cannot be reached. It is tried again later.", { ...context, cause }),
  };
}

export function tooLarge(cause: BodyTooLarge): Failure {
  return {
    remedy: "NONE",
    error: (context) => new UnreadableResult("QuickBooks' answer is too large.", { ...context, cause }),
  };
}
