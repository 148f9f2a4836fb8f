import { setTimeout as delay } from "node:timers/promises";
import {
  authenticationFailed,
  authorizationFailed,
  fault,
  html,
  jsonText,
  throttleExceeded,
  throttled,
} from "./answers.js";
import type { Answer, FaultError } from "./answers.js";
import { answerTime } from "./pacific.js";
import type { Request } from "./request.js";
import type { Switches } from "./switches.js";
import { companyReset, refusalOf, stale, subscriptionEnded } from "./writes/faults.js";
import type { FaultKind, InjectedFault } from "./faults.js";

const applicationError = {
  message: "An application error has occurred while processing your request",
  detail: "System Failure Error: java.lang.NullPointerException",
  code: "10000",
  element: "SystemFailureError",
};

function gatewayPage(status: number, reason: string): Answer {
  const title = `${String(status)} ${reason}`;
  return html(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  );
}

/** A fault of the accounting service itself, which may also be that of one item of a batch. */
interface ServiceFault {
  readonly type: string;
  readonly error: () => FaultError;
}

const serviceFaults: Readonly<Partial<Record<FaultKind, ServiceFault>>> = {
  "500": { type: "SystemFault", error: () => applicationError },
  "5010": { type: "ValidationFault", error: () => refusalOf(stale()) },
  "6190": { type: "ValidationFault", error: () => refusalOf(subscriptionEnded()) },
  "10200": { type: "ValidationFault", error: () => refusalOf(companyReset()) },
};

/** What one item of a batch is told; undefined for kinds that meet whole requests only. */
export function itemFault(kind: FaultKind): { readonly type: string; readonly error: FaultError } | undefined {
  if (kind === "429") return { type: "SERVICE", error: throttled };
  const service = serviceFaults[kind];
  return service && { type: service.type, error: service.error() };
}

/** What the fault answers in place of the real answer; undefined when it leaves that alone. */
export function faultAnswer(kind: FaultKind, { hostMs }: Request, switches: Switches): Answer | undefined {
  const time = answerTime(hostMs);
  if (kind === "401") return authenticationFailed("Token expired: eyJl…", hostMs);
  if (kind === "403-3100") return authorizationFailed(hostMs);
  if (kind === "429") return throttleExceeded(switches.throttleBody, switches.retryAfterSeconds, time, hostMs);
  if (kind === "502") return gatewayPage(502, "Bad Gateway");
  if (kind === "503") return gatewayPage(503, "Service Temporarily Unavailable");
  if (kind === "504") return gatewayPage(504, "Gateway Time-out");
  const service = serviceFaults[kind];
  if (service) return fault(service.type === "SystemFault" ? 500 : 400, service.type, service.error(), time);
  if (kind === "200-fault") return fault(200, "SystemFault", applicationError, time);
  return kind === "200-empty" ? jsonText(200, "") : undefined;
}

const lateFailures: Partial<Record<FaultKind, FaultKind>> = { "500-after": "500", "504-after": "504" };

/** What becomes of the answer once everything is done; undefined when it is lost. */
export async function faultAfter(
  { spec, released }: InjectedFault,
  answer: Answer,
  request: Request,
  switches: Switches,
): Promise<Answer | undefined> {
  const { kind, delayMs } = spec;
  if (kind === "drop-after") return undefined;
  if (kind === "hold-after") await released;
  if (kind === "delay-after") await delay(delayMs ?? 0, undefined, { ref: false });
  const failure = lateFailures[kind];
  if (failure) return faultAnswer(failure, request, switches);
  return kind === "malformed" ? cutOff(answer) : answer;
}

/** The answer cut off in the middle. */
function cutOff(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body !== "string" && !Buffer.isBuffer(body)) return answer;
  const text = body.toString();
  return { ...answer, body: text.slice(0, Math.floor(text.length / 2)) };
}
