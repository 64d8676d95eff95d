import { looksSecret } from "@shardwright/worker";
import type { ReportSuite, RunReport } from "@shardwright/core";
import type { Runner } from "@shardwright/runners";
import type { Configuration } from "../config/resolve.ts";
import { listingEnvironment } from "../run/discover.ts";

/**
 * Says of each suite of which something failed how a person calls its framework here, where that is not the usual way: by the project's
 * own script, in its virtual environment.
 */
export async function withTypedSuites(
  report: RunReport,
  { root, suites: configured = [] }: Pick<Configuration, "root" | "suites">,
  runners: ReadonlyMap<string, Runner>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunReport> {
  if (report.suites === undefined) return report;
  const troubled = new Set(
    report.tasks.flatMap(({ suite, status }) => (status === "passed" || status === "skipped" ? [] : [suite])),
  );
  const describe = async (suite: ReportSuite): Promise<ReportSuite> => {
    const { name, runner, directory } = suite;
    if (!troubled.has(name)) return suite;
    const options = { ...suite.options, ...configured.find((one) => one.name === name)?.options };
    const request = { workspace: root, directory, options, environment: listingEnvironment(environment) };
    // A framework that is not here, on a machine that only watches, is called in its usual way.
    const typed = await runners
      .get(runner)
      ?.typed?.(request)
      .catch(() => undefined);
    if (typed === undefined) return suite;
    const shown = Object.entries(typed.environment).filter(([variable]) => !looksSecret(variable));
    return {
      ...suite,
      command: [...typed.words],
      ...(shown.length > 0 && { environment: Object.fromEntries(shown) }),
    };
  };
  return { ...report, suites: await Promise.all(report.suites.map(describe)) };
}
