import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cutRecords, type RecordSlice } from "../../src/foundation/json.js";
import { contentsOf } from "./classify.js";
import { recordedState, type RecordedState } from "./states.js";

/** Something of the folder that is told, and not tried. */
export interface Note {
  readonly file: string;
  readonly reason: string;
}

/** What one file, or a whole folder, holds. */
export interface Recordings {
  readonly states: readonly RecordedState[];
  /** What is not a record. */
  readonly skipped: readonly Note[];
  /** Files that cannot be read as JSON. */
  readonly unreadable: readonly Note[];
}

/** The folder cannot be tried at all; the message says what to do. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

/** Reads every .json file under a folder; a broken one costs the others nothing. Throws FolderError. */
export function readRecordings(folder: string, mirrored: ReadonlySet<string>): Recordings & { readonly files: number } {
  const files = jsonFilesUnder(folder);
  const all = files.map((file) => readFile(folder, file, mirrored));
  return {
    files: files.length,
    states: all.flatMap(({ states }) => states),
    skipped: all.flatMap(({ skipped }) => skipped),
    unreadable: all.flatMap(({ unreadable }) => unreadable),
  };
}

function jsonFilesUnder(folder: string): readonly string[] {
  const files = namesIn(folder).filter((file) => /\.json$/i.test(file));
  if (files.length > 0) return files.sort();
  throw new FolderError(`${folder} holds no .json file. Name a folder of recorded QuickBooks answers.`);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    const problem = code === "ENOENT" ? "does not exist" : code === "ENOTDIR" ? "is not a folder" : "cannot be read";
    throw new FolderError(`${folder} ${problem}. Name a folder of recorded QuickBooks answers.`, { cause });
  }
}

function readFile(folder: string, file: string, mirrored: ReadonlySet<string>): Recordings {
  try {
    return recordingsIn(file, readFileSync(join(folder, file)), mirrored);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { states: [], skipped: [], unreadable: [{ file, reason }] };
  }
}

/** What the bytes of one file hold. Throws where they are not JSON in UTF-8. */
export function recordingsIn(file: string, bytes: Uint8Array, mirrored: ReadonlySet<string>): Recordings {
  const whole = Buffer.from(decode(bytes));
  const response = responseIn(whole);
  const body = response ?? whole;
  const answer = parse(body);
  const { entities, reasons } = contentsOf(answer, mirrored);
  const slices = cutRecords(body, new Set(entities)).records;
  const states = [...slices].flatMap(([entity, records]) =>
    records.map((slice) => recordedState({ file, entity, answer, slice })),
  );
  const tombstones = states.filter(({ isTombstone }) => isTombstone).map(({ entity, id }) => `${entity} ${id ?? "?"}`);
  return {
    states: states.filter(({ isTombstone }) => !isTombstone),
    skipped: [...reasons, ...tombstones.map((name) => `a tombstone: ${name} was deleted`)].map((reason) => ({
      file,
      reason,
    })),
    unreadable: [],
  };
}

function decode(bytes: Uint8Array): string {
  if (bytes.length === 0) throw new Error("It is empty.");
  try {
    // A byte order mark is left out.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error("It is not text in UTF-8.", { cause });
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new Error(`It is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, { cause });
  }
}

/** The answer of a recorded pair of request and response; what was sent there is no record. */
function responseIn(whole: Buffer): Buffer | undefined {
  const value = parse(whole);
  if (typeof value !== "object" || value === null || !("_response" in value)) return undefined;
  const [response]: readonly RecordSlice[] = cutRecords(whole, new Set(["_response"])).records.get("_response") ?? [];
  return response?.bytes ?? Buffer.from("null");
}
