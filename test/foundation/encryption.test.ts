import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createKeyRing, DecryptionError } from "../../src/foundation/encryption.js";

const key = (id: string) => ({ id, key: randomBytes(32) });
const place = "quickbooks_tokens|0b0e|access_token";

test("what was encrypted for a place is read there again", () => {
  const ring = createKeyRing([key("a")]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (text, where) => {
      expect(ring.decrypt(ring.encrypt(text, where), where)).toBe(text);
    }),
  );
});

test("the same text never encrypts to the same twice", () => {
  const ring = createKeyRing([key("a")]);
  expect(ring.encrypt("x", place)).not.toBe(ring.encrypt("x", place));
});

test("a value moved to another row is refused", () => {
  const ring = createKeyRing([key("a")]);
  const moved = ring.encrypt("x", place);
  expect(() => ring.decrypt(moved, "quickbooks_tokens|0b0f|access_token")).toThrow(DecryptionError);
});

test("a truncated tag is refused", () => {
  const ring = createKeyRing([key("a")]);
  const parts = ring.encrypt("x", place).split(".");
  const shorter = [
    ...parts.slice(0, 4),
    Buffer.from(parts[4] ?? "", "base64url")
      .subarray(0, 4)
      .toString("base64url"),
  ].join(".");
  expect(() => ring.decrypt(shorter, place)).toThrow(DecryptionError);
});

test("every changed byte is refused", () => {
  const ring = createKeyRing([key("a")]);
  const [version, id, ...encoded] = ring.encrypt("secret", place).split(".");
  for (const [part, text] of encoded.entries()) {
    for (const index of Buffer.from(text, "base64url").keys()) {
      const bytes = Buffer.from(text, "base64url");
      bytes[index] = (bytes[index] ?? 0) ^ 1;
      const changed = encoded.map((other, at) => (at === part ? bytes.toString("base64url") : other));
      expect(() => ring.decrypt([version, id, ...changed].join("."), place)).toThrow(DecryptionError);
    }
  }
});

test("another key of the same name is refused, and the message tells neither key nor content", () => {
  const text = createKeyRing([key("a")]).encrypt("secret", place);
  expect(() => createKeyRing([key("a")]).decrypt(text, place)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret") }),
  );
});

test("a new key encrypts while the old one still decrypts, and lookups stay", () => {
  const [old, fresh] = [key("old"), key("new")];
  const before = createKeyRing([old]);
  const after = createKeyRing([fresh, old]);
  expect(after.decrypt(before.encrypt("x", place), place)).toBe("x");
  expect(after.encrypt("x", place)).toMatch(/^v1\.new\./);
  expect(after.lookup("9130")).toBe(before.lookup("9130"));
  expect(after.lookup("9130")).toMatch(/^[0-9a-f]{64}$/);
});

test("a key that was dropped is named", () => {
  const text = createKeyRing([key("old")]).encrypt("x", place);
  expect(() => createKeyRing([key("new")]).decrypt(text, place)).toThrow('encryption key "old"');
});

test("two rings hash differently", () => {
  expect(createKeyRing([key("a")]).lookup("1")).not.toBe(createKeyRing([key("a")]).lookup("1"));
});
