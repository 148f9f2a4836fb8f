import { z } from "zod";
import { MalformedBody, parseExact } from "../foundation/json.js";

/** What Intuit says is wrong, whichever of its services said it. */
export interface Fault {
  /** The HTTP status; 200 carries faults too. */
  readonly status: number;
  readonly code: string | undefined;
  readonly message: string;
  readonly element: string | undefined;
}

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === "" ? undefined : String(value)));
/** The services of the books write capitals, the gateway before them (401, 403, throttling) small letters. */
const capitals = z.object({
  Fault: z.object({ Error: z.array(z.object({ Message: text, Detail: text, code: text, element: text })).min(1) }),
});
const smallLetters = z.object({
  fault: z.object({ error: z.array(z.object({ message: text, detail: text, code: text, element: text })).min(1) }),
});

/** The fault in a parsed body, or undefined where there is none: a status of 200 promises nothing. */
export function faultIn(status: number, body: unknown): Fault | undefined {
  const upper = capitals.safeParse(body).data?.Fault.Error[0];
  if (upper !== undefined) return fault(status, upper.code, upper.element, upper.Message, upper.Detail);
  const lower = smallLetters.safeParse(body).data?.fault.error[0];
  return lower === undefined ? undefined : fault(status, lower.code, lower.element, lower.message, lower.detail);
}

/** The fault of an answer that is none, by its status and body: JSON of either case, XML, or a proxy's HTML. */
export function faultOf(status: number, body: Buffer): Fault {
  const content = body.toString("utf8").trim();
  const found = content.startsWith("<") ? faultInXml(status, content) : faultIn(status, parsed(content));
  return found ?? fault(status, undefined, undefined, `HTTP ${status} without a fault that can be read`, undefined);
}

/** Whether an answer of 200 is XML or HTML: then it is no answer, for JSON was asked for. */
export function isMarkup(body: Buffer): boolean {
  return body.toString("latin1", 0, 64).trimStart().startsWith("<");
}

function fault(
  status: number,
  code: string | undefined,
  element: string | undefined,
  message: string | undefined,
  detail: string | undefined,
): Fault {
  // The detail of a refused token quotes the token.
  const said = code === "3200" ? [message] : [message, detail];
  const parts = said.filter((part) => part !== undefined).map(withoutRealm);
  return { status, code, element, message: parts.join(": ").slice(0, 500) };
}

function withoutRealm(message: string): string {
  return message
    .replace(/company\/\d+/g, "company/…")
    .replace(/\s+/g, " ")
    .trim();
}

function parsed(content: string): unknown {
  try {
    return parseExact(content);
  } catch (error) {
    if (error instanceof MalformedBody) return undefined;
    throw error;
  }
}

function faultInXml(status: number, xml: string): Fault | undefined {
  const attributes = /<Error\b([^>]*)>/.exec(xml)?.[1];
  if (attributes === undefined) return undefined;
  const attribute = (name: string): string | undefined => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
  const element = (name: string): string | undefined => {
    const content = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
    return content === undefined ? undefined : unescapeXml(content);
  };
  return fault(status, attribute("code"), attribute("element"), element("Message"), element("Detail"));
}

const xmlEntities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescapeXml(content: string): string {
  return content.replace(/&(\w+);/g, (whole, name: string) => xmlEntities[name] ?? whole);
}
