/**
 * Runs a command. Each is evaluated only when it runs.
 */
import type { ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Command } from "./arguments.ts";
import type { Task } from "./second-thread.ts";

/** Throws EnvironmentError where it cannot go on. */
export async function runCommand(command: Command, io: Io): Promise<ExitCode> {
  switch (command.verb) {
    case "validate": {
      const { validate } = await import("./validate.ts");
      return await validate(io, command.paths, command.options);
    }
    case "build": {
      const { build } = await import("./build.ts");
      return await build(io, command.options);
    }
    case "explain": {
      const { explain } = await import("./explain.ts");
      return await explain(io, command.what);
    }
    case "publish": {
      const { publish } = await import("./publish.ts");
      return await publish(io, command.options);
    }
    case "verify": {
      const { verify } = await import("./verify.ts");
      return await verify(io, command.where, command.options);
    }
    case "plan": {
      const { plan } = await import("./plan.ts");
      return await plan(io, command.options);
    }
    case "servers": {
      const { servers } = await import("./servers.ts");
      return await servers(io, command.options);
    }
    case "notify": {
      const { notify } = await import("./notify.ts");
      return await notify(io, command.options);
    }
    case "status": {
      const { status } = await import("./status.ts");
      return await status(io, command.options);
    }
    case "comment": {
      const { comment } = await import("./comment.ts");
      return await comment(io, command.options);
    }
    case "init": {
      const { init } = await import("./init.ts");
      return await init(io, command.options);
    }
  }
}

/** What the second thread runs. */
export async function workForOther(task: Task): Promise<void> {
  const { workForOther } = await import("./second-thread.ts");
  workForOther(task);
}
