import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../processes.ts";
import { groovyEnvironment } from "./groovy.ts";

const library = join(import.meta.dirname, "..", "..", "..", "jenkins");
const outputLimit = 400_000;

interface Agent {
  readonly name: string;
  readonly labels: readonly string[];
  readonly windows?: boolean;
}

export interface BuildSetup {
  /** Classes of the harness. */
  readonly classes: string;
  /** The Jenkinsfile's text. */
  readonly pipeline: string;
  /** The folder that `checkout` copies. */
  readonly checkout: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly credentials?: Readonly<Record<string, string>>;
  readonly agents?: readonly Agent[];
  /** Steps whose plugins are not installed. */
  readonly withoutSteps?: readonly string[];
  /** Another library than the project's. */
  readonly library?: string;
}

/** A step as it was called, with its parameters; `secrets` names the variables around it that hold a credential. */
interface Call {
  readonly step: string;
  readonly secrets?: readonly string[];
  readonly [parameter: string]: unknown;
}

export interface EndedBuild {
  readonly result: string;
  readonly calls: readonly Call[];
  readonly log: string;
  /** The folder of the workspaces: `workspace-1` … in the order in which agents were taken. */
  readonly root: string;
}

export interface RunningBuild {
  /** `abort`, `kill 1`, `lose 1`. */
  readonly interrupt: (command: string) => void;
  readonly log: () => string;
  readonly ended: Promise<EndedBuild>;
  /** Kills what is left, and removes the workspaces. */
  readonly end: () => Promise<void>;
}

const twoAgents: readonly Agent[] = [
  { name: "agent-1", labels: ["linux"] },
  { name: "agent-2", labels: ["linux", "gpu"] },
];

/** What runs the project's own command in place of `npx --yes shardwright`. */
export const commandHere = `${process.execPath} ${program}`;

/** Runs a pipeline as Jenkins would: its environment, agents, credentials and plugins are the setup's. */
export function startBuild(setup: BuildSetup): RunningBuild {
  const root = mkdtempSync(join(tmpdir(), "jenkins-build-"));
  const path = (name: string) => join(root, name);
  mkdirSync(root, { recursive: true });
  writeFileSync(path("Jenkinsfile"), setup.pipeline);
  const environment = {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    NO_COLOR: "1",
    JENKINS_URL: "https://jenkins.example.com/",
    JOB_NAME: "acme/shop/main",
    BUILD_ID: "7",
    BUILD_NUMBER: "7",
    BUILD_TAG: "jenkins-acme-shop-main-7",
    BUILD_URL: "https://jenkins.example.com/job/acme/job/shop/job/main/7/",
    BRANCH_NAME: "main",
    GIT_URL: "https://git.example.com/acme/shop.git",
    ...setup.environment,
  };
  const { classes, pipeline: _text, ...rest } = setup;
  const whole = { library, agents: twoAgents, credentials: {}, withoutSteps: [], ...rest, environment };
  writeFileSync(
    path("setup.json"),
    JSON.stringify({ ...whole, root, pipeline: path("Jenkinsfile"), record: path("record.json") }),
  );
  const child: ChildProcess = spawn(
    "groovy",
    ["-cp", classes, join(import.meta.dirname, "harness", "Main.groovy"), path("setup.json")],
    {
      env: groovyEnvironment,
      stdio: ["pipe", "pipe", "pipe"],
    },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (log = (log + chunk.toString("utf8")).slice(-outputLimit)));
  const ended = once(child, "close").then((): EndedBuild => {
    if (!existsSync(path("record.json"))) throw new Error(`the harness failed: ${log}`);
    const record = JSON.parse(readFileSync(path("record.json"), "utf8")) as Pick<EndedBuild, "result" | "calls">;
    return { ...record, log, root };
  });
  return {
    interrupt: (command) => void child.stdin?.write(`${command}\n`),
    log: () => log,
    ended,
    async end() {
      child.kill("SIGKILL");
      await ended.catch(() => {});
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
