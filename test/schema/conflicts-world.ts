import { expect } from "@jest/globals";
import { z } from "zod";
import { codesOf, dataOf, send } from "../http/client.js";
import { createEditingWorld, type EditingWorld } from "./editing-world.js";

type Payload = Readonly<Record<string, unknown>>;

/** A gateway with a company that is edited on both sides. */
export interface ConflictsWorld extends EditingWorld {
  /** A new customer that was edited here, then changed in QuickBooks: gives its id, and that of the conflict. */
  conflict(edits?: Payload, changes?: Payload): Promise<{ readonly customer: string; readonly id: string }>;
  /** What QuickBooks now says of the customer. */
  change(customer: string, changes: Payload): Promise<void>;
  /** No edit and no conflict is left. */
  forget(): Promise<void>;
  ask(query: string, variables?: Payload, token?: string): Promise<Record<string, unknown>>;
  /** A mutation as an ADMIN; gives its payload. */
  decide(name: string, input: Payload, selection?: string): Promise<unknown>;
}

const quickbooksIds = z.object({ node: z.object({ quickbooksId: z.string() }) });
const openIds = z.object({ node: z.object({ openConflict: z.object({ id: z.string() }).nullable() }) });

export const decided = `conflict { id status version note assignee { name } resolvedBy { name }
  resolution { kind recreated { id state } }
  fields { path choice chosen { text } } localChange { status } } userErrors { code field message }`;

export async function createConflictsWorld(): Promise<ConflictsWorld> {
  const world = await createEditingWorld();
  const { gateway, tokens } = world;
  let made = 100;
  const known = new Map<string, { readonly payload: Payload; readonly token: number }>();
  const ask: ConflictsWorld["ask"] = (query, variables = {}, token = tokens.OPERATOR) =>
    dataOf(gateway, query, { token, variables });
  const tell = async (quickbooksId: string, changes: Payload): Promise<void> => {
    const before = known.get(quickbooksId);
    const token = (before?.token ?? -1) + 1;
    const at = new Date(Date.UTC(2026, 0, 1) + token * 60_000).toISOString();
    const payload = { ...before?.payload, ...changes };
    known.set(quickbooksId, { payload, token });
    const MetaData = { CreateTime: "2026-01-01T00:00:00Z", LastUpdatedTime: at };
    await world.mirror("Customer", { ...payload, Id: quickbooksId, SyncToken: String(token), MetaData });
  };
  const change: ConflictsWorld["change"] = async (customer, changes) => {
    const { node } = quickbooksIds.parse(
      await ask("query ($id: ID!) { node(id: $id) { ... on MirroredRecord { quickbooksId } } }", { id: customer }),
    );
    await tell(node.quickbooksId, changes);
  };
  return {
    ...world,
    ask,
    change,
    async forget() {
      const { prisma } = gateway.database;
      await prisma.conflict.deleteMany();
      await prisma.localChange.deleteMany();
    },
    async conflict(edits = { notes: "Ours" }, changes = { Notes: "Theirs" }) {
      made += 1;
      const quickbooksId = String(made);
      const DisplayName = `Customer ${quickbooksId}`;
      await tell(quickbooksId, {
        DisplayName,
        Notes: "Before",
        Balance: 0,
        CurrencyRef: { value: "USD" },
        Active: true,
      });
      const customer = await world.idOf("customers", quickbooksId);
      expect((await world.edit("updateCustomer", { id: customer, fields: edits })).userErrors).toEqual([]);
      await change(customer, changes);
      const query = "query ($id: ID!) { node(id: $id) { ... on MirroredRecord { openConflict { id } } } }";
      const { node } = openIds.parse(await ask(query, { id: customer }));
      return { customer, id: node.openConflict?.id ?? "" };
    },
    async decide(name, input, selection = decided) {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
      const query = `mutation ($input: ${type}) { ${name}(input: $input) { ${selection} } }`;
      return (await ask(query, { input }, tokens.ADMIN))[name];
    },
  };
}

/** The top-level errors of a mutation sent with this token. */
export async function refusal(world: ConflictsWorld, query: string, token: string): Promise<unknown[]> {
  return codesOf(await send(world.gateway, query, { token }));
}
