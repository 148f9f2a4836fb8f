import { register } from "tsx/esm/api";

/** Jest compiles test files, but loads this one as it is: tsx lets it import TypeScript. */
export default async function setup() {
  const unregister = register();
  const { startDatabaseServer } = await import("./database-server.ts");
  globalThis.testDatabaseServer = await startDatabaseServer();
  process.env.TEST_DATABASE_SERVER = globalThis.testDatabaseServer.url;
  await unregister();
}
