import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { inputVariables, readAction } from "./action-file.ts";
import { readPairs } from "./file-commands.ts";
import { LogReader, type LogCommand } from "./log-commands.ts";

export interface ActionOptions {
  /** The action's folder, with its `action.yml`. */
  readonly action: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** The checkout. */
  readonly workspace: string;
  readonly event?: unknown;
  /** Of the context `github`: `run_id`, `sha`. */
  readonly github?: Readonly<Record<string, string>>;
  readonly strategy?: Readonly<Record<"job-index" | "job-total", string>>;
  /** `env:` of the workflow. */
  readonly env?: Readonly<Record<string, string>>;
  /** The job's own token. */
  readonly token?: string;
}

interface StepResult {
  /** Failed where the main or the post part ends with another code than 0, or a file command is wrong. */
  readonly conclusion: "success" | "failure";
  readonly code: number | NodeJS.Signals;
  readonly outputs: Readonly<Record<string, string>>;
  /** As it would be shown; empty where the step wrote more than 1 MiB. */
  readonly summary: string;
  /** `error`, `warning` and `notice`, as many as the runner keeps of each, from the log and of its own. */
  readonly annotations: readonly LogCommand[];
  /** All that the runner obeyed. */
  readonly commands: readonly LogCommand[];
  /** What both parts wrote, with the secrets hidden. */
  readonly log: string;
  /** Variables and folders for the PATH that later steps would have. */
  readonly exported: Readonly<Record<string, string>>;
  readonly paths: readonly string[];
}

/** A step under way. */
export interface Step {
  readonly result: Promise<StepResult>;
  /** What it wrote so far. */
  readonly log: () => string;
  /** As the runner's cancellation begins: SIGINT, 7.5 s later SIGTERM, 2.5 s later the end; SIGKILL is the end of all that it has started. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** As a kernel out of memory does: ends at once what the action has started, and not the action. */
  readonly killChild: () => void;
}

const summaryLimit_bytes = 1024 * 1024;
const annotationLimit = 10;
const messageLimit = 4096;

/**
 * Runs a JavaScript action the way GitHub's runner does, as its source says (actions/runner 2.336: Handler.cs, NodeScriptActionHandler.cs,
 * FileCommandManager.cs, ActionCommandManager.cs, ProcessInvoker.cs): the environment and nothing else, the files, the log, main and post.
 */
export function startAction(options: ActionOptions): Step {
  const { action: folder, workspace, token = "ghs_job" } = options;
  const action = readAction(folder);
  if (action.runs.using !== "node24") throw new Error(`the runner has no ${action.runs.using}`);
  const temp = mkdtempSync(join(tmpdir(), "runner-"));
  mkdirSync(join(temp, "_runner_file_commands"));
  const event = join(temp, "event.json");
  writeFileSync(event, JSON.stringify(options.event ?? {}));
  const github = { ...githubContext(folder, workspace, event), ...options.github };
  const strategy = options.strategy ?? { "job-index": "0", "job-total": "1" };
  const { variables, warnings } = inputVariables(action, options.inputs ?? {}, { github: { ...github, token }, strategy });

  const log: string[] = [];
  const reader = new LogReader();
  const state: Record<string, string> = {};
  const collected = { outputs: {}, exported: {} as Record<string, string>, paths: [] as string[], summary: "" };
  const own: LogCommand[] = warnings.map((data) => ({ name: "warning", properties: {}, data }));
  const complain = (data: string) => void own.push({ name: "error", properties: {}, data });
  let send: (signal: NodeJS.Signals) => void = () => {};
  let main: number | undefined;

  const part = async (file: string): Promise<number | NodeJS.Signals> => {
    const id = randomUUID();
    const path = (name: string) => join(temp, "_runner_file_commands", `${name}_${id}`);
    const files = {
      GITHUB_OUTPUT: path("set_output"),
      GITHUB_ENV: path("set_env"),
      GITHUB_PATH: path("add_path"),
      GITHUB_STATE: path("save_state"),
      GITHUB_STEP_SUMMARY: path("step_summary"),
    };
    for (const name of Object.values(files)) writeFileSync(name, "");
    const child = spawn(process.execPath, [join(folder, file)], {
      cwd: workspace,
      // A group of its own, so that its end can be that of all it has started.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        CI: "true",
        GITHUB_ACTIONS: "true",
        ACTIONS_RUNTIME_URL: "http://127.0.0.1:1/",
        ACTIONS_RUNTIME_TOKEN: "of-the-runtime",
        RUNNER_OS: "Linux",
        RUNNER_ARCH: "X64",
        RUNNER_NAME: "emulated",
        RUNNER_ENVIRONMENT: "self-hosted",
        RUNNER_TEMP: temp,
        ...options.env,
        ...Object.fromEntries(Object.entries(github).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value])),
        ...variables,
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
        ...files,
      },
    });
    main = child.pid;
    send = (signal) => void process.kill(signal === "SIGKILL" ? -(child.pid as number) : (child.pid as number), signal);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line);
        reader.line(line);
      });
    const code = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exit, signal) => resolve(exit ?? signal ?? "SIGKILL"));
    });
    const text = (name: keyof typeof files) => readFileSync(files[name], "utf8");
    try {
      Object.assign(collected.outputs, readPairs(text("GITHUB_OUTPUT")));
      Object.assign(state, readPairs(text("GITHUB_STATE")));
      Object.assign(collected.exported, readPairs(text("GITHUB_ENV")));
      collected.paths.push(...text("GITHUB_PATH").split("\n").filter(Boolean));
    } catch (error) {
      complain(`Unable to process file command successfully. ${String(error)}`);
      return 1;
    }
    const size = statSync(files.GITHUB_STEP_SUMMARY).size;
    if (size <= summaryLimit_bytes) collected.summary += text("GITHUB_STEP_SUMMARY");
    else complain(`$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.round(size / 1024)}k`);
    return code;
  };

  const run = async (): Promise<StepResult> => {
    try {
      const code = await part(action.runs.main);
      const after = action.runs.post === undefined ? 0 : await part(action.runs.post);
      const secrets = [token, ...reader.commands.filter(({ name }) => name === "add-mask").map(({ data }) => data)];
      const hide = (text: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
      return {
        conclusion: code === 0 && after === 0 ? "success" : "failure",
        code,
        ...collected,
        summary: hide(collected.summary),
        annotations: kept([...reader.commands, ...own]),
        commands: reader.commands,
        log: hide(log.join("\n")),
      };
    } finally {
      rmSync(temp, { recursive: true, force: true });
    }
  };
  const killChild = () => {
    const children = spawnSync("pgrep", ["-P", String(main)], { encoding: "utf8" })
      .stdout.split("\n")
      .filter(Boolean);
    if (children.length === 0) throw new Error("the action has started nothing");
    for (const pid of children) process.kill(Number(pid), "SIGKILL");
  };
  return { result: run(), log: () => log.join("\n"), signal: (signal) => send(signal), killChild };
}

function kept(commands: readonly LogCommand[]): LogCommand[] {
  return ["error", "warning", "notice"].flatMap((kind) =>
    commands
      .filter(({ name }) => name === kind)
      .slice(0, annotationLimit)
      .map((command) => ({ ...command, data: command.data.slice(0, messageLimit) })),
  );
}

function githubContext(action_path: string, workspace: string, event_path: string): Record<string, string> {
  return {
    action: "__self",
    action_path,
    actor: "octocat",
    api_url: "https://api.github.com",
    base_ref: "",
    event_name: "push",
    event_path,
    head_ref: "",
    job: "test",
    ref: "refs/heads/main",
    ref_name: "main",
    ref_type: "branch",
    repository: "acme/shop",
    repository_owner: "acme",
    run_attempt: "1",
    run_id: "77",
    run_number: "1",
    server_url: "https://github.com",
    sha: "a".repeat(40),
    workflow: "ci",
    workspace,
  };
}
