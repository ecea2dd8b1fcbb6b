/** The five minutes of docs/agent.md, word for word, in a network that holds nothing but its loopback interface. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe, notRun } from "../describe.ts";
import { withExample } from "../example.ts";
import { fencesOf } from "../markdown.ts";
import { isInstalled, ROOT, run } from "../workplace.ts";
import { networkTrouble } from "./network.ts";

/** What the walk says to do when something has changed, and what is looked at afterwards. */
const CHANGE = `
sed -i 's/web\\[001-040\\]/web[001-041]/' targets/farms/web.yml
git add --all && GIT_COMMITTER_DATE='2026-01-03T00:00:00Z' git commit --quiet --message 'Add a host' || exit 1
npx promgen-gen build && pull 1 && pull 2 || exit 1
`;
const LOOK = `
for host in 1 2; do
  echo "host$host $(sha256sum <"/tmp/host$host/promgen/targets.json" | cut -c1-64)"
  curl -s "http://127.0.0.1:909$host/metrics" | awk '/^prometheus_sd_file_mtime_seconds/ { printf "read %d\\n", $2 }'
  stat -c 'mtime %Y' "/tmp/host$host/promgen/targets.json"
done
`;

const trouble =
  (await networkTrouble()) ??
  ((await isInstalled("prometheus")) && (await isInstalled("python3")) && (await isInstalled("curl"))
    ? undefined
    : "prometheus, python3 or curl is not installed");
if (trouble === undefined) {
  describe("the walk of docs/agent.md", (it) => {
    it("brings a change to two servers, and both prove it", async () => {
      const page = await readFile(join(ROOT, "docs/agent.md"), "utf8");
      const start = page.indexOf("## Five minutes");
      const blocks = fencesOf(page.slice(start, page.indexOf("\n## ", start + 1))).filter(
        ({ language }) => language === "sh",
      );
      assert.is(blocks.length, 2);
      const [walk = "", questions = ""] = blocks.map(({ text }) => text);

      await withExample(async ({ directory, checkout, PATH }) => {
        const script = [
          "trap 'kill $(jobs -p)' EXIT",
          walk.replace(
            "pull 1 &&",
            "until curl -sf --fail-early http://127.0.0.1:8000/ http://127.0.0.1:9091/-/ready http://127.0.0.1:9092/-/ready >/dev/null; do sleep 0.2; done\npull 1 &&",
          ),
          LOOK,
          CHANGE,
          LOOK,
          questions,
        ].join("\n");
        const inside = [
          "unshare",
          "-rn",
          "bash",
          "-c",
          `ip link set lo up\n${script.replaceAll("/tmp/host", `${directory}/host`)}`,
        ];
        const { exit, stdout, stderr } = await run(checkout, inside, { PATH });
        assert.is(exit, 0, stdout + stderr);

        const confirmed = stderr.match(/ confirmed http:\/\/127\.0\.0\.1:909[12] has it/g);
        assert.is(confirmed?.length, 4, stderr);
        const digests = [...stdout.matchAll(/^host(\d) ([0-9a-f]{64})$/gm)].map(([, , digest]) => digest);
        assert.is(digests.length, 4, stdout);
        assert.is(digests[0], digests[1]);
        assert.is(digests[2], digests[3]);
        assert.is.not(digests[0], digests[2]);
        const pairs = [...stdout.matchAll(/^read (\d+)\nmtime (\d+)$/gm)];
        assert.is(pairs.length, 4, stdout);
        for (const [, read, mtime] of pairs) assert.is(read, mtime);
        assert.match(stdout, /prometheus +http:\/\/127\.0\.0\.1:9091 confirmed/);
        // A server that has not yet passed the targets on to its scraper is worth a warning.
        assert.match(stdout, /^(?:all is well|0 troubles, \d warnings?)$/m, stdout + stderr);
      });
    });
  });
} else notRun("the walk of docs/agent.md", trouble);
