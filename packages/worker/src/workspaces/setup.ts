import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { cutText, type Setup } from "@shardwright/core";
import { startChild } from "@shardwright/runners";
import { WorkspaceProblem } from "./problem.ts";

const tailLimit = 3000;
const grace_ms = 2000;

/** What decides whether the setup has to run again: the command, and what the lock files hold. */
export async function setupKey(root: string, setup: Setup | undefined): Promise<string> {
  if (setup === undefined) return "";
  const hash = createHash("sha256").update(setup.command);
  for (const file of setup.lock_files) {
    const content = await readFile(join(root, ...file.split("/"))).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    hash.update(`\0${file}\0${content === undefined ? "absent" : createHash("sha256").update(content).digest("hex")}`);
  }
  return hash.digest("hex");
}

/** Runs the setup command in a workspace. @throws WorkspaceProblem when it fails, takes too long, or changes a lock file */
export async function runSetup(
  root: string,
  setup: Setup,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const before = await setupKey(root, setup);
  let tail = "";
  const windows = process.platform === "win32";
  const child = startChild({
    command: windows ? (environment["ComSpec"] ?? "cmd.exe") : "/bin/sh",
    args: windows ? ["/d", "/s", "/c", setup.command] : ["-c", setup.command],
    cwd: root,
    environment,
    onOutput: (chunk) => (tail = (tail + Buffer.from(chunk).toString("utf8")).slice(-tailLimit)),
  });
  let isLate = false;
  const end = () => void child.stop(grace_ms);
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, setup.timeout_ms);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const exit = await child.exited;
  clearTimeout(timer);
  signal.removeEventListener("abort", end);
  signal.throwIfAborted();
  const failed = (how: string) =>
    new WorkspaceProblem(
      "setup-error",
      cutText(`The setup command \`${cutText(setup.command, 200)}\` ${how}\n${tail.trim()}`.trim(), 4000),
    );
  if (exit.error !== undefined) throw failed(`could not be started: ${exit.error.message}`);
  if (isLate) throw failed(`took longer than ${setup.timeout_ms} ms and was ended.`);
  if (exit.signal !== null) throw failed(`was ended by ${exit.signal}.`);
  if (exit.code !== 0) throw failed(`ended with code ${exit.code}.`);
  if ((await setupKey(root, setup)) !== before)
    throw failed(
      `changed ${setup.lock_files.join(" or ")}: use one that installs what is locked (\`npm ci\`, \`--frozen-lockfile\`).`,
    );
}
