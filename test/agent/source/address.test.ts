import * as assert from "uvu/assert";
import { bareHost, isLoopback, isPrivateAddress } from "../../../src/agent/source/address.ts";
import { describe } from "../../describe.ts";

/** Each is written in ways that only look different. */
const PRIVATE = [
  "0.0.0.0",
  "10.1.2.3",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.168.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::2",
  "0:0:0:0:0:0:0:1",
  "fd00:ec2::254",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "::ffff:10.0.0.1",
  "::ffff:a9fe:a9fe",
  "::ffff:168.63.129.16",
  "::127.0.0.1",
  "64:ff9b::169.254.169.254",
  "64:ff9b:1::808:808",
  "2002:a9fe:a9fe::1",
];
const PUBLIC = [
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "169.253.255.255",
  "172.15.255.255",
  "172.32.0.0",
  "192.0.1.0",
  "192.167.255.255",
  "223.255.255.255",
  "2606:4700:4700::1111",
  "fbff::1",
  "::ffff:1.1.1.1",
  "64:ff9b::1.1.1.1",
  "2002:101:101::1",
];

describe("agent/source/address", (it) => {
  it("knows what is private, also inside of IPv6 addresses", () => {
    assert.equal(
      PRIVATE.filter((address) => !isPrivateAddress(address)),
      [],
    );
    assert.equal(PUBLIC.filter(isPrivateAddress), []);
  });

  it("knows the same of hosts of URLs, which may write an address in odd ways", () => {
    const host = (text: string): string => new URL(`http://${text}/`).hostname;
    const odd = [
      "0x7f.1",
      "2130706433",
      "0177.0.0.1",
      "127.1",
      "[::ffff:7f00:1]",
      "[::1]",
      "0xa9fea9fe",
      "１２７.0.0.1",
    ];
    assert.equal(
      odd.filter((text) => !isPrivateAddress(host(text))),
      [],
    );
    assert.equal(["example.com", "10.example.com", "", "localhost"].filter(isPrivateAddress), []);
  });

  it("knows loopback by name and by address", () => {
    const hosts = ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "[::1]", "::ffff:127.0.0.1"];
    assert.equal(
      hosts.filter((host) => !isLoopback(host)),
      [],
    );
    const others = ["localhost.example.com", "notlocalhost", "127.example.com", "128.0.0.1", "::", "10.0.0.1"];
    assert.equal(others.filter(isLoopback), []);
  });

  it("takes from a host what does not belong to its name", () => {
    assert.equal(["[FE80::1]", "fe80::1%eth0", "Example.COM.", "[::1]"].map(bareHost), [
      "fe80::1",
      "fe80::1",
      "example.com",
      "::1",
    ]);
  });
});
