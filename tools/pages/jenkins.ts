import { settingsOf, type SettingKey } from "../../packages/cli/src/config/settings.ts";

const begin = "<!-- parameters: begin -->";
const end = "<!-- parameters: end -->";

type Step = "shardwright" | "shardwrightMatrix";
const steps: readonly Step[] = ["shardwright", "shardwrightMatrix"];

interface Parameter {
  readonly type: "String" | "Boolean" | "Integer";
  readonly default?: string | boolean | number;
  /** What it may be, where not everything of its type. */
  readonly among?: readonly string[];
  readonly steps: readonly Step[];
  readonly describe: string;
}

/** What the steps take besides the settings of the command line. */
const parameters: Readonly<Record<string, Parameter>> = {
  program: {
    type: "String",
    steps,
    describe:
      "the program, with its first arguments, instead of looking for it; a variable for it belongs into `withEnv`. On Unix it must end in order at SIGTERM, which `npx` does not",
  },
  version: {
    type: "String",
    default: "latest",
    steps,
    describe: "the npm package's version or tag, where the project does not bring Shardwright itself",
  },
  credentialsId: {
    type: "String",
    steps,
    describe: "a credential of the kind *secret text*: the coordinator's token. It reaches the program as `SHARDWRIGHT_API_KEY`",
  },
  onFailure: {
    type: "String",
    default: "FAILURE",
    among: ["FAILURE", "UNSTABLE", "NONE"],
    steps,
    describe:
      "what failed tests make of the build: `FAILURE`, `UNSTABLE`, or `NONE` to go by what the step returns. An incomplete run is a failure whatever this says",
  },
  junit: { type: "Boolean", default: true, steps, describe: "hand the results to the JUnit plugin, where it is installed" },
  archive: { type: "Boolean", default: true, steps, describe: "archive the reports with the build" },
  checks: { type: "Boolean", default: true, steps, describe: "publish a check, where the Checks API plugin is installed" },
  jobs: { type: "Integer", default: 2, steps: ["shardwrightMatrix"], describe: "how many agents work on the run, 1 to 100" },
  label: { type: "String", steps: ["shardwrightMatrix"], describe: "the label expression of the agents; any agent when absent" },
  title: {
    type: "String",
    default: "shardwright",
    steps: ["shardwrightMatrix"],
    describe: "names the branches; two matrices in one build need two titles",
  },
  agentRetries: {
    type: "Integer",
    default: 1,
    steps: ["shardwrightMatrix"],
    describe:
      "how often a branch is begun again whose agent was lost, 0 to 10; 0 needs no Pipeline plugins newer than August 2022",
  },
};

/** Those that the steps set themselves, that belong into credentials, or that make no sense in a job. */
const leftOut: readonly string[] = [
  "apiKey",
  "ciToken",
  "notifySecret",
  "smtpPassword",
  "json",
  "index",
  "total",
  "name",
  "label",
  "firstSlot",
  "run",
];

function settingNames(step: Step): SettingKey[] {
  return settingsOf(step === "shardwright" ? "run" : "worker")
    .map(([key]) => key)
    .filter((key) => !leftOut.includes(key));
}

const literal = (value: string | boolean | number | undefined) =>
  typeof value === "string" ? `'${value}'` : String(value ?? null);

/** The parameters for the shared library itself. */
export function jenkinsCatalog(): string {
  const entries = Object.entries(parameters).map(([name, { type, default: standard, among, steps: of }]) => {
    const values = among === undefined ? "null" : `[${among.map(literal).join(", ")}]`;
    return `            [name: '${name}', type: '${type}', standard: ${literal(standard)}, among: ${values}, steps: [${of.map(literal).join(", ")}]],`;
  });
  const names = (step: Step) => settingNames(step).map((name) => `            '${name}',`);
  return `// Made by tools/generate.ts: changes in here are lost.
package io.shardwright

import com.cloudbees.groovy.cps.NonCPS

/** What the steps take. */
class Catalog implements Serializable {

    private static final long serialVersionUID = 1L

    /** The parameters that are the steps' own. */
    @NonCPS
    static List<Map> parameters() {
        return [
${entries.join("\n")}
        ]
    }

    /** The settings of \`shardwright run\` that the step of the same name takes. */
    @NonCPS
    static List<String> settingsOfRun() {
        return [
${names("shardwright").join("\n")}
        ]
    }

    /** The settings of \`shardwright worker\` that the matrix takes. */
    @NonCPS
    static List<String> settingsOfWorker() {
        return [
${names("shardwrightMatrix").join("\n")}
        ]
    }

}
`;
}

/** Puts the table of parameters between its marks. @throws Error when the marks are missing */
export function withJenkinsParameters(readme: string): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from === -1 || to < from) throw new Error(`jenkins/README.md lacks ${begin} … ${end}`);
  const rows = Object.entries(parameters).map(
    ([name, { default: standard, steps: of, describe }]) =>
      `| \`${name}\` | ${standard === undefined ? "–" : `\`${literal(standard)}\``} | ${of.length === 2 ? "both" : `\`${of.join("")}\``} | ${describe} |`,
  );
  const table = ["| parameter | default | step | |", "| --- | --- | --- | --- |", ...rows].join("\n");
  const list = (step: Step) =>
    settingNames(step)
      .map((name) => `\`${name}\``)
      .join(", ");
  const settings = `\`shardwright\` also takes the settings of \`shardwright run\`: ${list("shardwright")}.\n\n\`shardwrightMatrix\` those of a job's \`shardwright worker\`: ${list("shardwrightMatrix")}.`;
  return `${readme.slice(0, from + begin.length)}\n\n${table}\n\n${settings}\n\n${readme.slice(to)}`;
}
