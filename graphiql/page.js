/* global React, ReactDOM, GraphiQL */
import { createClient } from "./assets/graphql-ws/client.js";

/** The token stays in this tab, and goes out in a header or in the first message of a WebSocket, never in an address. */
const storageKey = "gateway.token";
const token = () => sessionStorage.getItem(storageKey) ?? "";
const authorization = () => (token() === "" ? {} : { authorization: `Bearer ${token()}` });

const field = document.getElementById("token");
const said = document.getElementById("said");
const url = `${location.origin}/graphql`;

const socket = createClient({
  url: url.replace(/^http/, "ws"),
  connectionParams: authorization,
  // 4403: there is no token, or it has ended; another try would meet the same.
  shouldRetry: (event) => event.code !== 4403,
});

function use(newToken, message) {
  sessionStorage.setItem(storageKey, newToken);
  field.value = newToken;
  said.value = message;
  socket.terminate();
}

/** A demo prints an address with a one-time code in its fragment, which no server ever sees. */
async function redeemCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code === null) return;
  history.replaceState(null, "", location.pathname);
  const response = await fetch("/demo/sign-in", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  const answer = await response.json();
  if (response.ok) use(answer.token, "You are signed in to the demo.");
  else said.value = answer.error ?? "The code could not be redeemed.";
}

async function start() {
  field.value = token();
  document.getElementById("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    use(field.value.trim().replace(/^Bearer /i, ""), "The token is used for what you send from now on.");
    render();
  });
  await redeemCode();
  render();
}

const examples = await (await fetch("/graphiql/examples.json")).json();
const root = ReactDOM.createRoot(document.getElementById("graphiql"));

/** Made anew with every token, because the schema is read at the start. */
function render() {
  if (token() === "") {
    said.value = "Give a token to begin.";
    return;
  }
  const fetcher = GraphiQL.createFetcher({
    url,
    wsClient: socket,
    fetch: (address, request) => fetch(address, { ...request, headers: { ...request.headers, ...authorization() } }),
  });
  const defaultTabs = examples.map(({ query, variables }) => ({
    query,
    variables: JSON.stringify(variables, null, 2),
  }));
  root.render(React.createElement(GraphiQL, { key: token(), fetcher, defaultTabs, shouldPersistHeaders: false }));
}

await start();
