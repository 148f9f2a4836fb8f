import type { RequestHandler } from "express";
import type { HttpServices } from "./services.js";

type OriginSettings = Pick<HttpServices["settings"], "publicUrl" | "allowedOrigins">;

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/** The origins whose pages may speak to the gateway: its own and ALLOWED_ORIGINS. A loopback address goes by all its names. */
export function trustedOrigins({ publicUrl, allowedOrigins }: OriginSettings): ReadonlySet<string> {
  const own = new URL(publicUrl);
  const names = loopbackNames.includes(own.hostname) ? loopbackNames : [own.hostname];
  const port = own.port === "" ? "" : `:${own.port}`;
  return new Set([...names.map((name) => `${own.protocol}//${name}${port}`), ...allowedOrigins]);
}

/** Lets pages of the trusted origins read the answers (https://fetch.spec.whatwg.org/#http-cors-protocol). No cookies are used. */
export function cors(settings: OriginSettings): RequestHandler {
  const trusted = trustedOrigins(settings);
  return ({ method, headers: { origin } }, response, next) => {
    response.vary("Origin");
    if (origin !== undefined && trusted.has(origin)) {
      response.set({
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type, apollo-require-preflight, x-request-id",
        "Access-Control-Expose-Headers": "content-disposition, x-export-mirror-version, x-request-id",
        "Access-Control-Max-Age": "600",
      });
    }
    if (method === "OPTIONS") response.status(204).end();
    else next();
  };
}
