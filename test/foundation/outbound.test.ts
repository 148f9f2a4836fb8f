import { expect, test } from "@jest/globals";
import { isLoopbackAddress, isPublic } from "../../src/foundation/outbound/addresses.js";
import { ForbiddenHost, postOutbound, type Resolve } from "../../src/foundation/outbound/post.js";
import { withReceiver } from "../simulator/receiver.js";

test.each([
  ["1.1.1.1", true],
  ["93.184.216.34", true],
  ["172.15.255.255", true],
  ["2606:4700:4700::1111", true],
  ["0.0.0.0", false],
  ["10.1.2.3", false],
  ["100.64.0.1", false],
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["169.254.169.254", false],
  ["172.16.0.1", false],
  ["172.31.255.255", false],
  ["192.168.1.1", false],
  ["198.18.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["64:ff9b::a00:1", false],
  ["2002:7f00:1::", false],
  ["2001:0:7f00:1::", false],
  ["fc00::1", false],
  ["fd00:ec2::254", false],
  ["fe80::1", false],
  ["fe80::1%eth0", false],
  ["ff02::1", false],
  ["2001:db8::1", false],
  ["not an address", false],
])("%s is a public address: %s", (address, expected) => {
  expect(isPublic(address)).toBe(expected);
});

test("loopback addresses are known in every form", () => {
  const own = ["127.0.0.1", "127.9.9.9", "::1"];
  const others = ["10.0.0.1", "::2", "::", "0.0.0.0", "localhost"];
  expect([...own, ...others].filter(isLoopbackAddress)).toEqual(own);
});

const resolveTo =
  (...addresses: readonly string[]): Resolve =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })));

const post = (url: string, more: Partial<Parameters<typeof postOutbound>[0]> = {}) =>
  postOutbound({ url: new URL(url), headers: {}, body: "{}", timeoutMs: 5_000, isLoopbackAllowed: false, ...more });

test.each([
  "https://127.0.0.1/",
  "https://[::1]/",
  "https://[::ffff:127.0.0.1]/",
  "https://2130706433/",
  "https://0x7f.1/",
  "https://169.254.169.254/latest/meta-data",
  "https://10.0.0.1/",
  "http://1.1.1.1/",
])("nothing is sent to %s", async (url) => {
  await expect(post(url)).rejects.toBeInstanceOf(ForbiddenHost);
});

test.each([
  ["private", ["10.0.0.1"]],
  ["loopback", ["127.0.0.1"]],
  ["metadata", ["169.254.169.254"]],
  ["public and private", ["1.1.1.1", "192.168.0.1"]],
  ["no", []],
])("nothing is sent to a name that resolves to %s addresses", async (_what, addresses) => {
  await expect(post("https://alerts.example.com/", { resolve: resolveTo(...addresses) })).rejects.toBeInstanceOf(
    ForbiddenHost,
  );
});

test("a name is resolved once, and what it resolved to then is what is connected to", async () => {
  await withReceiver(async ({ url, received }) => {
    const { port } = new URL(url);
    const answers = ["127.0.0.1", "10.0.0.1"];
    const resolve: Resolve = (host) => resolveTo(answers.shift() ?? "")(host);
    const named = `http://alerts.example.com:${port}/`;
    expect(await post(named, { isLoopbackAllowed: true, resolve })).toBe(200);
    expect(answers).toEqual(["10.0.0.1"]);
    expect(received.map(({ headers }) => headers.host)).toEqual([`alerts.example.com:${port}`]);
    await expect(post(named, { isLoopbackAllowed: true, resolve })).rejects.toBeInstanceOf(ForbiddenHost);
    expect(received).toHaveLength(1);
  });
});

test("where this machine may not be reached, a receiver on it hears nothing", async () => {
  await withReceiver(async ({ url, received }) => {
    await expect(post(url)).rejects.toBeInstanceOf(ForbiddenHost);
    const { port } = new URL(url);
    const resolve = resolveTo("127.0.0.1");
    await expect(post(`https://alerts.example.com:${port}/`, { resolve })).rejects.toBeInstanceOf(ForbiddenHost);
    expect(received).toEqual([]);
  });
});

test("a receiver that does not answer in time is given up", async () => {
  await withReceiver(async (receiver) => {
    receiver.answer = "nothing";
    await expect(post(receiver.url, { isLoopbackAllowed: true, timeoutMs: 200 })).rejects.toThrow();
    expect(receiver.received).toHaveLength(1);
  });
});
