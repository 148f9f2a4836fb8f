import type { Random } from "../chaos/random.js";
import { cloudBody, legacyBody, sign, type Told } from "../webhooks/bodies.js";
import { hostileDocument, type Known } from "./documents.js";
import { damaged, hostileJson, hostileText, nested, shortText } from "./hostile.js";

/** What the fuzzing knows of the gateway that it asks. */
export interface Target extends Known {
  readonly url: string;
  readonly verifierToken: string;
  readonly realmIds: readonly string[];
  /** Of one organization, of every role, valid. */
  readonly credentials: readonly string[];
}

/** One request, in a form that can be printed, and sent again. */
export type FuzzRequest =
  | {
      readonly over: "HTTP";
      readonly method: string;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly over: "WebSocket"; readonly messages: readonly string[] };

const post = { over: "HTTP", method: "POST" } as const;
const json = { "content-type": "application/json" } as const;

/** The next request; nearly all by somebody who may ask something. */
export function nextRequest(random: Random, target: Target): FuzzRequest {
  const kind = random.below(10);
  if (kind < 5) return graphql(random, target);
  if (kind < 6) return oddBody(random, target);
  if (kind < 7) return oddPath(random, target);
  return kind < 8 ? webhook(random, target) : socket(random, target);
}

function authorization(random: Random, { credentials }: Target): string {
  const valid = `Bearer ${random.pick(credentials) ?? ""}`;
  if (random.chance(0.92)) return valid;
  return random.pick([damaged(random, valid), shortText(random), "Bearer", "Basic YTpi", "Bearer eyJ.eyJ.x"]) ?? "";
}

function graphql(random: Random, target: Target): FuzzRequest {
  const document = hostileDocument(random, target, random.chance(0.7) ? "query" : "mutation");
  const query = random.chance(0.85) ? document : damaged(random, document);
  const variables = random.chance(0.9) ? {} : { variables: hostileJson(random) };
  const operation = random.chance(0.95) ? {} : { operationName: hostileJson(random), extensions: hostileJson(random) };
  return {
    ...post,
    path: "/graphql",
    headers: { ...json, authorization: authorization(random, target) },
    body: JSON.stringify({ query, ...variables, ...operation }),
  };
}

/** A body that is no operation, or says that it is something else. */
function oddBody(random: Random, target: Target): FuzzRequest {
  const whole = JSON.stringify({ query: hostileDocument(random, target, "query") });
  const body = random.pick([
    damaged(random, whole),
    whole.slice(0, random.below(whole.length)),
    JSON.stringify(hostileJson(random)),
    JSON.stringify([JSON.parse(whole), JSON.parse(whole)]),
    nested(1 + random.below(20_000)),
    `{"query":"${"{a".repeat(random.below(3_000))}"}`,
    `{"__proto__":{"query":"{viewer{name}}"}}`,
    hostileText(random),
    "x".repeat(random.below(200_000)),
  ]);
  const type = random.pick([
    "application/json",
    "application/graphql",
    "text/plain",
    "application/json; charset=utf-16",
    "x",
    "",
  ]);
  const encoding = random.chance(0.1) ? { "content-encoding": random.pick(["gzip", "br", "deflate", "x"]) ?? "" } : {};
  const headers = { "content-type": type ?? "", ...encoding, authorization: authorization(random, target) };
  return { ...post, path: "/graphql", headers, body: body ?? "" };
}

const paths = [
  ...[
    "/graphql",
    "/graphiql",
    "/graphiql/examples.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
    "/nowhere",
    "/%ff",
    "/..%2f..",
  ],
  ...[
    "/api/auth/quickbooks/callback",
    "/api/auth/quickbooks/connect",
    "/api/auth/quickbooks/disconnected",
    "/api/webhooks/quickbooks",
  ],
];

function oddPath(random: Random, target: Target): FuzzRequest {
  const names = ["code", "state", "realmId", "error", "query", "variables", "returnTo", "connect", shortText(random)];
  const parameters = Array.from({ length: random.below(5) }, () => {
    const name = encodeURIComponent((random.pick(names) ?? "").toWellFormed());
    const value =
      random.pick([shortText(random), random.pick(target.realmIds) ?? "", "{viewer{name}}", "%E0%A4%A"]) ?? "";
    return `${name}${random.pick(["=", "[]=", "[a]=", ""]) ?? ""}${random.chance(0.9) ? encodeURIComponent(value.toWellFormed()) : "%zz"}`;
  });
  const path = `${random.pick(paths) ?? "/"}${parameters.length === 0 ? "" : `?${parameters.join("&")}`}`;
  const method = random.pick(["GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) ?? "GET";
  const headers = {
    authorization: authorization(random, target),
    ...(random.chance(0.2) ? { origin: "https://evil.example" } : {}),
  };
  return { over: "HTTP", method, path, headers };
}

function webhook(random: Random, { realmIds, verifierToken }: Target): FuzzRequest {
  const told: Told[] = Array.from({ length: random.below(4) }, () => ({
    realmId: random.chance(0.7) ? (random.pick(realmIds) ?? "") : hostileText(random),
    name: random.pick(["Customer", "Invoice", "Payment", "Item", "Account", "Bill", hostileText(random)]) ?? "",
    id: random.chance(0.5) ? String(random.below(200)) : hostileText(random),
    operation: random.pick(["Create", "Update", "Delete", "Merge", "Void", "Emailed"] as const) ?? "Update",
    ...(random.chance(0.3) ? { deletedId: hostileText(random) } : {}),
    ...(random.chance(0.3) ? { eventId: hostileText(random) } : {}),
  }));
  const whole = random.chance(0.5) ? legacyBody(told) : cloudBody(told);
  const body =
    random.pick([
      whole,
      whole,
      damaged(random, whole),
      JSON.stringify(hostileJson(random)),
      hostileText(random),
      nested(5_000),
    ]) ?? "";
  const signature = random.chance(0.9)
    ? sign(Buffer.from(body), verifierToken)
    : encodeURIComponent(shortText(random).toWellFormed());
  return { ...post, path: "/api/webhooks/quickbooks", headers: { ...json, "intuit-signature": signature }, body };
}

function socket(random: Random, target: Target): FuzzRequest {
  const init = { type: "connection_init", payload: { authorization: authorization(random, target) } };
  const subscribe = () => ({
    id: random.pick(["1", "2", "", hostileText(random)]),
    type: "subscribe",
    payload: {
      query: hostileDocument(random, target, random.chance(0.8) ? "subscription" : "query"),
      ...(random.chance(0.2) ? { variables: hostileJson(random) } : {}),
    },
  });
  const message = (): string => {
    const whole = JSON.stringify(
      random.chance(0.7) ? subscribe() : { id: "1", type: random.pick(["complete", "ping", "pong", "next", "x"]) },
    );
    return (
      random.pick([
        whole,
        whole,
        whole,
        whole,
        damaged(random, whole),
        JSON.stringify(hostileJson(random)),
        hostileText(random),
      ]) ?? ""
    );
  };
  const opening = random.chance(0.9) ? [JSON.stringify(init)] : [];
  return { over: "WebSocket", messages: [...opening, ...Array.from({ length: 1 + random.below(4) }, message)] };
}
