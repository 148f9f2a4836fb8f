import { lookup, type LookupAddress } from "node:dns";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isLoopbackAddress, isPublic } from "./addresses.js";

/** Finds all addresses of a host. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface OutboundPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Whether the host may be this machine, and is then reached without TLS too: where a simulator stands for QuickBooks. */
  readonly isLoopbackAllowed: boolean;
  readonly signal?: AbortSignal;
  readonly resolve?: Resolve;
  /** Certificates, as PEM, of the authorities that may have signed the host's; by default those that Node knows. */
  readonly authorities?: string;
}

/** The host must not be reached: its address is no public one, or it would be reached without TLS. Nothing was sent. */
export class ForbiddenHost extends Error {
  override readonly name = "ForbiddenHost";
}

/**
 * Sends a text to an address that somebody configured, and gives the status of the answer, of which nothing else is read. What the name
 * resolves to is looked at where the connection is made, and that very address is connected to: a name that resolves to another one
 * the next time gains nothing. Over https the host is asked for by that name, and has to show a certificate of it. No redirect is followed. Rejects with ForbiddenHost, or with what the connection or the timeout rejects with.
 */
export async function postOutbound(post: OutboundPost): Promise<number> {
  const { url, headers, body, timeoutMs, isLoopbackAllowed, signal, resolve = resolveByDns, authorities } = post;
  const check = ({ address }: LookupAddress): void => {
    const isOwn = isLoopbackAllowed && isLoopbackAddress(address);
    if (isOwn || (isPublic(address) && url.protocol === "https:")) return;
    throw new ForbiddenHost("The host is not reached by https at a public address: nothing is sent there.");
  };
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  // For an address that is written out nothing is looked up.
  if (isIP(literal) !== 0) check({ address: literal, family: isIP(literal) });
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  const time = AbortSignal.timeout(timeoutMs);
  return new Promise((fulfil, reject) => {
    const sent = request(url, {
      method: "POST",
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
      agent: false,
      lookup: checkedLookup(resolve, check),
      ...(authorities !== undefined && { ca: authorities }),
      signal: signal === undefined ? time : AbortSignal.any([signal, time]),
    });
    sent.on("response", (response) => {
      fulfil(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Every address of the name must be fit, for any of them may be tried. */
function checkedLookup(resolve: Resolve, check: (address: LookupAddress) => void): LookupFunction {
  return (host, { all = false }, done) => {
    resolve(host)
      .then((addresses) => {
        for (const address of addresses) check(address);
        const [first] = addresses;
        if (first === undefined) throw new ForbiddenHost("The host has no address.");
        if (all) done(null, [...addresses]);
        else done(null, first.address, first.family);
      })
      .catch((error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)), "");
      });
  };
}

const resolveByDns: Resolve = (host) =>
  new Promise((fulfil, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error === null) fulfil(addresses);
      else reject(error);
    });
  });
