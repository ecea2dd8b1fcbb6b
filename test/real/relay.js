/**
 * Runs in a network of its own and lets the tests in: a connection to the socket says a port in its first line and is then
 * a connection to that port on the loopback interface in there.
 */
import { connect, createServer } from "node:net";

const [socket = ""] = process.argv.slice(2);

createServer((outside) => {
  let line = "";
  const readPort = (chunk) => {
    line += chunk.toString("latin1");
    const end = line.indexOf("\n");
    if (end < 0) return;
    outside.off("data", readPort);
    outside.pause();
    const inside = connect(Number(line.slice(0, end)), "127.0.0.1", () => {
      inside.write(Buffer.from(line.slice(end + 1), "latin1"));
      outside.pipe(inside).pipe(outside);
    });
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
  };
  outside.on("data", readPort);
  outside.on("error", () => outside.destroy());
}).listen(socket);

// Nobody is left to let in.
process.stdin.on("end", () => process.exit()).resume();
