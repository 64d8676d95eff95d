/** The process: reads its arguments, runs one command, turns every failure into one clear message and an exit code. */
import { detectEnvironment, neutraliseCommands } from "@shardwright/ci";
import { reasonOf, ShardwrightError } from "@shardwright/core";
import { Console } from "node:console";
import { CommanderError } from "commander";
import { surviveBrokenOutput } from "./broken-output.ts";
import { giveBackTokens } from "./config/borrowed-tokens.ts";
import { endSoon } from "./end-soon.ts";
import { exitCodes } from "./exit-codes.ts";
import { exitSurely } from "./exit-surely.ts";
import { buildProgram } from "./program.ts";
import { printable } from "./view/text.ts";

const usageErrors = new Set([
  "usage",
  "bad-request",
  "config-invalid",
  "runner-not-found",
  "framework-missing",
  "discovery-failed",
  "empty-manifest",
  "path-outside-workspace",
  "bundle-failed",
  "run-key-conflict",
  "insecure-listen",
  "weak-admin-token",
  "report-unreadable",
  "unauthenticated",
  "forbidden",
  "other-project",
  "identity-off",
  "identity-invalid",
  "identity-issuer",
  "identity-audience",
  "identity-rule",
  "not-found",
]);

const program = buildProgram(
  {
    environment: process.env,
    directory: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    exit: (code) => {
      process.exitCode = code;
    },
  },
  process.argv[2],
);

surviveBrokenOutput([process.stdout, process.stderr], (stream, error) => {
  process.on("exit", (code) => {
    if (code === exitCodes.passed) process.exitCode = exitCodes.infrastructure;
  });
  if (stream !== process.stderr) process.stderr.write(`error: standard output could not be written: ${error.message}\n`);
});
// Node would exit with 1, which says that tests failed.
process.on("uncaughtException", (error) => {
  exitSurely(report(error));
});

/** Node's own for a process in which nothing is left to do, and the command has not ended. */
const unsettled = 13;
process.on("exit", (code) => {
  if (code !== unsettled) return;
  say("error: the command waits for what will never come, such as a plugin's promise that nobody settles; it has no result.\n");
  process.exitCode = exitCodes.infrastructure;
});

// Standard output is the commands' own: what a configuration or a plugin prints must not end up in the middle of --json.
globalThis.console = new Console(process.stderr, process.stderr);

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error);
}
await giveBackTokens();
endSoon([process.stdout, process.stderr]);

/** What an error quotes (the output of a framework, a path) may hold anything: it must command no terminal and no CI system. */
function say(text: string): void {
  process.stderr.write(neutraliseCommands(detectEnvironment(process.env).provider, printable(text)));
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof ShardwrightError) {
    say(`error: ${error.message}\n  ${error.hint}\n`);
    if (process.env.SHARDWRIGHT_DEBUG) say(`${error.stack}\n`);
    if (error.code === "interrupted") return exitCodes.cancelled;
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.infrastructure;
  }
  say(`error: ${reasonOf(error)}\n  This is a fault in Shardwright; please report it with what follows.\n`);
  say(`${error instanceof Error ? error.stack : String(error)}\n`);
  return exitCodes.infrastructure;
}
