import { z } from "zod";

/** Something the caller of the control API got wrong. */
export class ControlRefused extends Error {
  override readonly name = "ControlRefused";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reads a body of JSON. Throws {@link ControlRefused} that names what is wrong with it. */
export function read<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ControlRefused(400, "The body is not JSON.");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ControlRefused(400, z.prettifyError(parsed.error));
  return parsed.data;
}
