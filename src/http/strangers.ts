import type { Express } from "express";
import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { Buckets, type NowMs } from "../foundation/buckets.js";

/** What somebody does of whom nothing is known but where they come from. */
export type Attempt = "ANONYMOUS" | "AUTHENTICATION" | "CONSENT" | "WEBHOOK";

/**
 * What one address may try: three hundred at once serve an office behind one address, ten a second a page that is opened often. Nobody who
 * tries as often finds a key or a signature.
 */
const rule = { most: 300, perSecond: 10 };

/** Bounds what strangers may do, by the address they come from. For those who are known there are budgets. */
export class Strangers {
  private readonly attempts: Buckets;

  constructor(nowMs?: NowMs) {
    this.attempts = new Buckets(rule, nowMs);
  }

  /** Milliseconds until this may be tried from there; 0 where it may be now. */
  waitMs(attempt: Attempt, address: string | undefined): number {
    return this.attempts.waitMs(nameOf(attempt, address), 1);
  }

  /** Notes that it was tried. */
  note(attempt: Attempt, address: string | undefined): void {
    this.attempts.take(nameOf(attempt, address), 1);
  }
}

/** Who has gone meanwhile has no address any more. */
function nameOf(attempt: Attempt, address = ""): string {
  return `${attempt} ${networkOf(address)}`;
}

const trusting = z.custom<(address: string, hop: number) => boolean>((value) => typeof value === "function");

/** Where the request of an upgrade comes from, which never comes through Express: what its `request.ip` would be, by TRUST_PROXY. */
export function addressReader(app: Express): (request: IncomingMessage) => string {
  const isTrusted = trusting.parse(app.get("trust proxy fn"));
  return ({ socket, headers }) => {
    const forwarded = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    const told = forwarded.map((address) => address.trim()).filter((address) => address !== "");
    const hops = [socket.remoteAddress ?? "", ...told.reverse()];
    return hops.find((address, hop) => !isTrusted(address, hop)) ?? hops.at(-1) ?? "";
  };
}

/** One machine has an address of IPv4, or all those of IPv6 that share their first half. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!plain.includes(":")) return plain;
  const [front = "", back = ""] = plain.split("::");
  const groups = front.split(":");
  const left = back === "" ? 0 : back.split(":").length;
  const zeros = plain.includes("::") ? Array<string>(Math.max(0, 8 - groups.length - left)).fill("0") : [];
  return [...groups, ...zeros, ...back.split(":")]
    .slice(0, 4)
    .map((group) => group || "0")
    .join(":");
}
