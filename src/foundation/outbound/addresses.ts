import { BlockList, isIP, isIPv4 } from "node:net";

/** What the IANA registries of special addresses leave to no public host: private, shared, loopback, link-local (and with it metadata), tests, multicast. */
const specialV4: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Of what is given out at all (2000::/3), what leads elsewhere: to an IPv4 address inside it, or to nobody. */
const specialV6: readonly (readonly [network: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const loopback = listOf([["127.0.0.0", 8]], [["::1", 128]]);
const special = listOf(specialV4, specialV6);
const givenOut = listOf([], [["2000::", 3]]);

function listOf(v4: typeof specialV4, v6: typeof specialV6): BlockList {
  const list = new BlockList();
  for (const [network, bits] of v4) list.addSubnet(network, bits, "ipv4");
  for (const [network, bits] of v6) list.addSubnet(network, bits, "ipv6");
  return list;
}

/** Whether an IP address is one of the public internet. A text that is no plain address is not. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4");
  return isPlain(address) && givenOut.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** Whether an IP address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  return isPlain(address) && loopback.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** Without the zone that an IPv6 address may name. */
const isPlain = (address: string): boolean => isIP(address) !== 0 && !address.includes("%");
