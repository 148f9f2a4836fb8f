import express, { type Express, type RequestHandler, Router } from "express";
import { z } from "zod";
import type { Authenticator } from "../access/authentication.js";
import { isLoopback } from "../foundation/settings/variables.js";
import { controlRoutes } from "./control.js";
import type { SignIn } from "./sign-in.js";
import type { SimulatorProcess } from "./simulator-process.js";

interface DemoRoutes {
  readonly signIn: SignIn;
  readonly simulator: Pick<SimulatorProcess, "control">;
  readonly authenticator: Authenticator;
}

/** What only a demo serves, under `/demo` and to this machine alone. */
export function demoRoutes({ signIn, ...parts }: DemoRoutes): (app: Express) => void {
  const routes = Router();
  routes.use(loopbackOnly, noStore);
  routes.post("/sign-in", express.json({ limit: "1kb" }), redeem(signIn));
  routes.use("/control", controlRoutes(parts));
  return (app) => {
    app.use("/demo", routes);
  };
}

/** A page that has its own name lead to this machine sends that name (DNS rebinding). */
const loopbackOnly: RequestHandler = (request, response, next) => {
  if (isLoopback(request.hostname)) next();
  else response.status(403).json({ error: "The demo answers on localhost only." });
};

const noStore: RequestHandler = (_request, response, next) => {
  response.set("Cache-Control", "no-store");
  next();
};

const signInBody = z.object({ code: z.string().max(100) });

function redeem(signIn: SignIn): RequestHandler {
  return async (request, response) => {
    const body = signInBody.safeParse(request.body);
    const token = body.success ? await signIn.redeem(body.data.code) : undefined;
    if (token === undefined) {
      response.status(401).json({ error: "The code is wrong or was used. Restart the demo to get a new one." });
    } else {
      response.json({ token });
    }
  };
}
