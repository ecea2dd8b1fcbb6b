/**
 * Starts counting the processor time of this process: what only calculates takes as long on a machine that has other things to
 * do.
 *
 * @returns what gives the milliseconds since then
 */
export function startCpuWatch(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}
