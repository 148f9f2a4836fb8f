import { pino, stdTimeFunctions, type DestinationStream, type Logger, type LoggerOptions } from "pino";
import { redactForLog, redactText } from "./redaction.js";

export type Log = Logger;

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

interface LogOptions {
  readonly level: LogLevel;
  /** Where the lines go; standard output if left out. */
  readonly destination?: DestinationStream;
}

/**
 * A log of JSON lines. Secrets are left out by name at any depth, and by their shape in every text; errors are cut down to what
 * every error has.
 */
export function createLog({ level, destination }: LogOptions): Log {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // The formatter has done it by then; pino's own serializer would print an error's own properties.
    serializers: { err: (error: unknown) => error },
    formatters: {
      level: (label) => ({ level: label }),
      log: redactForLog,
    },
    // Messages and the bindings of child logs do not pass the formatter.
    hooks: { streamWrite: redactText },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
