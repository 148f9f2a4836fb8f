import type { RequestHandler } from "express";
import type { HttpServices } from "./services.js";

const patienceMs = 2_000;

/** GET /healthz: the process answers. */
export const healthz: RequestHandler = (_request, response) => {
  response.json({ status: "ok" });
};

/** GET /readyz: it can do its work: it has started (so the migrations are applied), is not stopping, and reaches its database. */
export function readyz({ database, log }: HttpServices, isReady: () => boolean): RequestHandler {
  return async (_request, response) => {
    if (!isReady()) {
      response.status(503).json({ status: "starting or stopping" });
      return;
    }
    try {
      await answeredInTime(database.pool.query("SELECT 1"));
      response.json({ status: "ready" });
    } catch (error) {
      log.warn({ err: error }, "The database does not answer.");
      response.status(503).json({ status: "the database does not answer" });
    }
  };
}

async function answeredInTime(answer: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${patienceMs} ms.`)), patienceMs);
  });
  try {
    await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
