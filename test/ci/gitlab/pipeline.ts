import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { program, start, type Started } from "../../processes.ts";

const component = join(import.meta.dirname, "../../../gitlab");
/** Runs pipelines as GitLab's runner would: https://github.com/firecow/gitlab-ci-local */
const gitlabCiLocal = createRequire(import.meta.url).resolve("gitlab-ci-local");

/** Undefined where pipelines can run here, else why not: gitlab-ci-local copies each job's files with rsync. */
export const whyNoPipelines: string | undefined =
  process.platform === "win32"
    ? "the jobs' scripts want a POSIX shell"
    : spawnSync("rsync", ["--version"]).status === 0
      ? undefined
      : "rsync is not installed";

export interface PipelineOptions {
  readonly variables?: Readonly<Record<string, string>>;
  /** For the project's own configuration. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Only these jobs, as when they are run again; all when absent. */
  readonly jobs?: readonly string[];
  readonly args?: readonly string[];
}

/** What a job left behind. */
interface JobArtifacts {
  readonly report: unknown;
  /** The files that GitLab would read as JUnit. */
  readonly junit: readonly string[];
}

/** A project on GitLab: a checkout whose pipelines run here, with the components released as version 9.9.9. */
export interface GitlabProject {
  readonly folder: string;
  /** What the template's input `command` is to be: this checkout's program, which leaves its process id. */
  readonly command: string;
  write(path: string, text: string): void;
  pipeline(options?: PipelineOptions): Started;
  /** By the job's number where it is one of several; 0 else. */
  processOf(index: number): number | undefined;
  /** By the names that gitlab-ci-local gives their folders, in order. */
  artifacts(): readonly JobArtifacts[];
  remove(): void;
}

export function createProject(): GitlabProject {
  const root = mkdtempSync(join(tmpdir(), "gitlab-project-"));
  const folder = join(root, "checkout");
  const processes = join(root, "processes");
  const command = join(root, "shardwright");
  mkdirSync(processes);
  mkdirSync(folder);
  writeFileSync(
    command,
    `#!/bin/sh\necho $$ > "${processes}/\${CI_NODE_INDEX:-0}"\nexec "${process.execPath}" "${program}" "$@"\n`,
  );
  chmodSync(command, 0o755);
  const released = join(root, "remotes/shardwright/shardwright.git");
  cpSync(component, released, { recursive: true });
  const environment = {
    GIT_CONFIG_GLOBAL: join(root, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  };
  writeFileSync(
    environment.GIT_CONFIG_GLOBAL,
    `[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n` +
      `[url "${pathToFileURL(join(root, "remotes")).href}/"]\n\tinsteadOf = ssh://git@gitlab.com:22/\n\tinsteadOf = git@gitlab.com:\n\tinsteadOf = https://gitlab.com/\n`,
  );
  const git = (cwd: string, ...args: string[]) => {
    const { status, stderr } = spawnSync("git", args, { cwd, env: { ...process.env, ...environment }, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  };
  git(released, "init", "--quiet");
  git(released, "add", "--all");
  git(released, "commit", "--quiet", "--message", "9.9.9");
  git(released, "tag", "9.9.9");
  git(folder, "init", "--quiet");
  git(folder, "remote", "add", "origin", "git@gitlab.com:group/shop.git");
  return {
    folder,
    command,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    pipeline({ variables = {}, inputs = {}, jobs = [], args = [] } = {}) {
      git(folder, "add", "--all");
      // It copies what git knows; nothing has to have changed.
      git(folder, "commit", "--quiet", "--allow-empty", "--message", "suite");
      const all = { GITLAB_CI: "true", ...variables };
      const flags = [
        "--force-shell-executor",
        "--shell-isolation",
        "--no-color",
        "--home",
        join(root, "home"),
        ...Object.entries(all).flatMap(([name, value]) => ["--variable", `${name}=${value}`]),
        "--ignore-predefined-vars",
        Object.keys(all).join(","),
        ...Object.entries(inputs).flatMap(([name, value]) => ["--input", `${name}=${value}`]),
      ];
      return start([...flags, ...args, ...jobs], { cwd: folder, program: gitlabCiLocal, environment });
    },
    processOf(index) {
      const file = join(processes, String(index));
      return existsSync(file) ? Number(readFileSync(file, "utf8")) || undefined : undefined;
    },
    artifacts() {
      const all = join(folder, ".gitlab-ci-local/artifacts");
      return readdirSync(all)
        .toSorted()
        .map((name) => join(all, name, "shardwright-report"))
        .filter((path) => existsSync(path))
        .map((path) => ({
          report: JSON.parse(readFileSync(join(path, "report.json"), "utf8")) as unknown,
          junit: existsSync(join(path, "gitlab"))
            ? readdirSync(join(path, "gitlab")).map((name) => readFileSync(join(path, "gitlab", name), "utf8"))
            : [],
        }));
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** The component's own project, with its own pipeline. */
export function copyComponent(project: GitlabProject): void {
  cpSync(component, project.folder, { recursive: true });
}
