import { z } from "zod";
import { editKinds } from "../company/options.js";
import { faultKinds } from "../faults.js";

export { editKinds };

/** What the control API and the settings take. */

/** {@link CompanyOptions} as given from outside. */
export const companySchema = z.strictObject({
  realmId: z
    .string()
    .regex(/^\d{1,19}$/, "must be up to 19 digits")
    .exactOptional(),
  name: z.string().min(1).exactOptional(),
  seed: z.union([z.string(), z.number()]).exactOptional(),
  size: z.int().nonnegative().max(2_000_000).exactOptional(),
  years: z.number().positive().max(50).exactOptional(),
  burst: z.int().nonnegative().exactOptional(),
  homeCurrency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be a code of three capitals")
    .exactOptional(),
  currencies: z
    .array(z.string().regex(/^[A-Z]{3}$/, "must be a code of three capitals"))
    .readonly()
    .exactOptional(),
  generatedAt: z.number().exactOptional(),
});

/** Some of the switches, as given from outside. */
export const switchesSchema = z.strictObject({
  refreshMode: z.enum(["same-until-24h", "rotate-with-24h-grace", "rotate-immediately"]).exactOptional(),
  orderById: z.enum(["works", "ignored", "rejected"]).exactOptional(),
  ties: z.enum(["stable", "shuffled"]).exactOptional(),
  totalCount: z.enum(["page", "all"]).exactOptional(),
  zonelessTimes: z.enum(["pacific", "utc"]).exactOptional(),
  cdcOlderThan30Days: z.enum(["refused", "answered"]).exactOptional(),
  cdcChangedSince: z.enum(["inclusive", "exclusive"]).exactOptional(),
  cdcOverflow: z.enum(["deletions", "last entities"]).exactOptional(),
  inactivationNotice: z.enum(["Update", "Delete"]).exactOptional(),
  mergedCustomers: z.enum(["status Deleted", "inactive"]).exactOptional(),
  mergeMoves: z.enum(["nothing", "times"]).exactOptional(),
  throttleBody: z.enum(["xml", "Fault", "fault"]).exactOptional(),
  retryAfterSeconds: z.number().nonnegative().nullable().exactOptional(),
  recordTimes: z.enum(["down", "nearest"]).exactOptional(),
  requestIdReuse: z.enum(["replayed", "refused"]).exactOptional(),
  requestIdsKeptMs: z.number().nonnegative().exactOptional(),
  inactivationWithBalance: z.enum(["refused", "adjusted"]).exactOptional(),
  reactivatedNames: z.enum(["keep suffix", "restored"]).exactOptional(),
  voidOfPaidInvoice: z.enum(["allowed", "refused"]).exactOptional(),
  overpaidLines: z.enum(["capped", "refused"]).exactOptional(),
  transactionAddresses: z.enum(["free lines", "as sent"]).exactOptional(),
  inactiveReferences: z.enum(["refused", "allowed"]).exactOptional(),
  hostSkewsMs: z.array(z.number()).min(1).exactOptional(),
});

export const editSchema = z.strictObject({
  kind: z.enum(editKinds).exclude(["reset"]),
  entity: z.string(),
  id: z.string().exactOptional(),
  fields: z.record(z.string(), z.unknown()).exactOptional(),
  into: z.string().exactOptional(),
  visibleAfterMs: z.number().nonnegative().exactOptional(),
});

/** Edits of one person after another, the clock moving on by so much after each. */
export const seriesSchema = z.strictObject({ edits: z.array(editSchema).min(1), everyMs: z.number().nonnegative() });

export const faultSchema = z.strictObject({
  kind: z.enum(faultKinds),
  path: z.string().exactOptional(),
  query: z.string().exactOptional(),
  entity: z.string().exactOptional(),
  realmId: z.string().exactOptional(),
  operation: z.enum(["read", "write", "batch", "create", "update", "delete", "void"]).exactOptional(),
  isInBatch: z.literal(true).exactOptional(),
  after: z.int().nonnegative().exactOptional(),
  times: z.int().positive().exactOptional(),
  delayMs: z.number().nonnegative().exactOptional(),
});

export const clockSchema = z.union([z.strictObject({ advanceMs: z.number() }), z.strictObject({ now: z.number() })]);
export const nameSchema = z.strictObject({ name: z.string().min(1) });
export const recordSchema = z.strictObject({ entity: z.string(), id: z.string() });
const limit = z.int().positive().exactOptional();
export const limitsSchema = z.union([
  z.literal("off"),
  z.strictObject({ perMinute: limit, perSecond: limit, concurrent: limit, batchesPerMinute: limit }),
]);
