import type { Mutant } from "./mutant.js";

const rotation = "test/foundation/encryption-rotation.test.ts";
const whole =
  "a rotation encrypts all anew, portion by portion; then the old key is not needed, and nothing is lost or found otherwise";
const start = "the gateway does not start without a key that is in use, and says which, and for how many values";

export const encryptionMutants: readonly Mutant[] = [
  {
    name: "encryption: a column is forgotten by rotations",
    file: "src/sync/encrypted-columns.ts",
    find: '  { ...tokens, column: "refresh_token" },\n',
    replace: "",
    test: [rotation, "every value that is encrypted stands where a rotation looks for it"],
  },
  {
    name: "encryption: a rotation overwrites what a process has just written",
    file: "src/foundation/encryption/reencrypt.ts",
    find: "AND t.${column} = v.text",
    replace: "AND v.text IS NOT NULL",
    test: [rotation, "what a process writes during a rotation stays as it wrote it"],
  },
  {
    name: "encryption: a rotation ends after its first portion",
    file: "src/foundation/encryption/reencrypt.ts",
    find: "last = found.at(-1)?.row;",
    replace: "break;",
    test: [rotation, whole],
  },
  {
    name: "encryption: lookups change with the keys",
    file: "src/foundation/encryption/stored.ts",
    find: 'return createKeyRing(keys, Buffer.from(ring.decrypt(value, place), "base64"));',
    replace: "return ring;",
    test: [rotation, whole],
  },
  {
    name: "encryption: the gateway starts without a key that is in use",
    file: "src/foundation/encryption/stored.ts",
    find: "if (given.has(id)) continue;",
    replace: "if (given.has(id) || count > 0) continue;",
    test: [rotation, start],
  },
  {
    name: "encryption: the gateway looks for the keys of its lookups alone when it starts",
    file: "src/gateway.ts",
    find: "await openKeyRing(database, settings.encryptionKeys, encryptedColumns)",
    replace: "await openKeyRing(database, settings.encryptionKeys, encryptedColumns.slice(99))",
    test: [rotation, start],
  },
  {
    name: "encryption: one value that cannot be read stops a rotation",
    file: "src/foundation/encryption/reencrypt.ts",
    find: "if (!(error instanceof DecryptionError)) throw error;",
    replace: "if (error instanceof DecryptionError) throw error;",
    test: [rotation, "a value that cannot be read is told by its place, and costs the others nothing"],
  },
  {
    name: "encryption: a key whose bytes count up is taken",
    file: "src/foundation/settings/encryption-keys.ts",
    find: "|| isCounted(key)",
    replace: "",
    test: ["test/foundation/settings.test.ts", "%s is refused"],
  },
  {
    name: "I15: a rotation of keys is not audited",
    file: "src/cli/encryption.ts",
    find: "if (values > 0) await audit",
    replace: "if (values < 0) await audit",
    test: [rotation, "an operator sees which keys are in use, and rotates them; each organization's audit tells of it"],
  },
];
