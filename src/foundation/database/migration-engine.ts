import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import type * as Engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { MigrationAdapter } from "./migration-adapter.js";

/** A Prisma schema file: its path and its text. */
export type SchemaFile = readonly [path: string, content: string];

/** Prisma's migration engine in WebAssembly: the rules and the table of `prisma migrate`, without its native program. */
export async function withEngine<T>(
  url: string,
  schema: readonly SchemaFile[],
  use: (engine: Engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  const { SchemaEngine } = await loadEngine();
  const adapter = new MigrationAdapter(url);
  const datamodels = schema.map(([path, content]): [string, string] => [path, content]);
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter));
  try {
    return await use(engine);
  } catch (error) {
    // The engine tells an error of the database as a number.
    throw adapter.scriptError ?? error;
  } finally {
    engine.free();
    await adapter.close();
  }
}

/** The part of the platform's WebAssembly used here; Node's types leave it to the DOM library. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>;
};

/** Once for the process: a second instance would take the timers and finalisers of the first for its own. */
const loadEngine = once(instantiate);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

async function instantiate(): Promise<typeof Engine> {
  reportPanics();
  const module = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const binary = await readFile(module.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(binary, { "./schema_engine_bg.js": withIdleTimers(glue) });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return glue;
}

/** The engine looks for this object when it panics; without it the reason is lost behind a TypeError. */
function reportPanics(): void {
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message(message: string): never {
        throw new Error(`The migration engine failed: ${message}`);
      },
    },
  });
}

/** The engine arms a ten-second lock timeout and never clears it: it must not keep the process alive. */
function withIdleTimers(glue: object): object {
  return Object.fromEntries(
    Object.entries(glue).map(([name, value]: [string, unknown]) =>
      name.startsWith("__wbg_setTimeout_") && typeof value === "function"
        ? [name, (...args: unknown[]): unknown => idle(Reflect.apply(value, undefined, args))]
        : [name, value],
    ),
  );
}

function idle(timer: unknown): unknown {
  if (timer instanceof Object && "unref" in timer && typeof timer.unref === "function")
    Reflect.apply(timer.unref, timer, []);
  return timer;
}
