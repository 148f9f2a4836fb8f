import { expect, test } from "@jest/globals";
import { createLog, type Log } from "../../src/foundation/log.js";
import { redactSecrets } from "../../src/foundation/redaction.js";

function recordingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ level: "trace", destination: { write: (line) => void lines.push(line) } }) };
}

const secret = "s3cr3t-value-0815";

test.each([
  "authorization",
  "cookie",
  "set-cookie",
  "access_token",
  "refreshToken",
  "client_secret",
  "clientSecret",
  "code",
  "state",
  "handle",
  "token",
  "secret",
  "password",
  "intuit-signature",
  "realmId",
  "apiKey",
])("%s is never logged, however deep", (name) => {
  const { log, lines } = recordingLog();
  log.info({ [name]: secret, request: { headers: [{ [name]: secret, kept: "yes" }] } }, "request");
  expect(lines[0]).not.toContain(secret);
  expect(lines[0]).toContain('"kept":"yes"');
});

test("an error keeps name, message, stack and causes, and nothing of its own", () => {
  const { log, lines } = recordingLog();
  const cause = Object.assign(new RangeError("inner"), { token: secret });
  const error = Object.assign(new TypeError("outer", { cause }), { authResponse: { body: secret } });
  log.error({ err: error }, "failed");
  log.error(error);
  log.error({ nested: { error } }, "failed");
  expect(lines.join("")).not.toContain(secret);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "error",
    msg: "failed",
    err: {
      name: "TypeError",
      message: "outer",
      stack: expect.stringContaining("log.test"),
      cause: { name: "RangeError", message: "inner" },
    },
  });
});

test.each([
  `Bearer ${secret}`,
  `postgresql://gateway:${secret}@127.0.0.1:5432/postgres`,
  `GET /api/auth/quickbooks/callback?code=${secret}&state=${secret}&realmId=${secret}`,
  `{"refresh_token":"${secret}"}`,
  `a key by itself: qbgw_${secret}`,
])("a secret inside text is left out: %s", (text) => {
  const { log, lines } = recordingLog();
  log.info({ text, err: new Error(text) }, text);
  log.child({ text }).info("child");
  log.child({ realmId: secret }).info("child");
  expect(lines.join("")).not.toContain(secret);
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test("the audit trail keeps states and codes, and loses secrets", () => {
  expect(redactSecrets({ state: "ACTIVE", code: "6240", at: new Date(0), tokens: [{ access_token: secret }] })).toEqual(
    {
      state: "ACTIVE",
      code: "6240",
      at: "1970-01-01T00:00:00.000Z",
      tokens: [{ access_token: "[redacted]" }],
    },
  );
});
