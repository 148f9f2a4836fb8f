import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { startWhole, type Whole } from "./whole.js";

/** What graphql-cop 1.15 (https://github.com/dolevf/graphql-cop) asks of a server in its twelve checks, and what it takes for a finding. */

let whole: Whole;

// In production, and with nothing that works in the background.
beforeAll(async () => {
  whole = await startWhole({ environment: "PRODUCTION", role: "web" });
});

afterAll(() => whole.stop());

type Caller = "a stranger" | "a caller with a token";
const authorization = (caller: Caller): Record<string, string> =>
  caller === "a stranger" ? {} : { authorization: `Bearer ${whole.admin}` };

interface Asking {
  readonly method?: string;
  readonly type?: string;
  readonly body?: string;
  readonly search?: string;
  readonly path?: string;
}

async function textOf(
  caller: Caller,
  { method = "POST", type, body, search = "", path = "/graphql" }: Asking,
): Promise<string> {
  const headers = { ...authorization(caller), ...(type !== undefined && { "content-type": type }) };
  const response = await fetch(`${whole.url}${path}${search}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  return response.text();
}

const answer = z.looseObject({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.looseObject({ message: z.string() })).optional(),
});

async function ask(caller: Caller, query: string): Promise<z.output<typeof answer>> {
  const text = await textOf(caller, { type: "application/json", body: JSON.stringify({ query }) });
  return answer.parse(JSON.parse(text));
}

const typename = encodeURIComponent("query { __typename }");
const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(" ");

/** Each check by its name; true is a finding. */
const checks: Readonly<Record<string, (caller: Caller) => Promise<boolean>>> = {
  "Alias Overloading": async (caller) =>
    (await ask(caller, `query { ${times(101, (index) => `alias${index}: __typename`)} }`)).data?.["alias100"] !==
    undefined,
  "Array-based Query Batching": async (caller) => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: "query { __typename }" })));
    const answered: unknown = JSON.parse(await textOf(caller, { type: "application/json", body }));
    return Array.isArray(answered);
  },
  "Directive Overloading": async (caller) =>
    ((await ask(caller, `query { __typename ${times(10, () => "@aa")} }`)).errors ?? []).length === 10,
  "Introspection-based Circular Query": async (caller) => {
    const nested = "fields { type { fields { type { fields { type { fields { type { name } } } } } } } }";
    return (await ask(caller, `query { __schema { types { ${nested} } } }`)).data?.["__schema"] !== undefined;
  },
  "GET Method Query Support": async (caller) =>
    (await textOf(caller, { method: "GET", search: `?query=${typename}` })).includes('"data":{"__typename"'),
  "Mutation is allowed over GET": async (caller) => {
    const mutation = encodeURIComponent("mutation { __typename }");
    return (await textOf(caller, { method: "GET", search: `?query=${mutation}` })).includes('"data":{"__typename"');
  },
  "POST based url-encoded query": async (caller) => {
    const type = "application/x-www-form-urlencoded";
    return (await textOf(caller, { type, body: `query=${typename}` })).includes('"data":{"__typename"');
  },
  "GraphQL IDE": async (caller) => {
    const pages = ["/graphiql", "/playground", "/console", "/graphql"];
    const texts = await Promise.all(pages.map((path) => textOf(caller, { method: "GET", path })));
    return texts.some((text) => /graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/.test(text));
  },
  "Trace Mode": async (caller) =>
    /stacktrace|"tracing"/i.test(JSON.stringify(await ask(caller, "query { __typename }"))),
  "Unhandled Errors Detection": async (caller) =>
    /"exception"/.test(JSON.stringify(await ask(caller, "qwerty cop { abc }"))),
  "Field Suggestions": async (caller) =>
    JSON.stringify(await ask(caller, "query { __schema { directive } }")).includes("Did you mean"),
  Introspection: async (caller) =>
    (await ask(caller, "query { __schema { types { name fields { name } } } }")).data?.["__schema"] !== undefined,
};

/** Whoever has a token may read the schema, which comes with the gateway's sources, and is helped to. */
const aboutTheSchema = ["Field Suggestions", "Introspection"];

test("graphql-cop has twelve checks", () => {
  expect(Object.keys(checks)).toHaveLength(12);
});

describe("in production", () => {
  test.each(Object.keys(checks))("graphql-cop finds nothing as a stranger: %s", async (name) => {
    expect(await checks[name]?.("a stranger")).toBe(false);
  });

  test.each(Object.keys(checks))(
    "graphql-cop finds nothing with a token but that the schema can be read: %s",
    async (name) => {
      expect(await checks[name]?.("a caller with a token")).toBe(aboutTheSchema.includes(name));
    },
  );

  test("without a token nothing of the schema can be read, and nobody is helped to guess it", async () => {
    for (const query of [
      "{ __schema { queryType { name } } }",
      "{ __typename }",
      "{ viewr { name } }",
      "{ viewer { nam } }",
    ]) {
      const { data, errors } = await ask("a stranger", query);
      expect(data ?? undefined).toBeUndefined();
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
      expect(JSON.stringify(errors)).not.toContain("Did you mean");
    }
  });
});
