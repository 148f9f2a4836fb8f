import { type Response, Router } from "express";
import type { HttpServices } from "./services.js";

/**
 * The addresses that Intuit sends browsers to. They carry secrets, so each answers by a redirect (Intuit's security
 * requirements), is kept by nobody and told to nobody.
 */
export function oauthRoutes({ connectFlow, settings: { publicUrl } }: HttpServices): Router {
  const routes = Router();
  routes.use((_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    next();
  });
  routes.get("/callback", async ({ query }, response) => {
    const { redirectTo } = await connectFlow.callback(query);
    redirect(response, redirectTo);
  });
  // Intuit's own pages lead here: to connect again, and after disconnecting there.
  routes.get(["/connect", "/disconnected"], (_request, response) => redirect(response, publicUrl));
  return routes;
}

/** Express's own redirect writes the address into a page as well. */
function redirect(response: Response, address: string): void {
  response.status(302).location(address).end();
}
