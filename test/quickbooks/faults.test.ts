import { expect, test } from "@jest/globals";
import { faultIn, faultOf } from "../../src/quickbooks/faults.js";
import { verdictOn } from "../../src/quickbooks/verdicts.js";

const context = { intuitTid: "1-tid" };

/** The name of the error and what may be done before it is thrown. */
function judged(status: number, body: string): readonly [string, string] {
  const fault = faultOf(status, Buffer.from(body));
  const verdict = verdictOn(fault);
  return [verdict.error(fault, context).name, verdict.remedy];
}

function capitals(code: string): string {
  return JSON.stringify({
    Fault: { Error: [{ Message: "M", Detail: "D", code, element: "" }], type: "ValidationFault" },
  });
}

function smallLetters(code: string): string {
  return JSON.stringify({
    warnings: null,
    fault: { error: [{ message: "m", detail: null, code, element: null }], type: "AUTHENTICATION" },
    time: 1601391072830,
  });
}

function xml(code: string): string {
  return `<?xml version="1.0"?><IntuitResponse time="2026-12-07T15:27:09.527-08:00" xmlns="http://schema.intuit.com/finance/v3">
    <Fault type="SERVICE"><Error code="${code}"><Message>message=ThrottleExceeded &amp; more</Message><Detail>The request
    limit was reached.</Detail></Error></Fault></IntuitResponse>`;
}

const html = "<html><head><title>502 Bad Gateway</title></head><body></body></html>";

test.each([
  ["a refused token", 401, smallLetters("3200"), "ReconnectNeeded", "REFRESH_TOKEN"],
  ["401 without a fault", 401, "", "ReconnectNeeded", "REFRESH_TOKEN"],
  ["a refused authorization", 403, smallLetters("3100"), "ReconnectNeeded", "NONE"],
  ["a person without access", 400, capitals("120"), "ReconnectNeeded", "NONE"],
  ["3100 from a failing server", 500, smallLetters("3100"), "RetryLater", "ONCE_MORE"],
  ["throttling in XML", 429, xml("3001"), "RetryLater", "WAIT_THROTTLE"],
  ["throttling as it was before 2016", 403, xml("3001"), "RetryLater", "WAIT_THROTTLE"],
  ["throttling in capitals", 429, capitals("3001"), "RetryLater", "WAIT_THROTTLE"],
  ["throttling in small letters", 429, smallLetters("3001"), "RetryLater", "WAIT_THROTTLE"],
  ["429 without a fault", 429, "", "RetryLater", "WAIT_THROTTLE"],
  ["an unknown record", 400, capitals("610"), "ObjectNotFound", "NONE"],
  ["a poisoned row", 400, capitals("4002"), "UnreadableResult", "NONE"],
  ["an application error", 500, capitals("10000"), "UnreadableResult", "ONCE_MORE"],
  ["an application error under 200", 200, capitals("10000"), "UnreadableResult", "ONCE_MORE"],
  ["a query that is none", 400, capitals("4001"), "RequestRejected", "NONE"],
  ["a stale record", 400, capitals("5010"), "RequestRejected", "NONE"],
  ["an unknown code", 400, capitals("987654"), "RequestRejected", "NONE"],
  ["a code that names a property of objects", 400, capitals("constructor"), "RequestRejected", "NONE"],
  ["a cancelled subscription", 400, capitals("6190"), "RunStopped", "NONE"],
  ["a reset company", 400, capitals("10200"), "RunStopped", "NONE"],
  ["404", 404, html, "RequestRejected", "NONE"],
  ["408", 408, "", "RetryLater", "BACK_OFF"],
  ["500 of a proxy", 500, html, "RetryLater", "ONCE_MORE"],
  ["502", 502, html, "RetryLater", "BACK_OFF"],
  ["503", 503, "", "RetryLater", "BACK_OFF"],
  ["504", 504, html, "RetryLater", "BACK_OFF"],
  ["a redirect", 302, "", "RequestRejected", "NONE"],
] as const)("%s is met as it should be", (_name, status, body, error, remedy) => {
  expect(judged(status, body)).toEqual([error, remedy]);
});

test("a fault says what, where and how, on one line", () => {
  const body = Buffer.from(
    JSON.stringify({
      Fault: { Error: [{ Message: "Invalid ID", Detail: "Line\n  two", code: "2030", element: "Id" }] },
    }),
  );
  const fault = faultOf(400, body);
  expect(fault).toEqual({ status: 400, code: "2030", message: "Invalid ID: Line two", element: "Id" });
  const error = verdictOn(fault).error(fault, context);
  expect(error.message).toBe("QuickBooks refused the request: Invalid ID: Line two (code 2030, HTTP 400).");
  expect(error).toMatchObject({ code: "2030", element: "Id", intuitTid: "1-tid" });
});

test("texts of XML are read as they were meant", () => {
  expect(faultOf(429, Buffer.from(xml("3001"))).message).toBe(
    "message=ThrottleExceeded & more: The request limit was reached.",
  );
});

test("a code given as a number is the same code", () => {
  expect(faultIn(200, { Fault: { Error: [{ Message: "M", code: 610 }] } })?.code).toBe("610");
});

test("an answer without a fault has none", () => {
  expect(faultIn(200, { QueryResponse: {}, time: "now" })).toBeUndefined();
  expect(faultIn(200, { Fault: null })).toBeUndefined();
  expect(faultIn(200, null)).toBeUndefined();
});

test("neither the token nor the realm id that a fault quotes goes further", () => {
  const quoting = (code: string, detail: string) =>
    faultOf(401, Buffer.from(JSON.stringify({ fault: { error: [{ message: "m", detail, code, element: null }] } })));
  expect(quoting("3200", "Token expired: AB01secret").message).toBe("m");
  expect(quoting("500", "no resource /v3/company/4620816365/x").message).toBe("m: no resource /v3/company/…/x");
});
