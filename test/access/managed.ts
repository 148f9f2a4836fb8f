import { z } from "zod";
import type { AuditEntry } from "../../src/generated/prisma/client.js";
import { dataOf } from "../http/client.js";
import type { Firm, Gateway } from "../http/gateway.js";

/** A firm whose people and keys are managed, as its ADMIN sees it. */
export interface Managed {
  readonly firm: Firm;
  /** The ADMIN's token. */
  readonly admin: string;
  /** What a mutation answers, by its name; sent by the ADMIN, unless another token is given. */
  change(name: string, input: object, selection: string, token?: string): Promise<unknown>;
  /** A key for "Nightly", with the role of OPERATOR. */
  createKey(input?: object, token?: string): Promise<z.output<typeof madeKey>>;
  audited(action: string): Promise<readonly AuditEntry[]>;
}

const madeKey = z.object({ key: z.string(), apiKey: z.object({ id: z.string(), start: z.string() }) });

export const viewer = "{ viewer { kind name role } }";

export function globalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString("base64url");
}

export async function managedFirm(gateway: Gateway): Promise<Managed> {
  const firm = await gateway.newFirm();
  const admin = await firm.token("ADMIN");
  const change: Managed["change"] = async (name, input, selection, token = admin) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { field code message } } }`;
    return (await dataOf(gateway, query, { token, variables: { input } }))[name];
  };
  return {
    firm,
    admin,
    change,
    async createKey(input = {}, token = admin) {
      const asked = { name: "Nightly", role: "OPERATOR", ...input };
      return madeKey.parse(await change("createApiKey", asked, "key apiKey { id start }", token));
    },
    audited: (action) =>
      gateway.database.prisma.auditEntry.findMany({ where: { organizationId: firm.organizationId, action } }),
  };
}
