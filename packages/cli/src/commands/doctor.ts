import { execFile } from "node:child_process";
import { access, constants, statfs } from "node:fs/promises";
import { promisify } from "node:util";
import { detectEnvironment, detectProvider, neutraliseCommands, type Environment } from "@shardwright/ci";
import { createClient } from "@shardwright/client";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import type { Command } from "commander";
import { failoverOf } from "../config/failover.ts";
import { withIdentity } from "../config/identity.ts";
import type { Configuration } from "../config/resolve.ts";
import { exitCodes } from "../exit-codes.ts";
import { addSettings, configure, type CommandContext } from "../command-line.ts";
import { runnersFrom } from "../run/registry.ts";
import { chooseSuites } from "../run/suites.ts";
import { discover, listingEnvironment } from "../run/discover.ts";
import { chooseColors, printable } from "../view/text.ts";
import { version } from "../version.ts";
import { registerDoctorBrowsers } from "./doctor-browsers.ts";
import { partsByKind } from "./plugins.ts";

interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "error";
  readonly message: string;
  readonly remedy?: string;
}

/** Less than this, and a run with much output may fill the disk. */
const comfortableDisk_bytes = 1024 ** 3;

/** `shardwright doctor`: looks at what a run would need here, and says what is missing and how to get it; `doctor browsers`. */
export function registerDoctor(program: Command, context: CommandContext): void {
  const doctor = program.command("doctor").description("say what is wrong here, and how to mend it");
  registerDoctorBrowsers(doctor, context);
  addSettings(doctor.command("check", { isDefault: true }), "doctor")
    .description("check this machine, this folder's suites and the coordinator, and say what to mend")
    .addHelpText("after", "\nExample:\n  $ shardwright doctor --coordinator https://shardwright.example.com")
    .action(async (_options: unknown, command: Command) => {
      const configuration = await configure(command, "doctor", context);
      const findings = [
        node(),
        await git(),
        await disk(context.directory),
        ...plugins(configuration),
        ...ci(context.environment),
        ...(await suites(configuration, context)),
        ...(await coordinator(configuration, context)),
      ];
      const bad = findings.some((finding) => finding.state === "error");
      context.exit(bad ? exitCodes.usage : 0);
      if (configuration.settings.json) return void context.stdout.write(`${JSON.stringify({ version, findings })}\n`);
      const colors = chooseColors(context.stdout.isTTY, context.environment);
      const marks = { ok: colors.green("✓"), warning: colors.yellow("!"), error: colors.red("✗") };
      const { provider } = detectEnvironment(context.environment);
      for (const { state, check, message, remedy } of findings) {
        const text = `${marks[state]} ${colors.bold(check)}  ${printable(message)}${remedy === undefined ? "" : `\n    ${printable(remedy)}`}\n`;
        context.stdout.write(neutraliseCommands(provider, text));
      }
    });
}

function node(): Finding {
  return {
    check: "node",
    state: "ok",
    message: `${process.versions.node} on ${process.platform} ${process.arch}, shardwright ${version}`,
  };
}

async function git(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"], { timeout: 5000 });
    return { check: "git", state: "ok", message: stdout.trim() };
  } catch (error) {
    return {
      check: "git",
      state: "warning",
      message: `not usable: ${reasonOf(error)}`,
      remedy: "Without git, reports carry no commit and branch.",
    };
  }
}

/** What is known of the CI job; nothing on a person's machine. */
function ci(environment: Environment): Finding[] {
  const { provider, context, job } = detectEnvironment(environment);
  if (provider === "none") return [];
  // Of a system without a provider of its own, the context has the name.
  const name = provider === "other" ? (context.provider ?? "other") : detectProvider(environment).capabilities.title;
  const facts = [
    name === "other" ? "a CI system that is not known by name" : name,
    context.branch === undefined ? "no branch told" : `branch ${context.branch}`,
    ...(context.pull_request === undefined ? [] : [`pull request ${context.pull_request}`]),
    ...(job === undefined ? [] : [`job ${job.index + 1} of ${job.total}`]),
  ];
  return [{ check: "ci", state: "ok", message: facts.join(", ") }];
}

async function disk(directory: string): Promise<Finding> {
  try {
    await access(directory, constants.W_OK);
    const { bavail, bsize } = await statfs(directory);
    const free_bytes = bavail * bsize;
    const message = `${(free_bytes / 1024 ** 3).toFixed(1)} GiB free in ${directory}`;
    if (free_bytes >= comfortableDisk_bytes) return { check: "disk", state: "ok", message };
    return { check: "disk", state: "warning", message, remedy: "Reports and logs need room: free some." };
  } catch (error) {
    return {
      check: "disk",
      state: "warning",
      message: reasonOf(error),
      remedy: "Reports go to --output-dir: point it where you may write.",
    };
  }
}

function plugins(configuration: Configuration): Finding[] {
  return configuration.plugins.all
    .filter(({ isBuiltIn }) => !isBuiltIn)
    .map(({ name, version: own, parts, hooks, problem }): Finding => {
      const check = `plugin ${name}`;
      if (problem !== undefined)
        return {
          check,
          state: "error",
          message: `${own} could not be set up: ${problem}`,
          remedy: "Mend it, or leave it out: nothing of it is used.",
        };
      const brings = [...partsByKind(parts), ...(hooks.length > 0 ? [`hooks: ${hooks.join(", ")}`] : [])];
      return { check, state: "ok", message: [own, ...brings].join("; ") };
    });
}

async function suites(configuration: Configuration, context: CommandContext): Promise<Finding[]> {
  const runners = runnersFrom(configuration.plugins);
  const environment = listingEnvironment(context.environment);
  let chosen;
  try {
    chosen = await chooseSuites(configuration, context.directory, runners);
  } catch (error) {
    return [failure("suites", error, "warning")];
  }
  return Promise.all(
    chosen.map(async (suite): Promise<Finding> => {
      const check = `suite ${suite.name}`;
      try {
        const { tasks } = await discover({
          workspace: configuration.root,
          suites: [suite],
          runners,
          requirements: {},
          environment,
        });
        const message = `${tasks.length} test files by ${runners.get(suite.runner)?.capabilities.title ?? suite.runner} in ${suite.directory}`;
        return tasks.length > 0
          ? { check, state: "ok", message }
          : { check, state: "error", message, remedy: "Check the patterns and folders." };
      } catch (error) {
        return failure(check, error, "error");
      }
    }),
  );
}

async function coordinator(configuration: Configuration, { environment }: CommandContext): Promise<Finding[]> {
  if (configuration.settings.coordinator === undefined) return [];
  const check = "coordinator";
  const identified = await withIdentity(configuration.settings, { environment }).catch((error: unknown) => error as Error);
  if (identified instanceof Error) return [failure(check, identified, "error")];
  const settings = { ...identified, coordinator: configuration.settings.coordinator };
  const client = createClient({
    addresses: settings.coordinator,
    apiKey: settings.apiKey ?? "none",
    failover: failoverOf(settings),
    retry: { total_ms: 5000 },
  });
  try {
    await client.listRuns({ limit: 1 });
    return [{ check, state: "ok", message: `answers at ${settings.coordinator.join(", ")}, and the token may read` }];
  } catch (error) {
    return [failure(check, error, "error")];
  } finally {
    await client.close();
  }
}

function failure(check: string, error: unknown, state: Finding["state"]): Finding {
  return { check, state, message: reasonOf(error), ...(error instanceof ShardwrightError && { remedy: error.hint }) };
}
