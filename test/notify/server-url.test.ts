import * as assert from "uvu/assert";
import { serverUrls } from "../../src/notify/server-url.ts";
import { describe } from "../describe.ts";
import { refusalOf } from "../refusal.ts";

const SERVER = { shard: "東京/a?#", host: "prom1", port: 9091 };

describe("addresses of agents", (it) => {
  it("have host, port and shard in their places", () => {
    const urlOf = serverUrls("https://{host}:1{port}/agents/{shard}/metrics", "--agents");
    assert.is(urlOf(SERVER).href, "https://prom1:19091/agents/%E6%9D%B1%E4%BA%AC%2Fa%3F%23/metrics");
    assert.is(urlOf({ ...SERVER, host: "2001:db8::7" }).host, "[2001:db8::7]:19091");
    assert.is(serverUrls("http://{host}.example.com/", "--agents")(SERVER).host, "prom1.example.com");
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
      const { message, hint } = await refusalOf(() => serverUrls(pattern, "--agents"));
      assert.match(message, said);
      assert.match(message, /^--agents /);
      assert.ok(hint);
      assert.not.match(`${message} ${hint}`, "c4n4ry");
    });
});
