import type { RequestHandler, Response } from "express";
import type { Ids } from "../foundation/ids.js";

const header = "x-request-id";
const acceptable = /^[\w.-]{8,64}$/;

/** Every answer names its request, by the name the caller gave it or a new one. */
export function requestIds({ newId }: Ids): RequestHandler {
  return ({ headers }, response, next) => {
    const given = headers[header];
    response.set(header, typeof given === "string" && acceptable.test(given) ? given : newId());
    next();
  };
}

export function requestIdOf(response: Response): string {
  return String(response.get(header));
}
