import { resolve } from "node:path";
import { plural, ShardwrightError } from "@shardwright/core";
import type { Survey } from "@shardwright/server";
import type { Command } from "commander";
import type { CommandContext } from "../command-line.ts";

interface RecoverOptions {
  readonly stateDir: string;
  readonly dryRun?: boolean;
  readonly acceptLoss?: boolean;
  readonly json?: boolean;
}

/** `shardwright cluster recover`: for when the majority of a cluster is lost for ever. */
export function registerClusterRecover(cluster: Command, context: CommandContext): void {
  cluster
    .command("recover")
    .description("make the one coordinator that is left a cluster of its own, when the majority is lost for ever")
    .requiredOption("--state-dir <path>", "the state directory of the coordinator that is left; it must not run")
    .option("--dry-run", "only say what is there: of several that are left, the one with the latest entry is to be kept")
    .option("--accept-loss", "go on, though what only the lost coordinators had is lost with them")
    .option("--json", "print the result as JSON on standard output, and nothing else there")
    .addHelpText(
      "after",
      `
As long as a majority can come back, start that instead: it has everything.

Examples:
  $ shardwright cluster recover --state-dir /var/lib/shardwright --dry-run
  $ shardwright cluster recover --state-dir /var/lib/shardwright --accept-loss`,
    )
    .action(async ({ stateDir, dryRun = false, acceptLoss = false, json = false }: RecoverOptions) => {
      const { recoverState, surveyState } = await import("@shardwright/server");
      const directory = resolve(context.directory, stateDir);
      if (dryRun || !acceptLoss) {
        const survey = surveyState(directory);
        context.stdout.write(json ? `${JSON.stringify(survey)}\n` : `${describeSurvey(survey)}\n`);
        if (dryRun) return;
        throw new ShardwrightError("usage", {
          problem: "Nothing was changed: what only the other coordinators had would be lost.",
          remedy: "If none of them can come back, pass --accept-loss.",
        });
      }
      const recovered = recoverState(directory);
      if (json) return void context.stdout.write(`${JSON.stringify(recovered)}\n`);
      const { members, member, last, newCluster } = recovered;
      const others = members.filter(({ id }) => id !== member).map(({ id, address }) => `\n  ${id}  ${address}`);
      context.stdout.write(
        `${describeSurvey(recovered)}
It is the cluster ${newCluster} now, and ${member} its only voter. All that it has is kept.
Lost is what the others acknowledged after entry ${last.index}: results, runs, tokens. A run whose results are lost runs those tests again.
Start it: shardwright coordinator --state-dir ${directory}
${others.length === 0 ? "" : `Stop these for good wherever they may still run, and wipe their state directories before they join it:${others.join("")}\n`}`,
      );
    });
}

/** What is on a disk, for people who have to choose between several. */
function describeSurvey({ cluster, member, last, applied, position, members, isRemoved }: Survey): string {
  const voters = members.filter(({ votes }) => votes).length;
  const open = last.index - applied;
  return [
    `Cluster ${cluster}, member ${member}: last entry ${last.index} of term ${last.term}.`,
    `  Its tables hold fact ${position}, entry ${applied}.${open === 0 ? "" : ` Whether a majority had the ${plural(open, "entry", "entries")} after that is not known here.`}`,
    `  ${plural(voters, "voter")}: ${members.map(({ id, votes }) => (votes ? id : `${id} (learner)`)).join(", ") || "none known"}`,
    ...(isRemoved ? ["  It was removed from that cluster, and lacks what came after: another one that is left has more."] : []),
  ].join("\n");
}
