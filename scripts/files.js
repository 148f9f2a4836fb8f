import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every file under a folder whose name ends so; none where the folder does not exist. */
export function filesUnder(folder, suffix) {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith(suffix))
    .map((file) => join(folder, file));
}

/** When the newest of the files was changed, in milliseconds; 0 where none exists. */
export function newest(files) {
  return Math.max(0, ...files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}
