import { z } from "zod";
import { webhooksSchema } from "./control/webhooks.js";
import { companySchema, limitsSchema } from "./control/schemas.js";
import type { SimulatorOptions } from "./index.js";

/** A setting in the form of JSON, checked by a schema. */
function jsonOf<T>(schema: z.ZodType<T>): z.ZodType<T, string> {
  return z.string().transform((text, context): T => {
    const parsed = parseJson(text);
    const result = schema.safeParse(parsed);
    if (result.success) return result.data;
    context.addIssue({
      code: "custom",
      message: parsed === undefined ? "is not JSON" : z.prettifyError(result.error).replaceAll("\n", " "),
    });
    return z.NEVER;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const flag = z.enum(["0", "1", "false", "true"]).transform((value) => value === "1" || value === "true");
const secret = z.string().min(8, "must have at least 8 characters");

const schema = z.object({
  SIMULATOR_PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port number")
    .transform(Number)
    .exactOptional(),
  SIMULATOR_CLIENT_ID: z.string().min(1).exactOptional(),
  SIMULATOR_CLIENT_SECRET: secret.exactOptional(),
  SIMULATOR_CONTROL_TOKEN: secret.exactOptional(),
  SIMULATOR_COMPANIES: jsonOf(z.array(companySchema)).exactOptional(),
  SIMULATOR_LIMITS: z.union([z.literal("off"), jsonOf(limitsSchema)]).exactOptional(),
  SIMULATOR_AUTO_CONSENT: flag.exactOptional(),
  SIMULATOR_WEBHOOKS: jsonOf(webhooksSchema).exactOptional(),
  SIMULATOR_STATE: z.string().min(1).exactOptional(),
  SIMULATOR_EXIT_WITH_PARENT: flag.exactOptional(),
});

export interface Settings {
  readonly options: SimulatorOptions;
  /** Whether to end when standard input closes. */
  readonly exitWithParent: boolean;
}

/** The company there is when none is asked for. */
const demoCompany = { realmId: "9130347798120001", seed: "demo", size: 400 };

/** Reads the settings of the program from the environment. Throws an error that names every wrong one. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`The simulator's settings are wrong. ${problems.join("; ")}.`);
  }
  const { data } = parsed;
  return {
    options: {
      companies: data.SIMULATOR_COMPANIES ?? [demoCompany],
      ...(data.SIMULATOR_PORT === undefined ? {} : { port: data.SIMULATOR_PORT }),
      ...(data.SIMULATOR_CLIENT_ID === undefined ? {} : { clientId: data.SIMULATOR_CLIENT_ID }),
      ...(data.SIMULATOR_CLIENT_SECRET === undefined ? {} : { clientSecret: data.SIMULATOR_CLIENT_SECRET }),
      ...(data.SIMULATOR_CONTROL_TOKEN === undefined ? {} : { controlToken: data.SIMULATOR_CONTROL_TOKEN }),
      ...(data.SIMULATOR_LIMITS === undefined ? {} : { limits: data.SIMULATOR_LIMITS }),
      ...(data.SIMULATOR_AUTO_CONSENT === undefined ? {} : { autoConsent: data.SIMULATOR_AUTO_CONSENT }),
      ...(data.SIMULATOR_WEBHOOKS === undefined ? {} : { webhooks: data.SIMULATOR_WEBHOOKS }),
      ...(data.SIMULATOR_STATE === undefined ? {} : { statePath: data.SIMULATOR_STATE }),
    },
    exitWithParent: data.SIMULATOR_EXIT_WITH_PARENT ?? false,
  };
}
