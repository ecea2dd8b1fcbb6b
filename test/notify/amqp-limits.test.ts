import * as assert from "uvu/assert";
import { limitBodies } from "../../src/notify/amqp-limits.ts";
import { describe, notRun } from "../describe.ts";
import { rabbitmq, rabbitmqTrouble } from "../real/rabbitmq.ts";
import { until } from "../workplace.ts";

const trouble = await rabbitmqTrouble();
if (trouble === undefined) {
  describe("limits of the AMQP client", (it) => {
    it("let no body into memory that is larger than wanted, and harm no other", async () => {
      const broker = await rabbitmq();
      const lengths: number[] = [];
      await broker.withChannel(async (channel) => {
        limitBodies(channel, 10_000);
        const queue = "l.bodies";
        await channel.queueDeclare({ queue });
        await channel.basicConsume({ queue, noAck: true }, ({ body }) => lengths.push((body as Buffer).length));
        // Of one frame, of two, of hundreds, and of none.
        await broker.put(queue, ...[100, 10_000, 10_001, 4_000_000, 0, 9000].map((size) => Buffer.alloc(size)));
        await until("all have come", () => lengths.length === 6);
        await channel.queueDelete(queue);
      });
      assert.equal(lengths, [100, 10_000, 0, 0, 0, 9000]);
    });
  });
} else notRun("limits of the AMQP client", trouble);
