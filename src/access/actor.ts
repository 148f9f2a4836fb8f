import type { Reach } from "./reach.js";

/** From the least to the most: VIEWER reads, OPERATOR also syncs and edits, ADMIN also decides and manages. */
export const roles = ["VIEWER", "OPERATOR", "ADMIN"] as const;
export type Role = (typeof roles)[number];

export function isRole(text: string): text is Role {
  return roles.some((role) => role === text);
}

/** Who acts in an organization: a person, or a program with an API key. */
export interface Actor extends Reach {
  readonly kind: "MEMBER" | "API_KEY";
  /** The member's, or the key's. */
  readonly id: string;
  readonly role: Role;
  readonly name: string;
  /** What the log calls the request by which they act. */
  readonly requestId?: string | undefined;
}

/** The gateway itself, or an operator at its command line. */
export interface SystemActor {
  readonly kind: "SYSTEM";
  readonly name: string;
}

export function atLeast({ role }: { readonly role: Role }, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

export function lowerRole(one: Role, other: Role): Role {
  return atLeast({ role: one }, other) ? other : one;
}

/** Managing members and keys is for people: a key that could make keys would outlive its own end. */
export function mayManageAccess(actor: Actor): boolean {
  return atLeast(actor, "ADMIN") && actor.kind === "MEMBER";
}
