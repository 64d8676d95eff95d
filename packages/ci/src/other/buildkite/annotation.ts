import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { cutCharacters } from "../../publishing/cut.ts";
import type { Channel, Session } from "../../publishing/channel.ts";
import type { Publication } from "../../publishing/publication.ts";
import type { Environment } from "../../provider.ts";

/** https://buildkite.com/docs/agent/cli/reference/annotate: at most 1 MiB; some room for what the agent puts around it. */
const bodyLimit_bytes = 1024 * 1024 - 4096;
const contextLimit = 100;
const outputLimit = 2000;

/** The run on the build's page, by the agent that is there in every job; one context, so that a run that is told again replaces it. */
export const annotationChannel: Channel = {
  name: "summary",
  title: "annotation of the build",
  limits: "1 MiB",
  unavailable: ({ env }) =>
    agentIn(env) === undefined
      ? "buildkite-agent is not on the PATH: in a container, mount the agent (the docker plugin's mount-buildkite-agent)"
      : undefined,
  async publish(publication, session) {
    const agent = agentIn(session.env);
    if (agent === undefined) throw new Error("buildkite-agent is not on the PATH");
    const body = publication.markdown({ bytes: bodyLimit_bytes });
    await annotate(agent, body, ["--context", contextOf(session), "--style", styleOf(publication)], session);
    return undefined;
  },
};

function contextOf({ name }: Session): string {
  return cutCharacters(name, contextLimit);
}

function styleOf({ verdict, report }: Publication): "success" | "warning" | "error" | "info" {
  switch (verdict) {
    case "passed":
      return report.cases.flaky > 0 ? "warning" : "success";
    case "failed":
    case "errored":
    case "incomplete":
      return "error";
    case "cancelled":
      return "info";
  }
}

function annotate(agent: string, body: string, args: readonly string[], { env, signal }: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(agent, ["annotate", ...args], { env: { ...env }, signal, stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-outputLimit)));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`buildkite-agent annotate ended with ${code}: ${said.trim()}`)),
    );
    // An agent that ends without reading says why by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(body);
  });
}

/** The agent's program, looked for as a shell would. */
function agentIn(env: Environment): string | undefined {
  const name = process.platform === "win32" ? "buildkite-agent.exe" : "buildkite-agent";
  return (env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
