import { type RequestHandler, type Response, Router } from "express";
import { withParameter } from "../quickbooks/return-to.js";
import type { GuardedServices } from "./services.js";

/**
 * The addresses that Intuit sends browsers to. They carry secrets, so each answers by a redirect (Intuit's security
 * requirements), is kept by nobody and told to nobody.
 */
export function oauthRoutes({ connectFlow, strangers, settings: { publicUrl } }: GuardedServices): Router {
  const routes = Router();
  routes.use((_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });
  // Whoever calls too often is sent back before anything is looked up.
  const bounded: RequestHandler = ({ ip }, response, next) => {
    if (strangers.waitMs("CONSENT", ip) > 0) {
      redirect(response, withParameter(publicUrl, "connect_error", "rate_limited"));
      return;
    }
    strangers.note("CONSENT", ip);
    next();
  };
  routes.get("/callback", bounded, async ({ query }, response) => {
    const { redirectTo } = await connectFlow.callback(query);
    redirect(response, redirectTo);
  });
  // Where QuickBooks sends people to connect again: only who is signed in at the frontend can begin that.
  routes.get("/connect", (_request, response) => redirect(response, withParameter(publicUrl, "reconnect", "1")));
  routes.get("/disconnected", bounded, async ({ query }, response) => {
    const { redirectTo } = await connectFlow.disconnected(query);
    redirect(response, redirectTo);
  });
  return routes;
}

/** Express's own redirect writes the address into a page as well. */
function redirect(response: Response, address: string): void {
  response.status(302).location(address).end();
}
