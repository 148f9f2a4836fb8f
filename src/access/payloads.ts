import { atLeast, type Role } from "./actor.js";

/**
 * The one rule for payloads, wherever they appear: data in the form in which it came from QuickBooks or goes there, beyond what the
 * types of the schema show. That is raw records and their versions, what could not be taken in, samples, differences that a preview
 * lists, values of edits and conflicts as data, webhook notices, exports. What is generated from the schema
 * (`test/schema/payloads.test.ts`) proves it of every field that holds one.
 */
export function maySeePayloads(actor: { readonly role: Role }): boolean {
  return atLeast(actor, "OPERATOR");
}
