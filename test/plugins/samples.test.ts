import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseExact } from "../../src/foundation/json.js";
import { isPayload, type Payload } from "../fixtures/payload.js";
import { plugins, problemsOf, takeIn } from "./support.js";

/** Recorded answers of QuickBooks, where the checkout stands beside them. */
const recordings = new URL("../../../shared/samples/quickbooks/", import.meta.url);
const names = new Set(plugins.map(({ name }) => name));

function recordedRecords(): { readonly place: string; readonly entity: string; readonly record: Payload }[] {
  const files = readdirSync(recordings).filter((file) => file.endsWith(".json"));
  return files.flatMap((file) => {
    const answer = parseExact(readFileSync(new URL(file, recordings), "utf8"));
    return recordsIn(answer).map(({ entity, record }) => ({
      place: `${file} ${String(record["Id"])}`,
      entity,
      record,
    }));
  });
}

function recordsIn(value: unknown): { readonly entity: string; readonly record: Payload }[] {
  if (Array.isArray(value)) return value.flatMap(recordsIn);
  if (!isPayload(value)) return [];
  return Object.entries(value).flatMap(([entity, inner]) => {
    if (!names.has(entity)) return recordsIn(inner);
    return [inner]
      .flat()
      .filter(isLiving)
      .map((record) => ({ entity, record }));
  });
}

/** Neither the tombstone of a deleted record, nor a record that a page of documentation cut down to its id. */
function isLiving(value: unknown): value is Payload {
  return isPayload(value) && "SyncToken" in value;
}

const asText = (value: unknown) => (typeof value === "number" || typeof value === "string" ? String(value) : undefined);

(existsSync(recordings) ? test : test.skip)(
  "every recorded record is taken in, and keeps its names and amounts",
  () => {
    const records = recordedRecords();
    expect(records.length).toBeGreaterThan(200);
    for (const { place, entity, record } of records) {
      expect([place, problemsOf(entity, record)]).toEqual([place, []]);
      const { row, children } = takeIn(entity, record);
      const total = record["TotalAmt"] ?? record["Balance"] ?? record["CurrentBalance"] ?? record["UnitPrice"];
      const mapped = row["totalAmount"] ?? row["balance"] ?? row["currentBalance"] ?? row["unitPrice"];
      expect([place, mapped]).toEqual([place, asText(total)]);
      const name = record["DisplayName"] ?? record["Name"] ?? record["DocNumber"] ?? record["PaymentRefNum"] ?? null;
      expect([place, row["displayName"] ?? row["name"] ?? row["docNumber"] ?? row["referenceNumber"] ?? null]).toEqual([
        place,
        name,
      ]);
      const lines = record["Line"];
      const rows = children["lines"] ?? children["applications"];
      if (Array.isArray(lines)) expect([place, rows?.length]).toEqual([place, lines.length]);
    }
  },
);
