import type { Answer } from "./answers.js";
import { isObject } from "./company/input.js";

/** What stands as an attribute where QuickBooks writes XML. */
const attributes = new Set([
  "domain",
  "sparse",
  "status",
  "startPosition",
  "maxResults",
  "totalCount",
  "code",
  "type",
  "element",
  "time",
]);

function escape(value: unknown): string {
  return String(value).replace(/[&<>"]/g, (character) => `&#${String(character.codePointAt(0))};`);
}

function element(name: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => element(name, each)).join("");
  if (!isObject(value)) return `<${name}>${escape(value)}</${name}>`;
  if (typeof value["value"] === "string" && name.endsWith("Ref")) {
    const called = value["name"] === undefined ? "" : ` name="${escape(value["name"])}"`;
    return `<${name}${called}>${escape(value["value"])}</${name}>`;
  }
  const entries = Object.entries(value);
  const own = entries.filter(([key, each]) => attributes.has(key) && !isObject(each));
  const inner = entries.filter((entry) => !own.includes(entry)).map(([key, each]) => element(key, each));
  return `<${name}${own.map(([key, each]) => ` ${key}="${escape(each)}"`).join("")}>${inner.join("")}</${name}>`;
}

/** The same answer as XML, in the way of QuickBooks: references as text, a record's kind and a page's position as attributes. */
export function asXml(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body !== "string" && !Buffer.isBuffer(body)) return answer;
  const content: unknown = JSON.parse(body.toString());
  const root = element("IntuitResponse", content).replace(
    "<IntuitResponse",
    '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"',
  );
  const xml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${root}`;
  return { ...answer, headers: { ...answer.headers, "Content-Type": "application/xml;charset=UTF-8" }, body: xml };
}
