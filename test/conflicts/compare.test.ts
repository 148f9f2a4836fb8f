import { describe, expect, test } from "@jest/globals";
import { compare, withEdits, type RecordNow, type WaitingChange } from "../../src/sync/conflicts/compare.js";
import { policiesFor, type ConflictPolicy, type PolicyRule } from "../../src/sync/conflicts/policy.js";
import { plugins } from "../support/engine.js";
import { thing, values } from "./thing.js";

const pluginOf = (name: string) => plugins.find((plugin) => plugin.name === name) ?? thing;

/** Somebody named it B, when all was as in `values`. */
const renamed: WaitingChange = { operation: "UPDATE", edits: { name: { base: "A", value: "B" } }, baseContent: values };
const removed = (operation: "VOID" | "DELETE"): WaitingChange => ({
  operation,
  edits: { state: { base: "ACTIVE", value: operation === "VOID" ? "VOIDED" : "DELETED" } },
  baseContent: values,
});
const now = (changed: object = {}, state: RecordNow["state"] = "ACTIVE"): RecordNow => ({
  state,
  values: { ...values, ...changed },
});
const under = (...rules: readonly PolicyRule[]) => policiesFor("Thing", rules);
const compared = (change: WaitingChange, record: RecordNow, policy: ConflictPolicy = "MERGE_DATA") =>
  compare(thing, change, record, under({ policy }));

const policies = ["MERGE_DATA", "QUICKBOOKS_WINS", "PLATFORM_WINS", "MANUAL_REVIEW"] as const;

describe("one field edited here", () => {
  test.each(policies)("under %s, what QuickBooks left alone stays to be sent", (policy) => {
    expect(compared(renamed, now(), policy)).toEqual({ ...kept(renamed), status: "PENDING" });
  });

  test.each(policies)("under %s, equal values on both sides are no conflict", (policy) => {
    const { status, conflict, decided } = compared(renamed, now({ name: "B" }), policy);
    expect({ status, conflict, decided }).toEqual({ status: "PUSHED", conflict: undefined, decided: [] });
  });

  test.each([
    ["MERGE_DATA", "PENDING"],
    ["QUICKBOOKS_WINS", "PENDING"],
    ["PLATFORM_WINS", "PENDING"],
    ["MANUAL_REVIEW", "CONFLICT"],
  ] as const)("under %s, another field changed in QuickBooks makes it %s", (policy, status) => {
    const comparison = compared(renamed, now({ note: "new" }), policy);
    expect(comparison.status).toBe(status);
    expect(comparison.edits).toEqual(renamed.edits);
  });

  test("the same field changed on both sides is a conflict that names base, platform and QuickBooks", () => {
    const comparison = compared(renamed, now({ name: "C" }));
    expect(comparison.status).toBe("CONFLICT");
    expect(comparison.edits).toEqual(renamed.edits);
    expect(comparison.conflict).toEqual({
      kind: "FIELDS",
      fields: [{ path: "name", base: "A", platform: "B", quickbooks: "C" }],
    });
  });

  test("a field that QuickBooks cleared is a conflict as any other", () => {
    const { conflict } = compared(renamed, now({ name: null }));
    expect(conflict?.fields).toEqual([{ path: "name", base: "A", platform: "B", quickbooks: null }]);
  });

  test("where QuickBooks wins, the edit is given up and the decision is told", () => {
    const { status, decided, conflict } = compared(renamed, now({ name: "C" }), "QUICKBOOKS_WINS");
    expect({ status, conflict }).toEqual({ status: "CANCELLED", conflict: undefined });
    expect(decided).toEqual([{ path: "name", base: "A", platform: "B", quickbooks: "C", policy: "QUICKBOOKS_WINS" }]);
  });

  test("where the platform wins, the edit stays over what QuickBooks holds now", () => {
    const { status, edits, decided } = compared(renamed, now({ name: "C" }), "PLATFORM_WINS");
    expect({ status, edits }).toEqual({ status: "PENDING", edits: { name: { base: "C", value: "B" } } });
    expect(decided).toHaveLength(1);
  });

  test("manual review shows what else changed in QuickBooks", () => {
    const { conflict } = compared(renamed, now({ note: "new" }), "MANUAL_REVIEW");
    expect(conflict?.fields).toEqual([
      { path: "name", base: "A", platform: "B", quickbooks: "A", meanwhile: { note: { base: "n", value: "new" } } },
    ]);
  });

  test("what QuickBooks changed and changed back is no conflict", () => {
    expect(compared({ ...renamed }, now({ name: "A" })).status).toBe("PENDING");
  });
});

describe("several fields edited here", () => {
  const both: WaitingChange = {
    operation: "UPDATE",
    edits: { name: { base: "A", value: "B" }, note: { base: "n", value: "m" } },
    baseContent: values,
  };

  test("different fields merge: only the one that both changed waits", () => {
    const { status, edits, conflict } = compared(both, now({ name: "C" }));
    expect(status).toBe("CONFLICT");
    expect(Object.keys(edits)).toEqual(["name", "note"]);
    expect(conflict?.fields.map(({ path }) => path)).toEqual(["name"]);
  });

  test("what both have alike is dropped, the rest stays to be sent", () => {
    const { status, edits } = compared(both, now({ name: "B" }));
    expect({ status, edits }).toEqual({ status: "PENDING", edits: { note: { base: "n", value: "m" } } });
  });

  test("the policy of a field goes before that of its entity, that before the connection's, and MERGE_DATA is the last", () => {
    const policyOf = under(
      { policy: "PLATFORM_WINS" },
      { entity: "Thing", policy: "QUICKBOOKS_WINS" },
      { entity: "Thing", field: "name", policy: "MANUAL_REVIEW" },
      { entity: "Other", field: "note", policy: "MANUAL_REVIEW" },
    );
    expect([policyOf("name"), policyOf("note")]).toEqual(["MANUAL_REVIEW", "QUICKBOOKS_WINS"]);
    expect(policiesFor("Third", [{ policy: "PLATFORM_WINS" }])("name")).toBe("PLATFORM_WINS");
    expect(policiesFor("Third", [])("name")).toBe("MERGE_DATA");
  });

  test("a policy decides its field, while another waits for a person", () => {
    const policyOf = under({ entity: "Thing", field: "note", policy: "QUICKBOOKS_WINS" });
    const { status, edits, conflict, decided } = compare(thing, both, now({ name: "C", note: "x" }), policyOf);
    expect(status).toBe("CONFLICT");
    expect(Object.keys(edits)).toEqual(["name"]);
    expect(conflict?.fields.map(({ path }) => path)).toEqual(["name"]);
    expect(decided.map(({ path }) => path)).toEqual(["note"]);
  });

  test("an edit made later has a base of its own", () => {
    const later = { ...both, edits: { ...both.edits, note: { base: "x", value: "m" } } };
    expect(compared(later, now({ note: "x" })).status).toBe("PENDING");
    expect(compared(later, now({ note: "n" })).conflict?.fields.map(({ path }) => path)).toEqual(["note"]);
  });
});

describe("coupled fields", () => {
  const moved: WaitingChange = {
    operation: "UPDATE",
    edits: { parent: { base: "1", value: "2" } },
    baseContent: values,
  };

  test("fields of a group conflict together, also those that only QuickBooks changed", () => {
    const { status, conflict } = compared(moved, now({ role: "sub" }));
    expect(status).toBe("CONFLICT");
    expect(conflict?.fields).toEqual([
      { path: "parent", base: "1", platform: "2", quickbooks: "1" },
      { path: "role", base: "job", platform: "job", quickbooks: "sub" },
    ]);
  });

  test("where the platform wins, the whole group is as the platform had it", () => {
    const { edits } = compared(moved, now({ role: "sub" }), "PLATFORM_WINS");
    expect(edits).toEqual({ parent: { base: "1", value: "2" }, role: { base: "sub", value: "job" } });
  });

  test("where QuickBooks wins, the whole group is given up", () => {
    expect(compared(moved, now({ role: "sub" }), "QUICKBOOKS_WINS").status).toBe("CANCELLED");
  });

  test("a change outside the group does not concern it", () => {
    expect(compared(moved, now({ note: "new" })).status).toBe("PENDING");
  });

  test("coupled fields under policies that disagree wait for a person", () => {
    const change = { ...moved, edits: { ...moved.edits, role: { base: "job", value: "sub" } } };
    const policyOf = under(
      { entity: "Thing", field: "parent", policy: "QUICKBOOKS_WINS" },
      { entity: "Thing", field: "role", policy: "PLATFORM_WINS" },
    );
    const { status, conflict } = compare(thing, change, now({ parent: "3" }), policyOf);
    expect(status).toBe("CONFLICT");
    expect(conflict?.fields.map(({ path }) => path)).toEqual(["parent", "role"]);
  });
});

describe("lists", () => {
  const added = [...values.lines, { lineId: null, amount: "7" }];
  const extended: WaitingChange = {
    operation: "UPDATE",
    edits: { lines: { base: values.lines, value: added } },
    baseContent: values,
  };

  test("a list is compared as a whole", () => {
    const { conflict } = compared(extended, now({ lines: [{ lineId: "1", amount: "6" }] }));
    expect(conflict?.fields.map(({ path, quickbooks }) => ({ path, quickbooks }))).toEqual([
      { path: "lines", quickbooks: [{ lineId: "1", amount: "6" }] },
    ]);
  });

  test("a new row is the one that has got its id in QuickBooks since", () => {
    expect(compared(extended, now({ lines: [...values.lines, { lineId: "2", amount: "7" }] })).status).toBe("PUSHED");
  });

  test("the same rows in another order are another list", () => {
    const two = [...values.lines, { lineId: "2", amount: "7" }];
    const change = { ...extended, edits: { lines: { base: two, value: [] } } };
    expect(compared(change, now({ lines: [...two].reverse() })).status).toBe("CONFLICT");
  });
});

describe("a removal asked for here", () => {
  test.each(["VOID", "DELETE"] as const)("%s of what nobody changed stays to be sent", (operation) => {
    expect(compared(removed(operation), now()).status).toBe("PENDING");
  });

  test.each(["VOID", "DELETE"] as const)(
    "%s waits where anything changed in QuickBooks since it was asked for",
    (operation) => {
      const { status, conflict } = compared(removed(operation), now({ note: "new" }));
      expect(status).toBe("CONFLICT");
      expect(conflict).toEqual({
        kind: "FIELDS",
        fields: [
          {
            path: "state",
            base: "ACTIVE",
            platform: operation === "VOID" ? "VOIDED" : "DELETED",
            quickbooks: "ACTIVE",
            meanwhile: { note: { base: "n", value: "new" } },
          },
        ],
      });
    },
  );

  test.each([
    ["QUICKBOOKS_WINS", "CANCELLED"],
    ["PLATFORM_WINS", "PENDING"],
    ["MANUAL_REVIEW", "CONFLICT"],
  ] as const)("under %s, a removal of what has changed is %s", (policy, status) => {
    expect(compared(removed("DELETE"), now({ note: "new" }), policy).status).toBe(status);
  });

  test("where the platform wins, the removal goes over what QuickBooks holds now", () => {
    const first = compared(removed("DELETE"), now({ note: "new" }), "PLATFORM_WINS");
    expect(first.baseContent).toEqual(now({ note: "new" }).values);
    expect(compared({ ...removed("DELETE"), ...first }, now({ note: "new" })).status).toBe("PENDING");
  });

  test("what is removed on both sides alike is done", () => {
    expect(compared(removed("VOID"), now({ name: null }, "VOIDED")).status).toBe("PUSHED");
    expect(compared(removed("DELETE"), now({}, "DELETED")).status).toBe("PUSHED");
  });

  test("deleting what was voided in QuickBooks meanwhile is for a person: voided means that it shall stay", () => {
    const { status, conflict } = compared(removed("DELETE"), now({}, "VOIDED"));
    expect(status).toBe("CONFLICT");
    expect(conflict?.fields).toMatchObject([
      { path: "state", base: "ACTIVE", platform: "DELETED", quickbooks: "VOIDED" },
    ]);
  });
});

describe("ended in QuickBooks, edited here", () => {
  test.each([
    ["DELETED", "DELETED_IN_QUICKBOOKS", null],
    ["MERGED", "DELETED_IN_QUICKBOOKS", null],
    ["VOIDED", "VOIDED_IN_QUICKBOOKS", "A"],
  ] as const)("%s is a conflict of its own kind: %s", (state, kind, quickbooks) => {
    const { status, edits, conflict } = compared(renamed, now({}, state));
    expect({ status, edits }).toEqual({ status: "CONFLICT", edits: renamed.edits });
    expect(conflict).toEqual({ kind, fields: [{ path: "name", base: "A", platform: "B", quickbooks }] });
  });

  test.each([
    ["PLATFORM_WINS", "CONFLICT"],
    ["MANUAL_REVIEW", "CONFLICT"],
    ["QUICKBOOKS_WINS", "CANCELLED"],
  ] as const)("under %s it is %s, for nothing can be sent to what is gone", (policy, status) => {
    expect(compared(renamed, now({}, "DELETED"), policy).status).toBe(status);
    expect(compared(renamed, now({}, "VOIDED"), policy).status).toBe(status);
  });

  test("one field whose policy does not give it up is enough to ask a person", () => {
    const change = { ...renamed, edits: { ...renamed.edits, note: { base: "n", value: "m" } } };
    const policyOf = under({ entity: "Thing", field: "name", policy: "QUICKBOOKS_WINS" });
    expect(compare(thing, change, now({}, "DELETED"), policyOf).status).toBe("CONFLICT");
  });

  test("voiding what was deleted is a conflict, deactivating what is deactivated is done", () => {
    expect(compared(removed("VOID"), now({}, "DELETED")).conflict?.kind).toBe("DELETED_IN_QUICKBOOKS");
    const off: WaitingChange = {
      operation: "DEACTIVATE",
      edits: { state: { base: "ACTIVE", value: "INACTIVE" } },
      baseContent: values,
    };
    expect(compared(off, now()).status).toBe("PENDING");
    expect(compared(off, now({ name: "C" })).status).toBe("PENDING");
    expect(compared(off, now({}, "INACTIVE")).status).toBe("PUSHED");
    expect(compared(off, now({}, "MERGED")).conflict?.kind).toBe("DELETED_IN_QUICKBOOKS");
  });
});

describe("behind another change", () => {
  test("an edit is compared with what the one before it will have made", () => {
    const behind: WaitingChange = {
      operation: "UPDATE",
      edits: { name: { base: "B", value: "C" } },
      baseContent: values,
    };
    expect(compared(behind, now()).status).toBe("CONFLICT");
    expect(compared(behind, withEdits(now(), renamed.edits)).status).toBe("PENDING");
  });

  test("a state that is asked for ahead counts only while nothing has ended the record", () => {
    const off = { state: { base: "ACTIVE", value: "INACTIVE" } };
    expect(withEdits(now(), off).state).toBe("INACTIVE");
    expect(withEdits(now({}, "DELETED"), off).state).toBe("DELETED");
    expect(withEdits(now(), { state: { base: "ACTIVE", value: "VOIDED" } }).state).toBe("ACTIVE");
  });
});

const kept = ({ edits, baseContent }: WaitingChange) => ({ edits, baseContent, decided: [] });

describe("what QuickBooks does by itself", () => {
  const item = pluginOf("Item");
  const held = { name: "Rake", description: "steel", quantityOnHand: "9" };
  const edited: WaitingChange = {
    operation: "UPDATE",
    edits: { description: { base: "steel", value: "wood" } },
    baseContent: held,
  };
  const compareItem = (change: WaitingChange, values: object, state: RecordNow["state"] = "ACTIVE") =>
    compare(
      item,
      change,
      { state, values: { ...held, ...values } },
      policiesFor("Item", [{ policy: "MANUAL_REVIEW" }]),
    );

  test("what can be given to a new record alone moves by itself, and says nothing of what people did", () => {
    expect(compareItem(edited, { quantityOnHand: "3" }).status).toBe("PENDING");
    expect(compareItem(edited, { name: "Broom" }).status).toBe("CONFLICT");
    const removal: WaitingChange = { ...removed("DELETE"), baseContent: held };
    expect(compareItem(removal, { quantityOnHand: "3" }).status).toBe("PENDING");
    expect(compareItem(removal, { name: "Broom" }).status).toBe("CONFLICT");
  });

  test("a name to which QuickBooks left what it had added is nobody's new name", () => {
    const renaming: WaitingChange = {
      operation: "UPDATE",
      edits: { name: { base: "Rake", value: "Broom" } },
      baseContent: held,
    };
    expect(compareItem(renaming, { name: "Rake (deleted)" }).status).toBe("PENDING");
    expect(compareItem(edited, { name: "Rake (deleted 2)" }).status).toBe("PENDING");
    expect(compareItem(renaming, { name: "Spade (deleted)" }).status).toBe("CONFLICT");
    // Who takes it away again means it.
    const cleaning = { ...renaming, edits: { name: { base: "Rake (deleted)", value: "Rake" } } };
    expect(compareItem(cleaning, { name: "Rake (deleted)" }).status).toBe("PENDING");
  });
});
