import { existsSync, readFileSync } from "node:fs";
import { test } from "@jest/globals";

/** Recorded answers of QuickBooks, where a checkout has them beside it. */
const samples = new URL("../../../shared/samples/quickbooks/", import.meta.url);
const hasSamples = existsSync(samples);
export const testWithSamples = hasSamples ? test : test.skip;
if (!hasSamples)
  process.stderr.write("The recorded samples are not beside this checkout: shapes are not compared with them.\n");

export type Json = Readonly<Record<string, unknown>>;

export function sample(name: string): Json {
  return JSON.parse(readFileSync(new URL(name, samples), "utf8")) as Json;
}

/** Every path in a value with the type found there; positions in lists do not count. */
export function paths(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) for (const each of value) paths(each, `${path}[]`, found);
  else if (typeof value === "object" && value !== null)
    for (const [key, each] of Object.entries(value)) paths(each, `${path}.${key}`, found);
  else found.set(path, typeof value);
  return found;
}
