import { z } from "zod";
import { createOrganizations } from "../access/organizations.js";
import { mintToken } from "../access/tokens.js";
import type { Clock } from "../foundation/clock.js";
import type { Database } from "../foundation/database/database.js";
import type { Ids } from "../foundation/ids.js";
import type { AuthSettings } from "../foundation/settings.js";

interface DemoStart {
  readonly database: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly auth: AuthSettings & { readonly secret: string };
}

const subject = "demo";
const tokenMinutes = 12 * 60;

/** A token of the demo's one member, an ADMIN; the member and the firm are made at the first start. */
export async function demoToken({ database, clock, ids, auth }: DemoStart): Promise<string> {
  const known = await database.prisma.member.findFirst({ where: { subject }, orderBy: { createdAt: "asc" } });
  const member =
    known ??
    (
      await createOrganizations({ database, clock, ids }).create(
        { kind: "SYSTEM", name: "Demo" },
        { name: "Demo firm", admin: { subject, name: "Demo admin" } },
      )
    ).admin;
  const expiresAt = new Date(clock.now().getTime() + tokenMinutes * 60_000);
  return mintToken(
    auth,
    { subject, organizationId: member.organizationId, role: "ADMIN", expiresAt, name: "Demo admin" },
    clock,
  );
}

const begun = z.object({ connectQuickBooks: z.object({ authorizationUrl: z.url() }) });
const completed = z.object({ completeConnection: z.object({ connection: z.object({ id: z.string() }) }) });
const listed = z.object({ connections: z.object({ nodes: z.array(z.object({ id: z.string() })) }) });

/** Walks the way that a person walks: authorization URL, consent, callback, completion. Does nothing where a company is connected. */
export async function connectDemoCompany(url: string, token: string): Promise<void> {
  const { connections } = await ask(url, token, listed, "{ connections(first: 1) { nodes { id } } }");
  if (connections.nodes.length > 0) return;
  const { connectQuickBooks } = await ask(
    url,
    token,
    begun,
    'mutation { connectQuickBooks(input: { returnTo: "/graphiql" }) { authorizationUrl } }',
  );
  // auto=1 stands for the person who presses the simulator's Connect button.
  const callback = await redirectOf(`${connectQuickBooks.authorizationUrl}&auto=1`);
  const handle = new URL(await redirectOf(callback)).searchParams.get("connect");
  await ask(
    url,
    token,
    completed,
    `mutation { completeConnection(input: { handle: ${JSON.stringify(handle)} }) { connection { id } } }`,
  );
}

async function redirectOf(url: string): Promise<string> {
  const response = await fetch(url, { redirect: "manual" });
  await response.body?.cancel();
  const location = response.headers.get("location");
  if (location === null)
    throw new Error(`The demo company could not be connected: a step answered ${String(response.status)}.`);
  return new URL(location, url).href;
}

async function ask<Answer>(url: string, token: string, answer: z.ZodType<Answer>, query: string): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const body: unknown = await response.json();
  const { data } = z.object({ data: answer }).parse(body);
  return data;
}
