import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** From the roof to the ground: a room imports from its own floor and from those below. */
const floors = [
  ["server"],
  ["http"],
  ["schema"],
  ["sync"],
  ["plugins", "quickbooks", "access"],
  ["foundation"],
  ["generated"],
];
/** type-graphql's own word for the elements of a list. */
const libraryWord = 'nullable: "items"';
const entity = /\b(customer|account|item|invoice|payment)s?\b/i;

function sourcesUnder(folder: string): readonly string[] {
  const place = join(project, folder);
  if (!existsSync(place)) return [];
  const files = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file));
  return files.map((file) => join(folder, file)).filter((file) => !file.startsWith("src/generated/"));
}

/** The project's files that a file imports, by their paths in the project. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(project, file), "utf8");
  const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)"(\.{1,2}\/[^"]+)"/g)].map(([, path = ""]) => path);
  return found.map((path) => relative(project, resolve(project, dirname(file), path)).replace(/\.js$/, ".ts"));
}

/** The room a file belongs to; whatever lies in `src` itself, the demo and the command line, wires things together: the server's floor. */
function roomOf(file: string): string {
  const [, room = "", ...rest] = file.split("/");
  return rest.length === 0 || room.startsWith("demo") || room === "cli" ? "server" : room;
}

function floorOf(file: string): number {
  return floors.findIndex((rooms) => rooms.includes(roomOf(file)));
}

const isContract = (file: string): boolean => /^src\/plugins\/[^/]+\.ts$/.test(file) && file !== "src/plugins/index.ts";
const pluginOf = (file: string): string | undefined => /^src\/plugins\/([^/]+)\//.exec(file)?.[1];

function mayImport(file: string, imported: string): boolean {
  if (!imported.startsWith("src/")) return imported === "package.json";
  const plugin = pluginOf(file);
  if (plugin !== undefined)
    return pluginOf(imported) === plugin || isContract(imported) || imported === "src/foundation/scalars.ts";
  if (file === "src/plugins/index.ts") return pluginOf(imported) !== undefined;
  if (imported === "src/plugins/index.ts") return file === "src/gateway.ts";
  if (pluginOf(imported) !== undefined) return false;
  if (isContract(file)) return isContract(imported) || roomOf(imported) === "foundation";
  return floorOf(file) <= floorOf(imported);
}

const sources = sourcesUnder("src");

describe("the house", () => {
  test("every file of src lies on a floor", () => {
    expect(sources.filter((file) => floorOf(file) === -1)).toEqual([]);
  });

  test("a room imports from its own floor and from those below; a plugin knows the contract and the scalars alone", () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((imported) => !mayImport(file, imported))
        .map((imported) => `${file} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  test("the gateway and the simulator import nothing from each other", () => {
    const crossing = [...sources, ...sourcesUnder("simulator")].flatMap((file) => {
      const other = file.startsWith("src/") ? "simulator/" : "src/";
      return importsOf(file)
        .filter((imported) => imported.startsWith(other))
        .map((imported) => `${file} imports ${imported}`);
    });
    expect(crossing).toEqual([]);
  });

  test("every plugin's folder is registered", () => {
    const index = "src/plugins/index.ts";
    if (!existsSync(join(project, index))) return;
    const folders = readdirSync(join(project, "src/plugins"), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(importsOf(index).map(pluginOf).sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  test("no entity's name stands as a word of its own outside its plugin", () => {
    const neutral = sources.filter(
      (file) =>
        /^src\/(server|gateway)\.ts$/.test(file) ||
        /^src\/(sync|schema|quickbooks|http|access|foundation)\//.test(file),
    );
    const named = neutral.flatMap((file) => {
      const lines = readFileSync(join(project, file), "utf8").split("\n");
      return lines.flatMap((line, index) =>
        entity.test(line.replace(libraryWord, "")) ? [`${file}:${String(index + 1)} ${line.trim()}`] : [],
      );
    });
    expect(named).toEqual([]);
  });
});

describe("the rules themselves", () => {
  test.each([
    ["src/schema/context.ts", "src/sync/runs.ts", true],
    ["src/sync/runs.ts", "src/schema/context.ts", false],
    ["src/sync/engine.ts", "src/plugins/plugin.ts", true],
    ["src/sync/engine.ts", "src/plugins/index.ts", false],
    ["src/gateway.ts", "src/plugins/index.ts", true],
    ["src/sync/engine.ts", "src/plugins/customer/type.ts", false],
    ["src/plugins/customer/index.ts", "src/plugins/plugin.ts", true],
    ["src/plugins/customer/index.ts", "src/plugins/item/type.ts", false],
    ["src/plugins/customer/index.ts", "src/foundation/database/database.ts", false],
    ["src/plugins/plugin.ts", "src/quickbooks/client.ts", false],
    ["src/quickbooks/client.ts", "src/sync/engine.ts", false],
    ["src/access/actor.ts", "src/foundation/ids.ts", true],
    ["src/foundation/ids.ts", "src/access/actor.ts", false],
    ["src/demo/start.ts", "src/http/app.ts", true],
    ["src/http/app.ts", "src/demo/start.ts", false],
    ["src/cli.ts", "src/access/actor.ts", true],
    ["src/server.ts", "simulator/main.ts", false],
  ])("%s importing %s: %s", (file, imported, allowed) => {
    expect(mayImport(file, imported)).toBe(allowed);
  });

  test.each([
    ["the Invoices", true],
    ["ACCOUNT", true],
    ["intuitaccountid", false],
    ["lineItems", false],
    ["sales_item", false],
  ])("%s names an entity: %s", (text, names) => {
    expect(entity.test(text)).toBe(names);
  });
});
