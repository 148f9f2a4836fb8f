/** What is sent back to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Written piece by piece when it is a sequence. */
  readonly body: string | Buffer | Iterable<string>;
  /** How many records the body holds, for the request log. */
  readonly rows?: number;
  /** How many billed reads it holds, where the request is more than one. */
  readonly reads?: number;
}

const noCache = { "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private", Expires: "0" };

export function json(status: number, body: unknown): Answer {
  return jsonText(status, JSON.stringify(body));
}

/** An answer whose JSON is already written. QuickBooks names the character set on success only (recorded). */
export function jsonText(status: number, body: string | Buffer, rows?: number): Answer {
  const type = status < 400 ? "application/json;charset=utf-8" : "application/json";
  const answer = { status, headers: { "Content-Type": type, ...noCache }, body };
  return rows === undefined ? answer : { ...answer, rows };
}

export function html(status: number, body: string): Answer {
  return { status, headers: { "Content-Type": "text/html; charset=utf-8" }, body };
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { Location: location }, body: "" };
}

export interface FaultError {
  readonly message: string;
  readonly detail: string | null;
  readonly code: string;
  readonly element?: string;
}

/** An error as the accounting service writes it. */
export function faultError({ message, detail, code, element }: FaultError): Readonly<Record<string, string | null>> {
  return { Message: message, Detail: detail, code, ...(element === undefined ? {} : { element }) };
}

/** A fault of the accounting service. `time` is the answer's; some faults have none. */
export function fault(status: number, type: string, error: FaultError, time?: string): Answer {
  return json(status, { Fault: { Error: [faultError(error)], type }, ...(time === undefined ? {} : { time }) });
}

/** A fault of the gateway before it: lower case, padded with nulls, the time in milliseconds (recorded). */
export function gatewayFault(status: number, type: string, error: FaultError, nowMs: number): Answer {
  const answer = json(status, {
    warnings: null,
    intuitObject: null,
    fault: { error: [{ message: error.message, detail: error.detail, code: error.code, element: null }], type },
    report: null,
    queryResponse: null,
    batchItemResponse: [],
    attachableResponse: [],
    syncErrorResponse: null,
    requestId: null,
    time: nowMs,
    status: null,
    cdcresponse: [],
  });
  if (status !== 401) return answer;
  return {
    ...answer,
    headers: { ...answer.headers, "WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"' },
  };
}

export function authenticationFailed(detail: string, nowMs: number): Answer {
  const error = { message: "message=AuthenticationFailed; errorCode=003200; statusCode=401", detail, code: "3200" };
  return gatewayFault(401, "AUTHENTICATION", error, nowMs);
}

export function authorizationFailed(nowMs: number): Answer {
  const error = {
    message: "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",
    detail: null,
    code: "3100",
  };
  return gatewayFault(403, "SERVICE", error, nowMs);
}

export const throttled: FaultError = {
  message: "message=ThrottleExceeded; errorCode=003001; statusCode=429",
  detail: "The request limit was reached.  Try again later",
  code: "3001",
};

/** Too many requests, in one of the three forms seen or likely; by default XML, whatever the request accepts (recorded). */
export function throttleExceeded(
  form: "xml" | "Fault" | "fault",
  retryAfterSeconds: number | null,
  time: string,
  nowMs: number,
): Answer {
  const answer = throttleForms[form](time, nowMs);
  if (retryAfterSeconds === null) return answer;
  return { ...answer, headers: { ...answer.headers, "Retry-After": String(retryAfterSeconds) } };
}

const throttleForms: Readonly<Record<"xml" | "Fault" | "fault", (time: string, nowMs: number) => Answer>> = {
  Fault: (time) => fault(429, "SERVICE", throttled, time),
  fault: (_time, nowMs) => gatewayFault(429, "SERVICE", throttled, nowMs),
  xml: (time) => ({
    status: 429,
    headers: { "Content-Type": "text/xml" },
    body:
      `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse time="${time}" xmlns="http://schema.intuit.com/finance/v3">` +
      `<Fault type="SERVICE"><Error code="${throttled.code}"><Message>${throttled.message}</Message><Detail>${throttled.detail ?? ""}</Detail></Error></Fault></IntuitResponse>`,
  }),
};
