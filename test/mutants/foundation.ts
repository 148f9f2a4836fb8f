import type { Mutant } from "./mutant.js";

const streams = "test/foundation/streams.test.ts";
const json = "test/foundation/json.test.ts";
const encryption = "test/foundation/encryption.test.ts";

export const foundationMutants: readonly Mutant[] = [
  {
    name: "Start: processes that start at once make the jobs' table at once",
    file: "src/foundation/jobs.ts",
    find: 'await client.query("SELECT pg_advisory_lock($1)", [setUpLock]);',
    replace: "void setUpLock;",
    test: [
      "test/foundation/jobs.test.ts",
      "processes that start at the same time do not refuse one another where the jobs are kept",
    ],
  },
  {
    name: "I12: events that come while a follower joins are sent twice",
    file: "src/foundation/streams.ts",
    find: "for await (const event of queue) if (event.number > position) yield event;",
    replace: "for await (const event of queue) yield event;",
    test: [streams, "events written while followers join are neither lost nor doubled"],
  },
  {
    name: "I12: the follower joins after its snapshot was read",
    file: "src/foundation/streams.ts",
    find: "let position = start.number;",
    replace: "let position = start.number + 1n;",
    test: [streams, "a follower gets a snapshot, then every event, then the end"],
  },
  {
    name: "I12: a position that is no longer kept is not told",
    file: "src/foundation/streams.ts",
    find: "options.after < start.floor || options.after > start.number",
    replace: "options.after > start.number",
    test: [streams, "a position that the stream never reached, or no longer holds, asks for a new start"],
  },
  {
    name: "I12: an overflow ends in silence",
    file: "src/foundation/streams.ts",
    find: "if (queue.hasOverflowed) yield { ...start, number: position, kind: resyncRequiredKind, data: null };",
    replace: "",
    test: [streams, "a follower that cannot keep up is told to start again"],
  },
  {
    name: "I12: progress fills the queue of a slow follower",
    file: "src/foundation/streams-queue.ts",
    find: "const key = this.#keyOf(event) ?? `#${event.number}`;",
    replace: "const key = `#${event.number}`;",
    test: [streams, "a slow follower gets the newest progress, every other event, and harms nobody"],
  },
  {
    name: "I12: reading for all begins behind what was not sent yet",
    file: "src/foundation/streams-hub.ts",
    find: "if (followed.readUpTo < 0n) followed.readUpTo = lastNumber;",
    replace: "if (followed.readUpTo < 0n) followed.readUpTo = lastNumber + 1n;",
    test: [streams, "a follower gets a snapshot, then every event, then the end"],
  },
  {
    name: "I12: numbers are given in the order of beginning, not of commit",
    file: "prisma/migrations/20261122000001_streams_and_leases/migration.sql",
    find: "INSERT INTO event_streams (name, last_number) VALUES (stream_name, 1)\n  ON CONFLICT (name) DO UPDATE SET last_number = event_streams.last_number + 1\n  RETURNING last_number INTO given;",
    replace: "given := nextval('api_grants_id_seq');",
    test: [streams, "of two transactions, the one that commits later has the higher number"],
  },
  {
    name: "I14: long numbers are read as doubles",
    file: "src/foundation/json.ts",
    find: "if (!longNumber.test(text)) return parsed;",
    replace: "if (text.length > 0) return parsed;",
    test: [json, "numbers that a double would round become strings of the same digits"],
  },
  {
    name: "I14: an Id inside a record is taken for the record's",
    file: "src/foundation/json.ts",
    find: "if (depth === 1 && isId(body, at, end))",
    replace: "if (isId(body, at, end))",
    test: [json, "a record without an own Id has none, whatever its parts have"],
  },
  {
    name: "Security: encrypted values can be moved to another row",
    file: "src/foundation/encryption.ts",
    find: "encrypt: (plaintext, place) => seal(newest, plaintext, place),\n    decrypt: (text, place) => open(byId, text, place),",
    replace: 'encrypt: (plaintext) => seal(newest, plaintext, ""),\n    decrypt: (text) => open(byId, text, ""),',
    test: [encryption, "a value moved to another row is refused"],
  },
  {
    name: "I6: a connection lost in a transaction ends the process",
    file: "src/foundation/database/database.ts",
    find: 'pool.on("connect", (client) => client.on("error", () => undefined));',
    replace: "",
    test: [
      "test/foundation/database.test.ts",
      "losing the connection in the middle of a transaction fails that transaction and nothing else",
    ],
  },
];
