import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A path inside the project, wherever the program was started from and whether it runs from sources or from `dist/`. */
export function projectPath(...parts: readonly string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`No package.json above ${import.meta.url}. Run the gateway from its project folder.`);
    folder = parent;
  }
  return join(folder, ...parts);
}
