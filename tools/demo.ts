/** The newcomer's first look: the example suite on four local workers, one of which is killed half-way. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { countProgress, runCommand, startProgress, applyEvent, resolveConfiguration } from "shardwright";

const directory = join(import.meta.dirname, "..", "examples", "storefront");
const workers = 4;

const suites = ["catalog", "checkout", "contracts"];
const python = findPython();
if (python === undefined)
  console.log("pytest is not installed here, so the Python suite (forecast) stays out. `pip install pytest` brings it in.");
else suites.splice(2, 0, "forecast");

console.log(
  `Running ${suites.length} suites of examples/storefront on ${workers} local workers; half-way, one of them will be killed.\n`,
);
const configuration = await resolveConfiguration({
  command: "run",
  flags: { suite: suites, workers: String(workers), workerProcesses: true },
  environment: process.env,
  directory,
});

const progress = startProgress();
let killed = false;
process.exitCode = await runCommand(
  configuration,
  {
    environment: process.env,
    directory,
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (code) => {
      process.exitCode = code;
    },
  },
  (event, local, view) => {
    applyEvent(progress, event);
    if (killed || local === undefined || event.type !== "attempt" || countProgress(progress).done < progress.total / 2) return;
    const victim = [...local.processes].find(([name]) => (progress.workers.get(name)?.length ?? 0) > 0);
    if (victim === undefined) return;
    killed = true;
    const [name, child] = victim;
    view.say(`Half-way: this demonstration now kills the worker ${name} (kill -9 ${child.pid}) in the middle of its test.`);
    child.kill("SIGKILL");
  },
);
const report = join("examples", "storefront", "shardwright-report", "report.html");
if (existsSync(join(import.meta.dirname, "..", report)))
  console.log(`\nOpen ${report} in a browser to see who ran what, and when.`);

function findPython(): string | undefined {
  return ["python3", "python"].find((command) => spawnSync(command, ["-c", "import pytest"], { stdio: "ignore" }).status === 0);
}
