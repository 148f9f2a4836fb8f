import { z } from "zod";
import { seeded } from "../chaos/random.js";
import { dataOf } from "../http/client.js";
import { connectCompany, gatewayProgram, newAdmin, type GatewayProgram } from "../support/gateway.js";
import { buildPrograms } from "../support/program.js";
import { startSimulatorProgram } from "../support/simulator.js";
import { until } from "../support/until.js";
import { judge } from "./judge.js";
import { type FuzzRequest, nextRequest, type Target } from "./requests.js";

/** A request that was not answered as it should. */
export interface Finding {
  readonly index: number;
  readonly problem: string;
  readonly request: FuzzRequest;
}

export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
  /** At once. */
  readonly lanes?: number;
}

/** Stands in everything that the other organization has, and nowhere else. */
const planted = "zqplanted";
const verifierToken = "a-verifier-token-of-the-fuzzing";
const ownRealm = "9130000000000001";
const foreignRealm = "9130000000000002";
const mostFindings = 20;

/** What came of it. */
export interface Fuzzed {
  readonly findings: readonly Finding[];
  /** Answers over HTTP, and how many of them said no more than that there were too many requests. */
  readonly answers: number;
  readonly tooMany: number;
}

/**
 * Asks a real gateway with two organizations, as one of them, so many things that make no sense. Request by request, each from its own
 * seed, so that one can be made again by the seed and its index; ids and cursors are those of the run. Each comes from an address of its own, and
 * nobody's budget is short: what refuses the too many has tests of its own, and would hide everything else here.
 */
export async function fuzz({ requests, seed, lanes = 8 }: FuzzOptions): Promise<Fuzzed> {
  const programs = await buildPrograms();
  const simulator = await startSimulatorProgram(programs, [
    { realmId: ownRealm, seed: "own", size: 40 },
    { realmId: foreignRealm, seed: "foreign", size: 40, name: `${planted} company` },
  ]);
  const gateway = await gatewayProgram({
    ...{ programs, simulator, store: "server" },
    settings: {
      ...{ QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN: verifierToken, LOG_LEVEL: "warn" },
      ...{ TRUST_PROXY: "1", QUERY_POINTS_PER_SECOND: "1000000" },
    },
  });
  try {
    await gateway.start();
    const target = await targetOf(gateway);
    const findings: Finding[] = [];
    const statuses: number[] = [];
    const onStatus = (status: number): unknown => statuses.push(status);
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < requests && findings.length < mostFindings; index = next++) {
        const request = nextRequest(seeded(seed * 1_000_003 + index), target);
        const judging = { target, planted, address: addressOf(index), onStatus };
        const problem = await judge(request, judging).catch((error: unknown) => `no answer: ${String(error)}`);
        if (problem !== undefined) findings.push({ index, problem, request });
        if (gateway.process.hasEnded) throw new Error(`The gateway ended: ${gateway.process.output.slice(-2_000)}`);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    // Whatever it was asked, it goes on.
    await dataOf(gateway, "{ viewer { name } }", { token: target.credentials[0] ?? "" });
    return { findings, answers: statuses.length, tooMany: statuses.filter((status) => status === 429).length };
  } finally {
    await gateway.remove();
    await simulator.stop();
    programs.remove();
  }
}

const addressOf = (index: number): string => `10.${[16, 8, 0].map((bits) => (index >> bits) & 255).join(".")}`;

const idsOf = z.object({
  nodes: z.array(z.object({ id: z.string() })),
  pageInfo: z.object({ endCursor: z.string().nullable() }),
});

async function targetOf(gateway: GatewayProgram): Promise<Target> {
  const admin = await newAdmin(gateway);
  const own = await company(gateway, admin, ownRealm, "An own one");
  const stranger = await newAdmin(gateway, `${planted} firm`);
  const foreign = await company(gateway, stranger, foreignRealm, `${planted} customer`);
  const keys = await Promise.all(["VIEWER", "OPERATOR", "ADMIN"].map((role) => newKey(gateway, admin, role)));
  return {
    url: gateway.url,
    verifierToken,
    realmIds: [ownRealm, foreignRealm],
    credentials: [admin, ...keys],
    own: own.ids,
    foreign: foreign.ids,
    cursors: [...own.cursors, ...foreign.cursors],
  };
}

async function newKey(gateway: GatewayProgram, token: string, role: string): Promise<string> {
  const { createApiKey } = await dataOf(
    gateway,
    `mutation { createApiKey(input: { name: "Fuzz", role: ${role} }) { key } }`,
    { token },
  );
  return z.object({ key: z.string() }).parse(createApiKey).key;
}

/** Connects a company, lets it be mirrored, edits something in it, and gives ids and cursors of what it has. */
async function company(
  gateway: GatewayProgram,
  token: string,
  realmId: string,
  name: string,
): Promise<{ readonly ids: readonly string[]; readonly cursors: readonly string[] }> {
  const { connectionId, syncRunId } = await connectCompany(gateway, token, realmId);
  const status = z.object({ syncRun: z.object({ status: z.string() }) });
  const query = `{ syncRun(id: "${syncRunId}") { status } }`;
  await until(
    async () => status.parse(await dataOf(gateway, query, { token })).syncRun.status === "SUCCEEDED" || undefined,
    60_000,
    200,
  );
  const variables = { connectionId, name };
  await dataOf(
    gateway,
    `mutation ($connectionId: ID!, $name: String!) {
      createCustomer(input: { connectionId: $connectionId, fields: { displayName: $name } }) { record { id } userErrors { message } } }`,
    { token, variables },
  );
  const lists = ["customers", "invoices", "items", "payments", "accounts", "localChanges", "syncRuns", "entityChanges"];
  const page = "(connectionId: $id, first: 3) { nodes { id } pageInfo { endCursor } }";
  const found = await dataOf(gateway, `query ($id: ID!) { ${lists.map((list) => `${list}${page}`).join(" ")} }`, {
    token,
    variables: { id: connectionId },
  });
  const pages = z.record(z.string(), idsOf).parse(found);
  return {
    ids: [connectionId, syncRunId, ...Object.values(pages).flatMap(({ nodes }) => nodes.map(({ id }) => id))],
    cursors: Object.values(pages).flatMap(({ pageInfo: { endCursor } }) => endCursor ?? []),
  };
}
