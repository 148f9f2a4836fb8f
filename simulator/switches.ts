/** What is not confirmed about QuickBooks, and what a test may want otherwise. Every one can be changed while the simulator runs. */
export interface Switches {
  /** When a refresh gives a new refresh token, and what becomes of the old one. */
  refreshMode: "same-until-24h" | "rotate-with-24h-grace" | "rotate-immediately";
  /** Announced as no longer sortable for 2026, seen working in August 2026. */
  orderById: "works" | "ignored" | "rejected";
  /** The order among records with an equal key: the same in every answer, or not. */
  ties: "stable" | "shuffled";
  /** What a page's `totalCount` counts. */
  totalCount: "page" | "all";
  /** How a query's date-time without an offset is read. */
  zonelessTimes: "pacific" | "utc";
  /** What a call for changes since more than 30 days ago gets: a fault, as documented, or an answer, as recorded in 2020. */
  cdcOlderThan30Days: "refused" | "answered";
  /** Whether a call for changes gets those of that very second. */
  cdcChangedSince: "inclusive" | "exclusive";
  /** What an answer with too many changes loses first: deletions of all entities, or the entities that stand last. */
  cdcOverflow: "deletions" | "last entities";
  /** How apps are told of a record made inactive. */
  inactivationNotice: "Update" | "Delete";
  /** What becomes of a customer merged into another: gone, which only a call for changes tells, or made inactive. */
  mergedCustomers: "status Deleted" | "inactive";
  /** Whether a merge moves the times of the transactions that change hands. */
  mergeMoves: "nothing" | "times";
  /** How a throttled request is answered. */
  throttleBody: "xml" | "Fault" | "fault";
  /** The Retry-After header of a throttled answer, in seconds; null sends none. */
  retryAfterSeconds: number | null;
  /** How a commit's time becomes a record's time in whole seconds: nearest can lie in the future. */
  recordTimes: "down" | "nearest";
  /** What a request gets that bears the name of an earlier one and asks for something else: that one's answer, and nothing is done, or a refusal. */
  requestIdReuse: "replayed" | "refused";
  /** How long the answers of requests that name themselves are remembered, milliseconds. */
  requestIdsKeptMs: number;
  /** Whether an app can make a customer inactive who has a balance: people can, by way of an adjusting paper. */
  inactivationWithBalance: "refused" | "adjusted";
  /** What becomes of an inactive record's name when an app makes it active without naming it. */
  reactivatedNames: "keep suffix" | "restored";
  /** Whether an app can void an invoice that payments settle. */
  voidOfPaidInvoice: "allowed" | "refused";
  /** What becomes of a line by which an app has a payment settle more than is open on an invoice. */
  overpaidLines: "capped" | "refused";
  /** What becomes of an address that an app changes in a transaction. */
  transactionAddresses: "free lines" | "as sent";
  /** Whether what an app sends may refer to inactive records, such as lines as they stand. */
  inactiveReferences: "refused" | "allowed";
  /** How far the clocks of the hosts that answer are off, in milliseconds; they take turns. */
  hostSkewsMs: readonly number[];
}

export const defaultSwitches: Switches = {
  refreshMode: "rotate-immediately",
  orderById: "rejected",
  ties: "stable",
  totalCount: "page",
  zonelessTimes: "pacific",
  cdcOlderThan30Days: "refused",
  cdcChangedSince: "inclusive",
  cdcOverflow: "deletions",
  inactivationNotice: "Update",
  mergedCustomers: "status Deleted",
  mergeMoves: "nothing",
  throttleBody: "xml",
  retryAfterSeconds: null,
  recordTimes: "down",
  requestIdReuse: "replayed",
  requestIdsKeptMs: 3_600_000,
  inactivationWithBalance: "refused",
  reactivatedNames: "keep suffix",
  voidOfPaidInvoice: "allowed",
  overpaidLines: "capped",
  transactionAddresses: "free lines",
  inactiveReferences: "refused",
  hostSkewsMs: [0],
};
