import type { Mutant } from "./mutant.js";

const scenarios = "test/push/scenarios.test.ts";
const bothSides = "test/conflicts/both-sides.property.test.ts";

/** What happens to edits on their way to QuickBooks. */
export const scenarioMutants: readonly Mutant[] = [
  {
    name: "delete racing an edit: an edit of what was just deleted is refused, and comes to nobody",
    file: "src/sync/push/send.ts",
    find: "code === staleCode || mayBeGone(pushing, code);",
    replace: "code === staleCode;",
    test: [scenarios, "delete racing an edit: what is deleted in QuickBooks while an edit of it is being sent"],
  },
  {
    name: "delete racing an edit: what was edited meanwhile is deleted with the rest",
    file: "src/sync/conflicts/compare.ts",
    find: "if (edit.base === now.state && Object.keys(meanwhile).length === 0) {",
    replace: "if (edit.base === now.state) {",
    test: [scenarios, "delete racing an edit: what somebody in QuickBooks edits while it is being deleted here"],
  },
  {
    name: "disconnect with work queued: edits of a disconnected company are sent",
    file: "src/sync/push/claim.ts",
    find: "WHERE c.status = 'CONNECTED' AND c.environment::text = $5\n    ORDER BY",
    replace: "WHERE c.status <> 'PAUSED' AND c.environment::text = $5\n    ORDER BY",
    test: [scenarios, "disconnect with work queued: edits wait"],
  },
  {
    name: "an edit made while the last one's fate is unknown: it changes what was sent",
    file: "src/sync/local-changes/plan.ts",
    find: 'status === "PENDING" || status === "CONFLICT" || status === "REJECTED";',
    replace: 'status !== "PUSHED";',
    test: [scenarios, "an edit made while the last one's fate is unknown: it waits behind"],
  },
  {
    name: "zero-amount payment that applies a credit memo: an edit of its note takes its credits away",
    file: "src/plugins/payment/writes.ts",
    find: "if (!together.some((path) => values[path] !== undefined)) return {};",
    replace: "if (!together.some((path) => values[path] !== undefined)) return { Line: [] };",
    test: [scenarios, "zero-amount payment that applies a credit memo: an edit of its note"],
  },
  {
    name: "void of a paid invoice: it is deleted instead",
    file: "src/plugins/invoice/writes.ts",
    find: "parameters: { operation: operation.toLowerCase() }",
    replace: 'parameters: { operation: "delete" }',
    test: [scenarios, "void of a paid invoice: voided here"],
  },
  {
    name: "refresh token at its end: an edit that nobody could send is taken for sent",
    file: "src/sync/push/send.ts",
    find: "!(error instanceof AnswerLost) && !wasSentBefore;",
    replace: '!(error instanceof AnswerLost) && !wasSentBefore && error.name !== "ReconnectNeeded";',
    test: [scenarios, "refresh token at its end: edits are kept"],
  },
  {
    name: "I6: a pusher that starts waits for somebody to wake it",
    file: "src/sync/push/pusher.ts",
    find: "this.#options.heartbeatMs);\n    this.poke();",
    replace: "this.#options.heartbeatMs);",
    test: [scenarios, "death between commit and job: an edit whose process dies before it wakes anybody"],
  },
  {
    name: "I9: what was entered in QuickBooks is overwritten unasked, in some history or other",
    file: "src/sync/conflicts/compare-fields.ts",
    find: "if (!isMoved && !isReviewed) return { left, conflict: [], decided: [] };",
    replace: "if (!isReviewed) return { left, conflict: [], decided: [] };",
    test: [bothSides, "random histories of people on both sides"],
  },
];
