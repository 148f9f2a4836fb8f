import type { Mutant } from "./mutant.js";

const applying = "test/webhooks/applying.test.ts";
const failing = "test/webhooks/failing.test.ts";
const inbox = "test/webhooks/inbox.test.ts";
const notices = "test/webhooks/notices.test.ts";

export const webhookMutants: readonly Mutant[] = [
  {
    name: "Security: any signature is good",
    file: "src/quickbooks/webhooks.ts",
    find: "return matches.includes(true);",
    replace: "return matches.length > 0;",
    test: [notices, "is the base64 HMAC-SHA256 of the bytes under one of the tokens"],
  },
  {
    name: "Security: a signature may be written in two ways",
    file: "src/quickbooks/webhooks.ts",
    find: 'if (given.toString("base64") !== signature) return false;',
    replace: "",
    test: [notices, "with other bits behind its last byte is refused, although it decodes to the same"],
  },
  {
    name: "I3, F6: a notice of a new record that does not show yet is done",
    file: "src/sync/inbox/verdict.ts",
    find: 'if (record === undefined) return operation !== "CREATE";',
    replace: "if (record === undefined) return true;",
    test: [applying, "a new record that does not show yet is not taken for one that is gone"],
  },
  {
    name: "I7: a notice is done before what it tells of is in the mirror",
    file: "src/sync/inbox/verdict.ts",
    find: "event.attempts >= mostRereads",
    replace: "event.attempts >= 0",
    test: [applying, "a commit that becomes visible after its notice is read again until it shows"],
  },
  {
    name: "I7: a second change of the same second is taken for the first",
    file: "src/sync/inbox/claim.ts",
    find: "key = CASE WHEN starts_with(e.key, '${changeKey}') THEN NULL ELSE e.key END",
    replace: "key = CASE WHEN starts_with(e.key, '${changeKey}') THEN e.key ELSE e.key END",
    test: [applying, "a second change of the same second, told of after the first was read, is a change of its own"],
  },
  {
    name: "I3: a record that is gone stays",
    file: "src/sync/reread.ts",
    find: "await sync.store.remove(run, plugin, [id], count, removedAs);",
    replace: "void [count, removedAs];",
    test: [applying, "a record that is gone is removed, on the evidence of 610"],
  },
  {
    name: "F5: what is not mirrored waits for ever",
    file: "src/sync/inbox/keep.ts",
    find: "WHEN r.entity IS NULL THEN 'Records of this kind are not mirrored.'",
    replace: "",
    test: [
      inbox,
      "F5: an entity that is not mirrored, and a type that nobody knows, are acknowledged and ignored with the reason",
    ],
  },
  {
    name: "I7: a notice that is delivered again is another notice",
    file: "src/sync/inbox/keep.ts",
    find: "key:\n      eventId === undefined",
    replace: 'key: type !== "" ? ids.newId() : eventId === undefined',
    test: [inbox, "a notice that is delivered again is one notice; so are two of one body"],
  },
  {
    name: "I6: notices whose run ended without them are forgotten",
    file: "src/sync/inbox/queue.ts",
    find: "WHERE e.status = 'CLAIMED' AND NOT EXISTS (",
    replace: "WHERE e.status = 'PENDING' AND NOT EXISTS (",
    test: [failing, "notices whose run ended without them are tried again by another"],
  },
  {
    name: "I6: only who kept a notice looks for it",
    file: "src/sync/inbox/queue.ts",
    find: "WHERE e.connection_id = c.id AND e.status IN ('PENDING', 'FAILED') AND e.next_attempt_at <= now())",
    replace: "WHERE e.connection_id = c.id AND e.status IN ('FAILED') AND e.next_attempt_at <= now())",
    test: [failing, "I6: a death between the commit of a notice and its job costs no more than a sweep"],
  },
  {
    name: "A pause does not hold notices back",
    file: "src/sync/inbox/queue.ts",
    find: "WHERE c.status = 'CONNECTED' AND NOT c.is_paused AND EXISTS (",
    replace: "WHERE c.status = 'CONNECTED' AND EXISTS (",
    test: [failing, "a pause holds notices back, and what waited is applied when it ends"],
  },
];
