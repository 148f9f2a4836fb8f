import { type Request, type RequestHandler, type Response, Router } from "express";
import { GraphQLError } from "graphql";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { atLeast } from "../access/actor.js";
import type { Authenticated } from "../access/authentication.js";
import { Unauthenticated } from "../access/errors.js";
import { decodeIdOf } from "../schema/relay.js";
import { type ErrorCode, formatError, publicError } from "../schema/errors.js";
import type { ExportFile, Sink } from "../sync/export/exports.js";
import { withRetryAfter } from "./cost.js";
import { Downloads } from "./downloads.js";
import { lapse } from "./lapse.js";
import { requestIdOf } from "./request-id.js";
import type { GuardedServices, HttpServices } from "./services.js";

/** Who takes nothing for so long is cut off: a download holds a snapshot of the database. */
const stallMs = 60_000;

/**
 * GET /exports/<DataExport's id>[/<file>]: the files of exports, made as they are taken. For ADMINs, by their token in the header alone:
 * an address with a token in it would be kept by browsers and proxies. Missing, foreign and ended exports are answered alike (I10).
 */
export function exportRoutes(services: GuardedServices): Router {
  const downloads = new Downloads();
  const routes = Router();
  const give: RequestHandler<{ id: string; file?: string }> = async (request, response) => {
    if (request.method !== "GET") {
      refuse(response.set("Allow", "GET"), 405, "BAD_REQUEST", "Fetch it with GET.");
      return;
    }
    const caller = await callerOf(services, request, response);
    if (caller === undefined) return;
    if (!atLeast(caller.actor, "ADMIN")) {
      refuse(response, 403, "FORBIDDEN", "This needs the role ADMIN.");
      return;
    }
    const actor = { ...caller.actor, requestId: requestIdOf(response) };
    const id = decodeIdOf("DataExport", request.params.id);
    const found = id === undefined ? undefined : await services.exports.find(actor, id);
    const file = found && services.exports.filesOf(actor, found).find(({ name }) => name === request.params.file);
    if (found === undefined || file === undefined) {
      refuse(response, 404, "NOT_FOUND", "There is no such file. Ask `dataExport` for the paths of an export's files.");
      return;
    }
    const release = downloads.begin(actor.organizationId);
    if (release === undefined) {
      const message = "Other downloads are under way. Fetch it when one of them has ended.";
      refuse(response.set("Retry-After", "30"), 429, "RATE_LIMITED", message);
      return;
    }
    try {
      const isZipped = request.acceptsEncodings("identity", "gzip") === "gzip";
      const sink: Sink = (snapshot, pieces) => write(services, caller, response, { file, isZipped, snapshot, pieces });
      await services.exports.send(actor, found, file, sink);
    } catch (error) {
      if (!response.headersSent && !response.destroyed) throw error;
      // The answer has been cut off, by which its reader knows that it is not whole.
      services.log.info({ err: error, requestId: actor.requestId }, "A download did not reach its end.");
    } finally {
      release();
    }
  };
  routes.all("/:id{/:file}", give);
  return routes;
}

interface Writing {
  readonly file: ExportFile;
  readonly isZipped: boolean;
  readonly snapshot: Parameters<Sink>[0];
  readonly pieces: Parameters<Sink>[1];
}

/** Writes at the reader's pace, until they leave or are no longer who they were. */
async function write(
  services: HttpServices,
  caller: Authenticated,
  response: Response,
  { file, isZipped, snapshot: { mirrorVersion }, pieces }: Writing,
): Promise<void> {
  const over = new AbortController();
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  response.setTimeout(stallMs, () => over.abort(new Error("Nothing was taken for a minute.")));
  void lapse({ ...services, caller, requestId: requestIdOf(response), signal: leaving.signal }).then((hasLapsed) => {
    if (hasLapsed) over.abort(new Error("Who fetched it may not do so any more."));
  });
  response.attachment(file.downloadName).vary("Accept-Encoding");
  response.set({ "Content-Type": file.contentType, Trailer: "X-Export-Lines" });
  if (mirrorVersion !== null) response.set("X-Export-Mirror-Version", mirrorVersion);
  const text = pieces(({ records }) => {
    const lines = Object.values(records).reduce((sum, count) => sum + count, 0);
    response.addTrailers({ "X-Export-Lines": String(lines) });
  });
  const options = { signal: over.signal };
  if (!isZipped) {
    await pipeline(text, response, options);
    return;
  }
  response.set("Content-Encoding", "gzip");
  await pipeline(text, createGzip({ level: constants.Z_BEST_SPEED }), response, options);
}

/** Who asks; undefined once they have been refused. */
async function callerOf(
  { door }: GuardedServices,
  { headers, ip }: Request,
  response: Response,
): Promise<Authenticated | undefined> {
  try {
    return await door(headers.authorization, ip);
  } catch (error) {
    if (error instanceof GraphQLError) {
      withRetryAfter(response.status(429), error).json({ errors: [formatError(error)] });
      return undefined;
    }
    if (!(error instanceof Unauthenticated)) throw error;
    refuse(response.set("WWW-Authenticate", "Bearer"), 401, "UNAUTHENTICATED", error.message);
    return undefined;
  }
}

function refuse(response: Response, status: number, code: ErrorCode, message: string): void {
  response.status(status).json({ errors: [publicError(code, message).toJSON()] });
}
