import { startSimulator } from "./index.js";

const simulator = await startSimulator({ companies: [{ seed: "demo" }] });
process.stdout.write(
  `${JSON.stringify({ ready: true, url: simulator.url, discoveryUrl: simulator.discoveryUrl, apiBaseUrl: simulator.apiBaseUrl })}\n`,
);
