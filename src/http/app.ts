import { createServer, type Server } from "node:http";
import express, { type Express, type RequestHandler, Router } from "express";
import helmet from "helmet";
import { z } from "zod";
import { randomIds } from "../foundation/ids.js";
import { createSchema } from "../schema/index.js";
import { createDoor } from "./door.js";
import { failures, unknownPath } from "./errors.js";
import { exportRoutes } from "./exports.js";
import { graphiqlRoutes } from "./graphiql.js";
import { startGraphqlOverHttp } from "./graphql.js";
import { healthz, readyz } from "./health.js";
import { limits } from "./limits.js";
import { createMetrics, metricsHandler } from "./metrics.js";
import { oauthRoutes } from "./oauth.js";
import { cors } from "./origins.js";
import { requestIds } from "./request-id.js";
import type { HttpServices } from "./services.js";
import { acceptSockets } from "./sockets.js";
import { addressReader, Strangers } from "./strangers.js";
import { webhookRoutes } from "./webhooks.js";

export interface HttpApp {
  /** Opens the port, 0 for any that is free. Rejects where it is taken. */
  listen(port: number, host: string): Promise<{ readonly url: string; readonly port: number }>;
  /** What /readyz says: set it when everything has started, take it back before `stop` to be sent no more requests. */
  setReady(isReady: boolean): void;
  /** Sends sockets elsewhere, answers what has been asked, and closes the port. */
  stop(): Promise<void>;
}

/** The gateway's HTTP server. `addRoutes` adds what other parts of the gateway serve. */
export async function createHttpApp(
  services: HttpServices,
  addRoutes: (app: Express) => void = () => undefined,
): Promise<HttpApp> {
  let isReady = false;
  let stopped: Promise<void> | undefined;
  const schema = await createSchema(services.plugins);
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", services.settings.trustProxy);
  const server = createServer(app);
  const strangers = new Strangers(services.monotonicMs);
  const door = createDoor(services.authenticator, strangers);
  const guarded = { ...services, strangers, door, addressOf: addressReader(app) };
  const sockets = acceptSockets(guarded, schema, server);
  const graphql = await startGraphqlOverHttp(guarded, schema, { server, metrics: createMetrics(services.metrics) });
  app.use(requestIds(randomIds), securityHeaders());
  app.use(operatorRoutes(services, () => isReady));
  app.use("/api/auth/quickbooks", oauthRoutes(guarded));
  app.use("/api/webhooks/quickbooks", webhookRoutes(guarded));
  app.all("/graphql", noStore, cors(services.settings), jsonBody, withBody, graphql.handler);
  app.use("/exports", noStore, cors(services.settings), exportRoutes(guarded));
  // An editor shows the schema, so it is where the schema is.
  if (services.isSchemaPublic) app.use("/graphiql", graphiqlRoutes());
  addRoutes(app);
  app.use(unknownPath, failures(services));
  return {
    listen: (port, host) => listen(server, port, host),
    setReady(value) {
      isReady = value;
    },
    stop() {
      isReady = false;
      stopped ??= sockets.stop().then(() => graphql.stop());
      return stopped;
    },
  };
}

/** What operators and their tools ask. */
function operatorRoutes(services: HttpServices, isReady: () => boolean): Router {
  const routes = Router();
  routes.get("/healthz", healthz);
  routes.get("/readyz", readyz(services, isReady));
  routes.get("/metrics", metricsHandler(services));
  return routes;
}

const jsonBody = express.json({ limit: limits.bodyBytes });

/** Nothing of an API answer is a page, so nothing of it may be loaded, framed or run. Pages bring a policy of their own. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  });
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};

/** The body parser leaves the body out where there is none; Apollo's handler asks for the property. */
const withBody: RequestHandler = (request, _response, next) => {
  if (request.body === undefined) request.body = {};
  next();
};

const address = z.object({ port: z.number() });

function listen(server: Server, port: number, host: string): Promise<{ url: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const actual = address.parse(server.address()).port;
      resolve({ url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`, port: actual });
    });
  });
}
