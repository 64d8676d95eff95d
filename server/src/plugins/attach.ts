import { isMeasurement } from "@shardwright/core";
import { Plugins, coordinatorPlugin, entriesOf, faultSentence, loadPlugins } from "@shardwright/plugin";
import type { Logger } from "pino";
import type { CoordinatorOptions } from "../coordinator.ts";
import type { Queries } from "../database/queries.ts";
import type { Held } from "../held.ts";
import type { Leadership } from "../leadership.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { FactHooks } from "./fact-hooks.ts";

/**
 * The plugins that a coordinator was given: set up by whoever gave them, or set up here and closed with it.
 * @throws ShardwrightError `config-invalid`
 */
export async function holdPlugins(
  { plugins: given = [], version = coordinatorPlugin.version }: Pick<CoordinatorOptions, "plugins" | "version">,
  held: Held,
): Promise<Plugins> {
  if (given instanceof Plugins) return given;
  const plugins = await loadPlugins(entriesOf(given), { version, root: process.cwd() }, [coordinatorPlugin]);
  held.add("what plugins still do", () => plugins.close());
  return plugins;
}

interface Attached {
  readonly ledger: Ledger;
  readonly leadership: Leadership;
  readonly queries: Queries;
  readonly log: Logger;
  readonly coordinator: string;
}

/** Has the plugins told what happens in this coordinator, and their faults told to its log and to the runs. @returns what ends it */
export function attachPlugins(plugins: Plugins, { ledger, leadership, queries, log, coordinator }: Attached): () => void {
  let isOver = false;
  const hooks = new FactHooks(
    plugins,
    (run) => leadership.current?.filesOf(run),
    (run) => !isMeasurement(queries.runs.byId(run)?.options ?? {}),
  );
  ledger.onApplied((facts) => {
    if (ledger.role === "leader" && !isOver) for (const fact of facts) hooks.tell(fact);
  });
  const tellRole = (leads: boolean) => {
    if (!isOver) plugins.emit("leaderChanged", () => ({ coordinator, leads }));
  };
  ledger.onRoleChange((role) => tellRole(role === "leader"));
  if (ledger.role === "leader") tellRole(true);
  plugins.bindStatus((ci_system, wanted) => {
    const run = wanted === undefined ? queries.runs.lastOf(ci_system) : queries.runs.byId(wanted);
    if (run?.context.provider !== ci_system) return { ci_system, run: undefined, status: "none" };
    return { ci_system, run: run.id, status: run.verdict ?? "running" };
  });
  const stopListening = plugins.onFault((fault) => {
    const sentence = faultSentence(fault);
    log.warn({ plugin: fault.plugin, run: fault.run }, sentence);
    // Those who watch the run, and its report, are told as well.
    return fault.run !== undefined && leadership.current?.note(fault.run, "plugin", sentence) === true;
  });
  return () => {
    isOver = true;
    stopListening();
  };
}
