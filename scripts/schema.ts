import { readFileSync, writeFileSync } from "node:fs";
import { lexicographicSortSchema, printSchema } from "graphql";
import * as registry from "../src/plugins/index.js";
import { projectPath } from "../src/foundation/project.js";
import { createSchema } from "../src/schema/index.js";

/** `npm run schema` writes schema.graphql; with `--check` it fails where the file is not what the code says. */
const path = projectPath("schema.graphql");
const schema = await createSchema(Object.values(registry));
const text = `${printSchema(lexicographicSortSchema(schema))}\n`;

if (!process.argv.includes("--check")) {
  writeFileSync(path, text);
} else if (readFileSync(path, "utf8") !== text) {
  console.error("schema.graphql is not what the code says. Run npm run schema, and commit the difference.");
  process.exitCode = 1;
}
