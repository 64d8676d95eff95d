/**
 * Ends the process with this code, whatever its threads do. Node waits for each of them when it exits, and one that waits for a disk that does
 * not answer would keep the process for ever: another program takes its place, which only ends with the code. Windows knows no such thing;
 * there the process ends itself the hard way.
 */
export function exitSurely(code: number): never {
  process.once("exit", (last) => {
    const final = Number(process.exitCode ?? last);
    // What listens for the end was told before.
    if (process.platform === "win32") process.kill(process.pid, "SIGKILL");
    else process.execve?.(process.execPath, [process.execPath, "-e", `process.exit(${final})`], {});
  });
  process.exit(code);
}
