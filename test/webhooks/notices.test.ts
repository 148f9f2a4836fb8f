import { createHmac } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { isSigned, readNotices } from "../../src/quickbooks/webhooks.js";
import { cloudBody, legacyBody, sign } from "./bodies.js";

const read = (body: string) => readNotices(Buffer.from(body));
const realmId = "9130000000000001";
const at = new Date("2026-11-22T09:30:00Z");

describe("a signature", () => {
  const body = Buffer.from('{"eventNotifications":[]}');
  const signed = (signature: unknown, tokens = ["now", "before"]) => isSigned(body, signature, tokens);

  test("is the base64 HMAC-SHA256 of the bytes under one of the tokens", () => {
    expect(signed(sign(body, "now"))).toBe(true);
    expect(signed(sign(body, "before"))).toBe(true);
    expect(signed(sign(body, "other"))).toBe(false);
    expect(isSigned(Buffer.from('{"eventNotifications": []}'), sign(body, "now"), ["now"])).toBe(false);
  });

  test("without a token to compare with is refused", () => {
    expect(signed(sign(body, ""), [])).toBe(false);
  });

  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["a list", [sign(body, "now")]],
    ["too short", sign(body, "now").slice(0, 20)],
    ["too long", `${sign(body, "now")}AAAA`],
    ["sent twice", `${sign(body, "now")}, ${sign(body, "now")}`],
    ["hexadecimal", createHmac("sha256", "now").update(body).digest("hex")],
    ["base64url", createHmac("sha256", "now").update(body).digest("base64url")],
    ["not base64", "*".repeat(44)],
  ])("that is %s is refused", (_, signature) => {
    expect(signed(signature)).toBe(false);
  });

  test("with other bits behind its last byte is refused, although it decodes to the same", () => {
    const signature = sign(body, "now");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const last = alphabet.indexOf(signature.charAt(42));
    const twin = `${signature.slice(0, 42)}${alphabet.charAt(last + 1)}=`;
    expect(Buffer.from(twin, "base64").equals(Buffer.from(signature, "base64"))).toBe(true);
    expect(signed(twin)).toBe(false);
  });
});

test("the older format is read company by company, with every way of writing a time", () => {
  const body = {
    eventNotifications: [
      {
        realmId: "1",
        dataChangeEvent: {
          entities: [
            { name: "Customer", id: "7", operation: "Create", lastUpdated: "2015-10-05T14:42:19-0700" },
            { name: "Invoice", id: "8", operation: "Void", lastUpdated: "2025-06-01T10:00:00.123Z" },
          ],
        },
      },
      {
        realmId: "2",
        dataChangeEvent: {
          entities: [{ name: "Customer", id: "7", operation: "Merge", lastUpdated: "soon", deletedID: "6" }],
        },
      },
    ],
  };
  const { read: notices, unreadable } = read(JSON.stringify(body));
  expect(unreadable).toEqual([]);
  expect(notices).toMatchObject([
    { realmId: "1", type: "Customer", entity: "Customer", operation: "CREATE", quickbooksId: "7" },
    { realmId: "1", type: "Invoice", operation: "VOID", eventTime: new Date("2025-06-01T10:00:00.123Z") },
    { realmId: "2", operation: "MERGE", quickbooksId: "7", deletedId: "6", eventTime: undefined },
  ]);
  expect(notices[0]?.eventTime).toEqual(new Date("2015-10-05T21:42:19Z"));
});

test("CloudEvents are read one by one, with data or without, alone or in a list", () => {
  const event = {
    specversion: "1.0",
    id: "e-1",
    source: "intuit.abc=",
    type: "qbo.customer.merged.v1",
    time: "2025-09-10T21:31:25.179851517Z",
    intuitentityid: "1234",
    intuitaccountid: "310687",
    data: { deletedid: "27" },
  };
  const { datacontenttype: _none, data: _left, ...bare } = { datacontenttype: "", ...event };
  const voided = { ...bare, id: "e-2", type: "qbo.payment.void.v1" };
  const unheardOf = { ...bare, id: "e-3", type: "qbo.spaceship.launched.v2", data: "surprising" };
  const { read: notices } = read(JSON.stringify([event, voided, unheardOf]));
  expect(notices).toMatchObject([
    {
      realmId: "310687",
      entity: "customer",
      operation: "MERGE",
      quickbooksId: "1234",
      deletedId: "27",
      eventId: "e-1",
      eventTime: new Date("2025-09-10T21:31:25.179Z"),
    },
    { entity: "payment", operation: "VOID", deletedId: undefined },
    { entity: "spaceship", operation: "LAUNCHED" },
  ]);
  expect(read(JSON.stringify(event)).read).toHaveLength(1);
});

test("what is kept of a notice does not hold the realm id", () => {
  const told = { realmId, name: "Customer", id: "1", operation: "Update", at } as const;
  for (const body of [legacyBody([told]), cloudBody([told])]) {
    const [notice] = read(body).read;
    expect(notice?.payload).not.toContain(realmId);
    expect(notice?.payload).toContain("2026-11-22T09:30:00");
  }
});

test.each([
  ["not JSON", "eventNotifications", "The body is not JSON."],
  ["empty", "", "The body is not JSON."],
  ["of no known form", '{"hello":1}', "The body is of neither of the formats that Intuit documents."],
  ["lists in lists", `${"[".repeat(9_000)}${"]".repeat(9_000)}`, "The body is nested too deeply."],
  ["a bare text", '"eventNotifications"', "The body is of neither of the formats that Intuit documents."],
])("a body that is %s is given back whole, with what is wrong", (_, body, problem) => {
  expect(read(body)).toEqual({ read: [], unreadable: [{ problem, payload: body }] });
});

test("a notice that cannot be read costs the others nothing, and says what is wrong with it", () => {
  const good = { name: "Customer", id: 5, operation: "Update", lastUpdated: "2026-01-01T00:00:00Z" };
  const bad = { name: "Customer", id: "five", operation: "Update" };
  const body = {
    eventNotifications: [
      { realmId: "1", dataChangeEvent: { entities: [good, bad] } },
      { realmId: "1", dataChangeEvent: [good] },
      null,
    ],
  };
  const { read: notices, unreadable } = read(JSON.stringify(body));
  expect(notices).toMatchObject([{ quickbooksId: "5" }]);
  expect(unreadable.map(({ problem }) => problem)).toEqual([
    "id: is not an id in digits",
    expect.stringContaining("dataChangeEvent: "),
    expect.stringContaining("notice: "),
  ]);
});

test("a time outside of what a database holds is no time", () => {
  const body = legacyBody([{ realmId, name: "Customer", id: "1", operation: "Update", at }]);
  for (const time of ["0000-01-01T00:00:00Z", "2026-13-45T99:00:00Z", "tomorrow"]) {
    expect(read(body.replace(/2026-11-22T09:30:00\+0000/, time)).read).toMatchObject([{ eventTime: undefined }]);
  }
});
