import type { Mutant } from "./mutant.js";

const dryRun = "test/sync/dry-run.test.ts";
const watermarks = "test/sync/watermarks.test.ts";
const countedIn = "test/sync/counted-in.test.ts";
const bookkeeping = "test/sync/bookkeeping.test.ts";
const clocks = "test/sync/clocks.test.ts";
const representations = "test/sync/representations.test.ts";
const runs = "test/schema/sync-runs.test.ts";

/** Dry runs, scopes and counts, and the scenarios of a company's everyday books. */
export const dryMutants: readonly Mutant[] = [
  {
    name: "dry run: it writes to the mirror",
    file: "src/sync/engine.ts",
    find: "run.isDryRun ? comparingStore(database, run) : this.#services.store",
    replace: "this.#services.store",
    test: [dryRun, "a dry run of changes counts what the real one then does, and writes nothing"],
  },
  {
    name: "dry run: it moves the watermark",
    file: "src/sync/finish.ts",
    find: "  if (!run.isDryRun) {",
    replace: "  if (run.isDryRun || !run.isDryRun) {",
    test: [dryRun, "a dry run of changes counts what the real one then does, and writes nothing"],
  },
  {
    name: "dry run: its proof forgets what it did not store, and reads it again",
    file: "src/sync/full/prove.ts",
    find: '${run.isDryRun ? seenAndNotStored : ""}',
    replace: "",
    test: [
      dryRun,
      "a dry run of a first full sync lists the whole company, writes none of it, and reads nothing twice",
    ],
  },
  {
    name: "dry run: what it found is not counted in, so that windows never suffice",
    file: "src/sync/incremental/mirrors-all.ts",
    find: "d.kind IN ('MISSING', 'DIFFERENT')",
    replace: "d.kind IN ('DIFFERENT')",
    test: [dryRun, "a dry run of more changes than one answer holds counts what the real one then does"],
  },
  {
    name: "dry run: a run that writes joins it",
    file: "src/sync/run-requests.ts",
    find: "    run.isDryRun === isDryRun &&\n",
    replace: "",
    test: [dryRun, "a dry run joins a dry run and never a run that writes, and the next real one follows it"],
  },
  {
    name: "dry run: a VIEWER sees the values",
    file: "src/schema/preview.ts",
    find: "maySeePayloads(actorOf(context)) ? fields",
    replace: "maySeePayloads(actorOf(context)) || fields.length > 0 ? fields",
    test: [runs, "a dry run lists what it would do page by page"],
  },
  {
    name: "runs are listed whenever they began",
    file: "src/schema/sync-runs.ts",
    find: "    startedAt: within(filter?.startedAt),\n",
    replace: "",
    test: [runs, "runs are filtered by when a worker began them"],
  },
  {
    name: "I2: a narrower scope loses its watermark",
    file: "src/sync/incremental/watermarks.ts",
    find: "reachesBack(since, run.transactionsSince)",
    replace: "since === run.transactionsSince",
    test: [watermarks, "a narrower scope keeps the watermark"],
  },
  {
    name: "I2: a watermark holds for any scope",
    file: "src/sync/incremental/watermarks.ts",
    find: "reachesBack(since, run.transactionsSince)",
    replace: "reachesBack(since, since)",
    test: [watermarks, "I2: a wider scope has the transactions read whole"],
  },
  {
    name: "I2: name lists are read whole when the dates of transactions change",
    file: "src/sync/incremental/watermarks.ts",
    find: "nameLists.includes(entity) || ",
    replace: "",
    test: [watermarks, "I2: a wider scope has the transactions read whole"],
  },
  {
    name: "I2: a run joins one that began with a narrower scope",
    file: "src/sync/run-requests.ts",
    find: "doesTheSame(run, wanted) && readsEnough(run)",
    replace: "doesTheSame(run, wanted)",
    test: [watermarks, "a full sync asked for after the scope was widened waits behind the one that began before"],
  },
  {
    name: "scope: what was edited out of its dates is not followed",
    file: "src/sync/incremental/apply-changes.ts",
    find: "outside.filter(({ id }) => id !== undefined && !mirrored.has(id))",
    replace: "outside",
    test: [watermarks, "a record edited out of the scope's dates is followed"],
  },
  {
    name: "I4: what cannot be taken in outweighs a deletion",
    file: "src/sync/incremental/mirrors-all.ts",
    find: "source: all - refused",
    replace: "source: all",
    test: [countedIn, "a record that cannot be taken in, and one that was deleted, do not outweigh each other"],
  },
  {
    name: "I4: COUNT is believed though QuickBooks cannot give all that it counts",
    file: "src/sync/incremental/mirrors-all.ts",
    find: "if (hasNameless) return undefined;",
    replace: "",
    test: [countedIn, "what QuickBooks cannot give has no id to count it by"],
  },
  {
    name: "payments: what a zero-amount payment applies is lost",
    file: "src/plugins/payment/mapper.ts",
    find: "applications: applicationsOf(payment.Line, currency)",
    replace:
      'applications: payment.TotalAmt === "0" || Number(payment.TotalAmt) === 0 ? [] : applicationsOf(payment.Line, currency)',
    test: [bookkeeping, "a zero-amount payment that applies a credit memo is mirrored with both"],
  },
  {
    name: "voids: what a void leaves is taken for an invoice of nothing",
    file: "src/plugins/invoice/mapper.ts",
    find: '? "VOIDED" : "ACTIVE";',
    replace: '? "ACTIVE" : "ACTIVE";',
    test: [bookkeeping, "a void of a paid invoice leaves it voided with its number"],
  },
  {
    name: "deactivated: what is inactive is not asked for",
    file: "src/quickbooks/statements.ts",
    find: 'operator: "IN", value: [true, false] };',
    replace: 'operator: "IN", value: [true] };',
    test: [bookkeeping, "renamed, deactivated and merged customers"],
  },
  {
    name: "multicurrency: the rate is lost",
    file: "src/plugins/invoice/mapper.ts",
    find: "exchangeRate: decimalOf(invoice.ExchangeRate)",
    replace: "exchangeRate: null",
    test: [bookkeeping, "multicurrency: invoices of foreign customers carry their currency"],
  },
  {
    name: "lines: those of a bundle are lost",
    file: "src/plugins/invoice/mapper.ts",
    find: "append(line.GroupLineDetail?.Line, position);",
    replace: "",
    test: [bookkeeping, "group, discount, description-only and tax lines are mirrored in their order"],
  },
  {
    name: "merges: what refers to a merged customer is not read again",
    file: "src/sync/engine.ts",
    find: 'if (run.mode === "INCREMENTAL") await followMerges(runSync, plugins);',
    replace: "",
    test: [bookkeeping, "renamed, deactivated and merged customers"],
  },
  {
    name: "F15: the time of a change is taken without its offset",
    file: "src/quickbooks/company-client.ts",
    find: '.toISOString().replace(".000Z", "Z")',
    replace: '.toISOString().replace(".000Z", "")',
    test: [clocks, "F15: in the night that has an hour twice"],
  },
  {
    name: "F15: the watermark is by our clock",
    file: "src/sync/incremental/sync-changes.ts",
    find: "const bound = told?.answeredAt ?? (await run.company.now(run.signal));",
    replace: "const bound = new Date();",
    test: [clocks, "ours by six minutes, nothing that becomes visible late is missed"],
  },
  {
    name: "I1: names inside references count as content",
    file: "src/sync/store/content.ts",
    find: ' || (isReference && key === "name")',
    replace: "",
    test: [representations, "the same content in two representations makes no version"],
  },
  {
    name: "I1: a part that is missing counts as equal",
    file: "src/sync/store/newer.ts",
    find: "if (left === null || right === null) return undefined;",
    replace: "if (left === null || right === null) return 0;",
    test: [representations, "answers without LastUpdatedTime: a change is not judged by half its parts"],
  },
  {
    name: "tenants: equal ids of two companies are one record",
    file: "src/sync/store/statements.ts",
    find: 'const ours = "t.connection_id = $1 AND t.epoch = $2";',
    replace: 'const ours = "($1::uuid IS NOT NULL) AND t.epoch = $2";',
    test: ["test/sync/two-companies.test.ts", "equal ids in two companies are two records"],
  },
  {
    name: "I15: a disconnected company's runs go on",
    file: "src/sync/runs.ts",
    find: "await lockOpenRuns(client, connectionId)",
    replace: "[] as string[]",
    test: ["test/sync/two-companies.test.ts", "disconnect with work queued"],
  },
  {
    name: "17,000 records: what was deleted between the pages stays",
    file: "src/sync/full/prove.ts",
    find: "  if (source === seen) return;\n",
    replace: "  if (source >= 0) return;\n",
    test: ["test/sync/many-records.test.ts", "17,000 records: with one inserted and one deleted between the pages"],
  },
];
