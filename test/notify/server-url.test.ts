import * as assert from "uvu/assert";
import { serverAddresses } from "../../src/notify/server-url.ts";
import { describe } from "../describe.ts";
import { refusalOf } from "../refusal.ts";

const SERVER = { shard: "東京/a?#", host: "prom1", port: 9091 };

describe("addresses of agents", (it) => {
  it("have host, port and shard in their places", () => {
    const addressOf = serverAddresses("https://{host}:1{port}/agents/{shard}/metrics", "--agents");
    assert.is(addressOf(SERVER).url?.href, "https://prom1:19091/agents/%E6%9D%B1%E4%BA%AC%2Fa%3F%23/metrics");
    assert.is(addressOf({ ...SERVER, host: "2001:db8::7" }).url?.host, "[2001:db8::7]:19091");
    assert.is(serverAddresses("http://{host}.example.com/", "--agents")(SERVER).url?.host, "prom1.example.com");
  });

  it("are none where they cannot be, one by one", () => {
    const addressOf = serverAddresses("http://{host}:1{port}/-/sync", "--webhook");
    assert.equal(addressOf({ ...SERVER, port: 60_000 }), { text: "http://prom1:160000/-/sync", url: undefined });
    assert.is(addressOf(SERVER).url?.port, "19091");
  });

  const wrong: readonly (readonly [pattern: string, said: RegExp])[] = [
    ["", /without \{host\}/],
    ["http://prom1:9914/metrics", /without \{host\}: all servers/],
    ["{host}:9914/metrics", /no address/],
    ["ftp://{host}/", /no address/],
    ["file:///{host}", /no address/],
    ["http://x/{host}", /elsewhere/],
    ["http://{host}:{portt}/", /`\{portt\}`, which stands for nothing/],
    ["http://{host}:{constructor}/", /stands for nothing/],
    ["http://u:c4n4ry@{host}/", /credentials/],
    ["http://c4n4ry@{host}/", /credentials/],
  ];
  for (const [pattern, said] of wrong)
    it(`are not ${JSON.stringify(pattern)}`, async () => {
      const { message, hint } = await refusalOf(() => serverAddresses(pattern, "--agents"));
      assert.match(message, said);
      assert.match(message, /^--agents /);
      assert.ok(hint);
      assert.not.match(`${message} ${hint}`, "c4n4ry");
    });
});
