import express, { type RequestHandler, Router } from "express";
import type { Authenticator } from "../access/authentication.js";
import { Unauthenticated } from "../access/errors.js";
import type { SimulatorProcess } from "./simulator-process.js";

interface ControlParts {
  readonly simulator: Pick<SimulatorProcess, "control">;
  readonly authenticator: Authenticator;
}

/**
 * What the demo's people may do in its QuickBooks: edit records, and make it slow, faulty or strange. Notifications are not among
 * it: where they are sent is not for a browser to say. One segment after the other, so that no path leads elsewhere.
 */
const offered = /^\/(companies|state|clock|faults|limits|switches)(\/\w+)*$/;
const mostBytes = 100 * 1024;

/** The simulator's control API (`simulator/control/control.ts`) for signed-in admins; its token stays here. */
export function controlRoutes({ simulator, authenticator }: ControlParts): Router {
  const forward: RequestHandler = async ({ method, path, url, body }, response) => {
    if (!offered.test(path)) {
      response.status(404).json({ error: `The demo offers nothing at ${path}.` });
      return;
    }
    const sent: unknown = body;
    const answer = await simulator.control(method, url, typeof sent === "string" ? sent : undefined);
    const type = answer.headers.get("content-type") ?? "application/json";
    response
      .status(answer.status)
      .type(type)
      .send(Buffer.from(await answer.arrayBuffer()));
  };
  const routes = Router();
  routes.use(adminsOnly(authenticator), express.text({ type: () => true, limit: mostBytes }), forward);
  return routes;
}

function adminsOnly(authenticator: Authenticator): RequestHandler {
  return async ({ headers }, response, next) => {
    try {
      const { actor } = await authenticator.authenticate(headers.authorization);
      if (actor.role === "ADMIN") next();
      else response.status(403).json({ error: "Only an ADMIN may change the demo's QuickBooks." });
    } catch (error) {
      if (!(error instanceof Unauthenticated)) throw error;
      response.status(401).json({ error: "Sign in first: send the demo's token as `Authorization: Bearer <token>`." });
    }
  };
}
