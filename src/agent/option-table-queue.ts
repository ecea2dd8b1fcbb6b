/** The options of `run` about a queue. */
import type { Option } from "./option-table.ts";

export const QUEUE_OPTIONS = [
  {
    name: "broker",
    topic: "How it runs",
    value: "URL",
    only: ["run"],
    text: "amqp://… or amqps://host/vhost of a RabbitMQ: each message in this host's queue brings the next run forward",
  },
  {
    name: "queue",
    topic: "How it runs",
    value: "NAME",
    only: ["run"],
    fallback: "promgen-gen.<host name>",
    text: "the queue of this host, as promgen-gen servers lists it",
  },
  {
    name: "broker-credentials",
    topic: "How it runs",
    value: "basic:FILE",
    only: ["run"],
    text: "a file with user:password for the broker, read again at every attempt; default: guest",
  },
  {
    name: "broker-ca",
    topic: "How it runs",
    value: "FILE",
    only: ["run"],
    text: "PEM of authorities to trust for the broker, besides the usual ones",
  },
] as const satisfies readonly Option[];
