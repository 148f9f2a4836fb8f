import { authenticationFailed, authorizationFailed, fault, html, jsonText, throttleExceeded } from "./answers.js";
import type { Answer } from "./answers.js";
import { answerTime } from "./pacific.js";
import type { Request } from "./request.js";
import type { Switches } from "./switches.js";

export const faultKinds = [
  "401",
  "403-3100",
  "429",
  "500",
  "502",
  "503",
  "200-fault",
  "200-empty",
  "malformed",
  /** The connection ends before anything is done. */
  "drop",
  /** Everything is done, then the connection ends: the answer is lost. */
  "drop-after",
  /** Nothing but the delay. */
  "delay",
  /** Nothing until it is released. */
  "hold",
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Something to go wrong with requests to come. What is absent matches everything; text matches as a part, in any case. */
export interface FaultSpec {
  readonly kind: FaultKind;
  readonly path?: string;
  /** A part of the statement of a query, or of the parameters of a call for changes. */
  readonly query?: string;
  /** The entity queried or read, or one of those whose changes are asked for. */
  readonly entity?: string;
  readonly realmId?: string;
  /** How many matching requests pass before it begins (default 0), and how many it then meets (default 1). */
  readonly after?: number;
  readonly times?: number;
  readonly delayMs?: number;
}

/** The traits by which a request is matched. */
export interface Target {
  readonly path: string;
  readonly query: string;
  readonly entities: readonly string[];
  readonly realmId: string;
}

/** A fault that waits for its requests. */
export class InjectedFault {
  #passed = 0;
  #met = 0;
  #release: () => void = () => undefined;
  /** Settles once a held fault is let go. */
  readonly released = new Promise<void>((resolve) => {
    this.#release = resolve;
  });

  constructor(
    readonly id: number,
    readonly spec: FaultSpec,
  ) {}

  /** How many requests it has met. */
  get met(): number {
    return this.#met;
  }

  get isSpent(): boolean {
    return this.#met >= (this.spec.times ?? 1);
  }

  /** Lets all requests it holds go on. */
  release(): void {
    this.#release();
  }

  /** Whether the fault meets the request; counts it if so. */
  meets(target: Target): boolean {
    if (this.isSpent || !matches(this.spec, target)) return false;
    this.#passed += 1;
    if (this.#passed <= (this.spec.after ?? 0)) return false;
    this.#met += 1;
    return true;
  }
}

function includes(text: string, part: string | undefined): boolean {
  return part === undefined || text.toLowerCase().includes(part.toLowerCase());
}

function matches({ path, query, entity, realmId }: FaultSpec, target: Target): boolean {
  const isEntity = entity === undefined || target.entities.some((name) => name.toLowerCase() === entity.toLowerCase());
  return (
    isEntity &&
    includes(target.path, path) &&
    includes(target.query, query) &&
    (realmId ?? target.realmId) === target.realmId
  );
}

/** All faults that wait. */
export class Faults {
  readonly #injected: InjectedFault[] = [];
  #last = 0;

  get all(): readonly InjectedFault[] {
    return this.#injected;
  }

  inject(spec: FaultSpec): InjectedFault {
    this.#last += 1;
    const injected = new InjectedFault(this.#last, spec);
    this.#injected.push(injected);
    return injected;
  }

  /** Takes faults back and releases what they hold: one by its id, or all. */
  clear(id?: number): void {
    for (const injected of [...this.#injected]) {
      if (id !== undefined && injected.id !== id) continue;
      injected.release();
      this.#injected.splice(this.#injected.indexOf(injected), 1);
    }
  }

  /** The first fault that meets the request. */
  take(target: Target): InjectedFault | undefined {
    return this.#injected.find((injected) => injected.meets(target));
  }
}

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

/** What the fault answers in place of the real answer; undefined when it leaves that alone. */
export function faultAnswer(kind: FaultKind, { hostMs }: Request, switches: Switches): Answer | undefined {
  const time = answerTime(hostMs);
  if (kind === "401") return authenticationFailed("Token expired: eyJl…", hostMs);
  if (kind === "403-3100") return authorizationFailed(hostMs);
  if (kind === "429") return throttleExceeded(switches.throttleBody, switches.retryAfterSeconds, time, hostMs);
  if (kind === "500") return fault(500, "SystemFault", applicationError, time);
  if (kind === "502") return gatewayPage(502, "Bad Gateway");
  if (kind === "503") return gatewayPage(503, "Service Temporarily Unavailable");
  if (kind === "200-fault") return fault(200, "SystemFault", applicationError, time);
  return kind === "200-empty" ? jsonText(200, "") : undefined;
}

/** The answer cut off in the middle. */
export function cutOff(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body !== "string" && !Buffer.isBuffer(body)) return answer;
  const text = body.toString();
  return { ...answer, body: text.slice(0, Math.floor(text.length / 2)) };
}
