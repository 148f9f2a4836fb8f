import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { expect } from "@jest/globals";
import { z } from "zod";
import { dataOf } from "../http/client.js";

/** Exports as their readers use them: over HTTP, at a pace of their own. */

export type Values = Readonly<Record<string, unknown>>;
type Gateway = Parameters<typeof dataOf>[0];

const file = z.object({ name: z.string(), path: z.string() });
const made = z.object({ export: z.object({ id: z.string(), files: z.array(file) }), userErrors: z.tuple([]) });

export interface Ordered {
  readonly id: string;
  /** The addresses of its files, by their names. */
  readonly paths: Readonly<Record<string, string>>;
}

/** Asks for an export. */
export async function order(
  gateway: Gateway,
  mutation: "exportData" | "exportAudit",
  { token, ...input }: Values & { readonly token: string },
): Promise<Ordered> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation ($input: ${type}) { ${mutation}(input: $input) { export { id files { name path } } userErrors { code } } }`;
  const data = await dataOf(gateway, query, { token, variables: { input } });
  const { id, files } = made.parse(data[mutation]).export;
  return { id, paths: Object.fromEntries(files.map(({ name, path }) => [name, path])) };
}

interface Asked {
  readonly token?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks for a file; its content waits until it is read. */
export async function begin(
  { url }: Gateway,
  path: string,
  { token, method = "GET", headers = {} }: Asked = {},
): Promise<IncomingMessage> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const asked = request(`${url}${path}`, { method, agent: false, headers: { ...authorization, ...headers } }).end();
  const [answer] = z.tuple([z.custom<IncomingMessage>()]).parse(await once(asked, "response"));
  return answer;
}

export async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(z.instanceof(Buffer).parse(chunk));
  return Buffer.concat(chunks);
}

/** The text of a file that is there. */
export async function fetched(gateway: Gateway, path: string | undefined, token: string): Promise<string> {
  const answer = await begin(gateway, path ?? "", { token });
  expect(answer.statusCode).toBe(200);
  return (await bytesOf(answer)).toString();
}

/** The lines of a file of NDJSON: what it holds, and what its last line says. */
export function linesOf(text: string): { readonly rows: readonly Values[]; readonly end: Values } {
  expect(text.endsWith("\n")).toBe(true);
  const lines = text
    .slice(0, -1)
    .split("\n")
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
  const end = lines.at(-1) ?? {};
  expect(end["__typename"]).toBe("ExportEnd");
  return { rows: lines.slice(0, -1), end };
}

/** The rows of a CSV file by their columns; an empty cell is null. */
export function csvOf(text: string): readonly Values[] {
  const lines = [...text.matchAll(/((?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*)\r\n/g)];
  expect(lines.map(([line]) => line).join("")).toBe(text);
  const [names = [], ...rows] = lines.map(([, line = ""]) => cellsOf(line));
  return rows.map((cells) => Object.fromEntries(names.map((name, index) => [String(name), cells[index]] as const)));
}

function cellsOf(line: string): readonly (string | null)[] {
  return [...`,${line}`.matchAll(/,(?:"(?:[^"]|"")*"|[^",\r\n]*)/g)].map(([cell]) => {
    const text = cell.slice(1);
    if (text === "") return null;
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  });
}
