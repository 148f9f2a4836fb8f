import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { changedSince } from "../../simulator/cdc.js";
import { Clock, Company } from "../../simulator/index.js";
import { defaultSwitches } from "../../simulator/switches.js";
import { edits, perform } from "./person.js";

const entities = ["Customer", "Account", "Item", "Invoice", "Payment", "CreditMemo"];

interface Changed {
  readonly Id: string;
  readonly status?: string;
}

/** A record's text without the names in its references, which follow other records silently. */
function bare(record: unknown): string {
  return JSON.stringify(record, (key, value: unknown) =>
    key.endsWith("Ref") && typeof value === "object" && value !== null ? { ...value, name: undefined } : value,
  );
}

function snapshot(company: Company): Map<string, string> {
  const all = entities.flatMap((entity) =>
    [...company.records(entity)].map(({ id, text }) => [`${entity} ${id}`, bare(JSON.parse(text))] as const),
  );
  return new Map(all);
}

/** What a call for changes answers, block by block. */
function ask(company: Company, clock: Clock, sinceMs: number): readonly Readonly<Record<string, readonly Changed[]>>[] {
  const query = new URLSearchParams({ entities: entities.join(","), changedSince: new Date(sinceMs).toISOString() });
  const times = { startedMs: clock.now(), hostMs: clock.now() };
  const request = { method: "GET", path: "", query, headers: {}, body: "", realmId: "", rest: ["cdc"], ...times };
  const { body } = changedSince(company, request, defaultSwitches);
  const answer = JSON.parse(Buffer.isBuffer(body) ? body.toString() : "{}") as {
    CDCResponse: readonly [{ QueryResponse: readonly Readonly<Record<string, readonly Changed[]>>[] }];
  };
  return answer.CDCResponse[0].QueryResponse;
}

test("whoever applies the changes to what they had has what there is, whatever people did but merge", () => {
  fc.assert(
    fc.property(edits, (sequence) => {
      const clock = new Clock(() => Date.UTC(2026, 10, 1));
      const company = new Company({ size: 90, seed: "complete", generatedAt: clock.now() - 3_600_000 }, clock);
      const mirror = snapshot(company);
      const sinceMs = clock.now();
      for (const { what, draw, amount } of sequence) {
        clock.advance(1_500);
        if (what !== "merge") perform(company, what, draw, amount);
      }
      for (const block of ask(company, clock, sinceMs)) {
        const [entity = "", records = []] = Object.entries(block)[0] ?? [];
        for (const record of records) {
          if (record.status === "Deleted") mirror.delete(`${entity} ${record.Id}`);
          else mirror.set(`${entity} ${record.Id}`, bare(record));
        }
      }
      expect(new Map([...mirror].sort())).toEqual(new Map([...snapshot(company)].sort()));
    }),
    { numRuns: 40 },
  );
});
