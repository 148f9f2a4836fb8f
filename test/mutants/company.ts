import type { Mutant } from "./mutant.js";

const care = "test/sync/company-care.test.ts";
const reset = "test/sync/company-reset.test.ts";
const store = "test/sync/store.test.ts";
const connections = "test/schema/connections.test.ts";
const careFile = "src/sync/company-care.ts";
const lifeFile = "src/sync/new-life.ts";

const byCompanyInfo = "company reset: a full sync recognises it by CompanyInfo, before it reads anything else";
const byRecord = "company reset: an incremental sync recognises it by a record's creation time, before the lives mix";
const falseAlarm =
  "a record whose creation time has changed, of a company that was not reset, is taken in, with one look at CompanyInfo";
const feed =
  "company reset: the change feed tells of every record of the old life that it is gone, once, and then of the new";
const waiting = "company reset: runs that wait, and failures that are open, end with the old life";
const anotherRecord =
  "company reset: a record with an id of both lives is another record, and the old one is found by no id of ours";
const renamed =
  "a company that is renamed shows its new name with the first sync of the next day, and costs no call before";
const zones = "another time zone has the times to come planned anew, and leaves one that has passed to be served";
const counted = "what was mirrored, refused and synced of a company before it was reset counts no more";

export const companyMutants: readonly Mutant[] = [
  {
    name: "company: it is read at the start of every run",
    file: careFile,
    find: "company_read_at < now() - interval '24 hours'",
    replace: "true",
    test: [care, renamed],
  },
  {
    name: "company: it is never read daily",
    file: careFile,
    find: "if (z.object({ isDue: z.boolean() }).parse(rows[0]).isDue) await this.look(signal);",
    replace: "z.object({ isDue: z.boolean() }).parse(rows[0]);",
    test: [care, renamed],
  },
  {
    name: "company: a full sync reads it twice",
    file: "src/sync/engine.ts",
    find: "if (!freezesBound(run)) await care.lookDaily(signal);",
    replace: "await care.lookDaily(signal);",
    test: ["test/sync/company-care.test.ts", "a full sync looks at the company once, whether that was due or not"],
  },
  {
    name: "company: every reading tells of a change",
    file: careFile,
    find: "if (!isSame(before, after)) {",
    replace: "if (after) {",
    test: [care, "a day on which nothing about the company has changed tells nobody anything"],
  },
  {
    name: "company: a change of its name is told to nobody",
    file: careFile,
    find: "if (!isSame(before, after)) {",
    replace: "if (before === undefined) {",
    test: [care, renamed],
  },
  {
    name: "company: another time zone leaves the schedule as it was",
    file: careFile,
    find: "next_sync_at = CASE WHEN time_zone IS DISTINCT FROM $4 AND next_sync_at > now() THEN NULL ELSE next_sync_at END,",
    replace: "next_sync_at = next_sync_at,",
    test: [care, zones],
  },
  {
    name: "company: another time zone loses a time that was not served",
    file: careFile,
    find: "time_zone IS DISTINCT FROM $4 AND next_verification_at > now()",
    replace: "time_zone IS DISTINCT FROM $4",
    test: [care, zones],
  },
  {
    name: "company: a creation time that went back is taken for another life",
    file: lifeFile,
    find: "createdAt !== null && known !== null && createdAt > known;",
    replace: "createdAt !== null && known !== null && createdAt.getTime() !== known.getTime();",
    test: [
      care,
      "the creation time that is known stays: only a later one means another life, one that is missing none",
    ],
  },
  {
    name: "company: the creation time that is known moves along",
    file: careFile,
    find: "company_created_at = coalesce(company_created_at, $6),",
    replace: "company_created_at = $6,",
    test: [
      care,
      "the creation time that is known stays: only a later one means another life, one that is missing none",
    ],
  },
  {
    name: "company reset: CompanyInfo shows none",
    file: lifeFile,
    find: "createdAt !== null && known !== null && createdAt > known;",
    replace: "createdAt !== null && known !== null && createdAt < known;",
    test: [reset, byCompanyInfo],
  },
  {
    name: "company reset: a record's other creation time is no evidence",
    file: "src/sync/store/other-life.ts",
    find: "if (isLifeCertain === true) return true;",
    replace: "if (isLifeCertain !== null) return true;",
    test: [reset, byRecord],
  },
  {
    name: "company reset: a record that names no creation time is evidence",
    file: "src/sync/store/other-life.ts",
    find: "if (incoming === null || createdAt === null || ",
    replace: "if (createdAt !== null && incoming !== null && ",
    test: [store, "a creation time that is missing, or written with another offset, shows no other life"],
  },
  {
    name: "company reset: a false alarm is met again and again",
    file: "src/sync/engine.ts",
    find: "store: sureOfLife(runSync.store) });",
    replace: "store: runSync.store });",
    test: [reset, falseAlarm],
  },
  {
    name: "company reset: a creation time that has changed is never taken over",
    file: "src/sync/store/page-writing.ts",
    find: 'return isOther && verdict === "SAME" && !row.isRemoved ? "ADVANCE" : verdict;',
    replace: "return isOther ? verdict : verdict;",
    test: [store, "where the life is certain, another creation time is taken over once and then known"],
  },
  {
    name: "company reset: QuickBooks' own word for it is believed unseen",
    file: "src/sync/engine.ts",
    find: "if (!isStopped && !(error instanceof OtherLife)) throw error;",
    replace: "if (!(error instanceof OtherLife)) throw error;",
    test: [reset, "company reset: QuickBooks' own word that it was reset (10200) is made certain by CompanyInfo"],
  },
  {
    name: "company reset: what went with all data is taken for a company without records",
    file: "src/sync/engine.ts",
    find: "if (progress.some(isProvedWithLoss)) await runSync.company.now(signal);",
    replace: "",
    test: [
      reset,
      "company reset: what a complete reading finds gone may have gone with all data, so the company is asked",
    ],
  },
  {
    name: "company reset: nobody reads the new life",
    file: lifeFile,
    find: 'await insertRun(services, client, connection, wanted, "RECOVERY");',
    replace: "void [services, wanted, connection];",
    test: [reset, byCompanyInfo],
  },
  {
    name: "company reset: the new life is read in the old epoch",
    file: lifeFile,
    find: "SET epoch = epoch + 1, company_created_at",
    replace: "SET epoch = epoch, company_created_at",
    test: [reset, byCompanyInfo],
  },
  {
    name: "company reset: runs of the old life go on",
    file: lifeFile,
    find: 'await endRun(client, streams, { runId, organizationId, status: "INTERRUPTED", error: endedByReset });',
    replace: "void [runId, endRun];",
    test: [reset, waiting],
  },
  {
    name: "company reset: failures of the old life stay open",
    file: lifeFile,
    find: "await client.query(dismissFailures, [connectionId, epoch]);",
    replace: "",
    test: [reset, waiting],
  },
  {
    name: "company reset: notices of the old life are applied to the new",
    file: lifeFile,
    find: "await client.query(ignoreNotices, [connectionId, createdAt]);",
    replace: "",
    test: [reset, "company reset: notices of the old life are ignored, and say why"],
  },
  {
    name: "company reset: notices of the new life are ignored with the old ones",
    file: lifeFile,
    find: "AND event_time < $2`;",
    replace: "AND $2::timestamptz IS NOT NULL`;",
    test: [reset, "company reset: a webhook's record shows it, and the notice is applied to the new life"],
  },
  {
    name: "company reset: it locks the run before the feed and its progress, as no page does",
    file: "src/sync/company-care.ts",
    find: "    await (isReset ?",
    replace: "    await prove();\n    await (isReset ?",
    test: ["test/sync/company-reset.test.ts", "a reset found while a page of the same run has locked"],
  },
  {
    name: "company reset: nobody is told",
    file: lifeFile,
    find: '"COMPANY_RESET", { connectionId });',
    replace: '"CHANGED", { connectionId });',
    test: [reset, byCompanyInfo],
  },
  {
    name: "company reset: the change feed keeps the records of the old life",
    file: lifeFile,
    find: "await tellAllRemoved(client, { connectionId, epoch }, plugins);",
    replace: "",
    test: [reset, feed],
  },
  {
    name: "company reset: what was gone before is told to be gone again",
    file: "src/sync/store/change-feed.ts",
    find: "AND state NOT IN ('DELETED', 'MERGED')) r",
    replace: "AND state IS NOT NULL) r",
    test: [reset, feed],
  },
  {
    name: "company reset: it is recognised in a transaction of its own, before its run",
    file: careFile,
    find: "    const prove = () => this.#progress.touch(client);",
    replace:
      "    const prove = () => this.#progress.touch(client);\n    if (isReset) { await client.query('UPDATE connections SET epoch = epoch + 1 WHERE id = $1', [connectionId]); await client.query('COMMIT'); await client.query('BEGIN'); }",
    test: [
      reset,
      "company reset: a death while it is recognised leaves nothing of it, or all of it with the run that goes on",
    ],
  },
  {
    name: "company reset: records of the old life are found by their ids",
    file: "src/sync/read/reader.ts",
    find: " AND ${alias}.epoch = company.epoch AND ${alias}.id = ANY",
    replace: " AND ${alias}.id = ANY",
    test: [reset, anotherRecord],
  },
  {
    name: "company reset: totals count both lives",
    file: "src/sync/read/reader.ts",
    find: '"counts.epoch = company.epoch",',
    replace: "",
    test: [reset, "company reset: lists and their totals are of the new life"],
  },
  {
    name: "company reset: the counts of an entity are of both lives",
    file: "src/schema/mirror-status.ts",
    find: "counts.find((row) => row.entity === entity && row.epoch === epoch)",
    replace: "counts.find((row) => row.entity === entity && row.epoch <= epoch)",
    test: [connections, counted],
  },
  {
    name: "company reset: freshness is of the old life",
    file: "src/schema/mirror-status.ts",
    find: "statuses.find((row) => row.entity === entity && row.epoch === epoch)",
    replace: "statuses.find((row) => row.entity === entity && row.epoch <= epoch)",
    test: [connections, counted],
  },
  {
    name: "company reset: the last sync is one of the old life",
    file: "src/schema/loaders.ts",
    find: "FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id AND c.epoch = r.epoch\n  WHERE c.id = ANY($1) AND r.status IN",
    replace:
      "FROM quickbooks_syncs r JOIN connections c ON c.id = r.connection_id\n  WHERE c.id = ANY($1) AND r.status IN",
    test: [connections, counted],
  },
  {
    name: "company reset: what was frozen before it is sent into the new life",
    file: "src/sync/push/send.ts",
    find: "AND epoch = (SELECT c.epoch FROM connections c WHERE c.id = connection_id)\n     RETURNING",
    replace: "RETURNING",
    test: [
      "test/push/lives.test.ts",
      "company reset: what was frozen before it never reaches the new life, where its id names another record",
    ],
  },
  {
    name: "company reset: a new consent begins no new life",
    file: lifeFile,
    find: "if (!isLaterLife(createdAt, companyCreatedAt)) return;",
    replace:
      "if (isLaterLife(createdAt, companyCreatedAt)) return;\n  if (createdAt === null || services !== undefined) return;",
    test: [
      "test/push/lives.test.ts",
      "company reset: what was frozen before it never reaches the new life, where its id names another record",
    ],
  },
];
