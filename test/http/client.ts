import { expect } from "@jest/globals";
import { type Client, createClient } from "graphql-ws";
import WebSocket from "ws";
import { z } from "zod";
import { type Gateway, realmId } from "./gateway.js";

/** The gateway as its clients use it. */

const answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: z.array(z.unknown()).optional(),
        extensions: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
});
export type Answer = z.infer<typeof answer>;

/** Sends an operation over HTTP. */
export async function send(
  { url }: Pick<Gateway, "url">,
  query: string,
  { token, variables, headers }: { token?: string; variables?: object; headers?: Record<string, string> } = {},
): Promise<Answer & { readonly status: number; readonly headers: Headers }> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  return { ...answer.parse(await response.json()), status: response.status, headers: response.headers };
}

/** The data of an operation that succeeds. */
export async function dataOf(...asked: Parameters<typeof send>): Promise<Record<string, unknown>> {
  const { data, errors } = await send(...asked);
  expect(errors).toBeUndefined();
  return data ?? {};
}

export function codesOf({ errors = [] }: Answer): unknown[] {
  return errors.map(({ extensions }) => extensions["code"]);
}

/** A WebSocket client that does not connect again. */
export function socketClient({ url }: Pick<Gateway, "url">, token?: string): Client {
  return createClient({
    url: `${url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: true,
    connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}

/** The connect flow as a browser goes through it; gives the callback's redirect. */
export async function consent(gateway: Pick<Gateway, "url">, token: string, input: object): Promise<URL> {
  const { connectQuickBooks } = await dataOf(
    gateway,
    "mutation ($input: ConnectQuickBooksInput!) { connectQuickBooks(input: $input) { authorizationUrl } }",
    { token, variables: { input } },
  );
  const { authorizationUrl } = z.object({ authorizationUrl: z.string() }).parse(connectQuickBooks);
  const back = await fetch(`${authorizationUrl}&realmId=${realmId}`, { redirect: "manual" });
  const { search } = new URL(back.headers.get("location") ?? "");
  const callback = await fetch(`${gateway.url}/api/auth/quickbooks/callback${search}`, { redirect: "manual" });
  expect(callback.status).toBe(302);
  return new URL(callback.headers.get("location") ?? "");
}

/** Connects the simulator's company; gives the ids of the connection and of its first run. */
export async function connectCompany(
  gateway: Pick<Gateway, "url">,
  token: string,
): Promise<{ connectionId: string; syncRunId: string }> {
  const handle = (await consent(gateway, token, { returnTo: "/" })).searchParams.get("connect");
  const { completeConnection } = await dataOf(
    gateway,
    `mutation ($handle: String!) {
      completeConnection(input: { handle: $handle }) { connection { id } syncRun { id } userErrors { code } }
    }`,
    { token, variables: { handle } },
  );
  const made = z.object({ connection: z.object({ id: z.string() }), syncRun: z.object({ id: z.string() }) });
  const { connection, syncRun } = made.parse(completeConnection);
  return { connectionId: connection.id, syncRunId: syncRun.id };
}
