import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { randomToken } from "../foundation/ids.js";
import type { DemoParts } from "../foundation/settings.js";

/** What a demo made for itself at its first start, and keeps. */
export type DemoSecrets = z.infer<typeof secretsFile>;

const secretsFile = z.object({
  encryptionKey: z.base64(),
  authSecret: z.string().min(32),
  clientId: z.string(),
  clientSecret: z.string(),
  webhookVerifierToken: z.string(),
  controlToken: z.string(),
});

/** The demo's own secrets: read from the file, or made and kept there for the owner's eyes alone. */
export function demoSecrets(path: string): DemoSecrets {
  try {
    return secretsFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw new Error(`${path} cannot be read as the demo's secrets. Remove the data folder to begin anew.`, {
        cause: error,
      });
    }
  }
  const made: DemoSecrets = {
    encryptionKey: randomBytes(32).toString("base64"),
    authSecret: randomToken(),
    clientId: `demo-${randomToken(12)}`,
    clientSecret: randomToken(),
    webhookVerifierToken: randomToken(),
    controlToken: randomToken(),
  };
  mkdirSync(dirname(path), { recursive: true });
  // Written beside and moved into place: a start that is cut short leaves no half a file.
  writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return made;
}

/** The settings that the secrets and the running simulator stand for. */
export function demoParts(
  secrets: DemoSecrets,
  simulator: { readonly discoveryUrl: string; readonly apiBaseUrl: string },
): DemoParts {
  return {
    quickbooks: {
      clientId: secrets.clientId,
      clientSecret: secrets.clientSecret,
      discoveryDocument: simulator.discoveryUrl,
      apiBaseUrl: simulator.apiBaseUrl,
      webhookVerifierTokens: [secrets.webhookVerifierToken],
    },
    encryptionKeys: [{ id: "demo", key: Buffer.from(secrets.encryptionKey, "base64") }],
    auth: { secret: secrets.authSecret, autoProvision: "none" },
  };
}
