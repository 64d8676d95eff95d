import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { agentCommand, type AgentCommand } from "./agent-commands.ts";
import { evaluate, isTrue, withVariables } from "./expressions.ts";
import type { Step } from "./template.ts";
import { environmentOf } from "./variables.ts";

export interface AgentJob {
  readonly steps: readonly Step[];
  /** `System.JobAttempt` and what else the job knows, by the names that pipelines use. */
  readonly variables: Readonly<Record<string, string>>;
  /** Those that scripts are not given unless they are mapped. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Programs that the agent's machine has, before those of this one. */
  readonly path?: string;
}

export interface JobEnd {
  readonly result: "succeeded" | "failed" | "canceled";
  /** What was printed, secrets hidden, commands left out. */
  readonly log: string;
  readonly commands: readonly AgentCommand[];
  /** Sections of the build's page, by their names. */
  readonly summaries: Readonly<Record<string, string>>;
  /** Names of the artifacts that were published. */
  readonly artifacts: readonly string[];
  readonly issues: readonly { readonly type: string; readonly message: string }[];
}

export interface RunningJob {
  readonly ended: Promise<JobEnd>;
  /** What has been printed so far. */
  readonly log: () => string;
  /** As somebody's click does it: the script is told to end; after `patience_ms` all that is left of it is killed. */
  cancel(patience_ms?: number): void;
  /** As when the machine is gone. */
  kill(): void;
}

/** The agent waits so long after its first signal, and its second. */
const usualPatience_ms = 7500 + 2500;

/** Runs the steps of a job as Microsoft's agent does on Linux, where our templates need it. */
export function runAgentJob(job: AgentJob): RunningJob {
  const temp = mkdtempSync(join(tmpdir(), "azure-agent-"));
  const variables = { "Agent.OS": "Linux", "Agent.TempDirectory": temp, ...job.variables };
  const commands: AgentCommand[] = [];
  const summaries: Record<string, string> = {};
  const artifacts: string[] = [];
  const issues: { type: string; message: string }[] = [];
  const hidden = new Set(Object.values(job.secrets));
  let status: JobEnd["result"] = "succeeded";
  let log = "";
  let child: ChildProcess | undefined;
  let killed = false;

  const mask = (line: string) => [...hidden].reduce((text, secret) => text.replaceAll(secret, "***"), line);
  const obey = (command: AgentCommand) => {
    commands.push(command);
    const { event, properties, data } = command;
    if (event === "setsecret" && data !== "") hidden.add(data);
    if (event === "logissue") issues.push({ type: properties.type ?? "", message: mask(data) });
    if (event === "complete" && properties.result === "Failed") status = "failed";
    if (event === "uploadsummary") {
      if (!existsSync(data)) throw new Error(`there is no file ${data}`);
      summaries[basename(data, ".md")] = readFileSync(data, "utf8");
    }
  };
  const onLine = (line: string) => {
    const command = agentCommand(line);
    if (command === undefined) log += `${mask(line)}\n`;
    else obey(command);
  };

  const runScript = async (step: Extract<Step, { bash: string }>): Promise<void> => {
    const file = join(temp, `${randomUUID()}.sh`);
    const known = { ...variables, ...job.secrets };
    writeFileSync(file, withVariables(step.bash, known));
    const directory = withVariables(step.workingDirectory, known);
    child = spawn("bash", [file], {
      cwd: directory,
      // A group of its own, so that what is left of it can be found.
      detached: true,
      env: {
        ...environmentOf(variables),
        PATH: [job.path, process.env.PATH].filter(Boolean).join(":"),
        HOME: process.env.HOME,
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([key, value]) => [key, withVariables(String(value), known)])),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) byLine(stream, onLine);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0 && status === "succeeded") status = "failed";
  };

  const run = async (): Promise<JobEnd> => {
    for (const step of job.steps) {
      if (killed) break;
      if (!isTrue(evaluate(step.condition ?? "succeeded()", { variables, status }))) continue;
      if ("bash" in step) await runScript(step);
      else if ("powershell" in step) throw new Error("there is no PowerShell here");
      else if ("publish" in step) {
        const known = { ...variables, ...job.secrets };
        if (existsSync(withVariables(step.publish, known))) artifacts.push(withVariables(step.artifact, known));
        else if (step.continueOnError !== true) status = "failed";
      }
    }
    leftovers();
    rmSync(temp, { recursive: true, force: true });
    return { result: status, log, commands, summaries, artifacts, issues };
  };
  /** Kills what a script has left behind, as the agent does by an environment variable. */
  const leftovers = () => {
    try {
      if (child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // There is nothing left.
    }
  };
  return {
    ended: run(),
    log: () => log,
    cancel(patience_ms = usualPatience_ms) {
      status = "canceled";
      // The task that runs the script is interrupted, and passes this on to the shell alone.
      child?.kill("SIGTERM");
      const timer = setTimeout(leftovers, patience_ms);
      child?.once("close", () => clearTimeout(timer));
    },
    kill() {
      killed = true;
      status = "failed";
      leftovers();
    },
  };
}

function byLine(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
