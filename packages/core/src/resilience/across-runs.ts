import { associate, type Association } from "./association.ts";
import { clusterFailures } from "./clusters.ts";
import type { Observation } from "./observation.ts";

/** What came of one run's attempts. */
export interface ObservedRun {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly began_ms: number;
  readonly observations: readonly Observation[];
}

/** An association over several runs. */
export interface LongAssociation extends Association {
  /** What is counted: first attempts, or of hours whole runs. */
  readonly counted: "attempts" | "runs";
}

/**
 * What the failures of each fingerprint go with over several runs. Tests are compared within their own run alone, and what each run says
 * is added up: a broken commit fails wherever its tests run, and a worker that was there for one run only is not blamed for it. Of the
 * hour, which is the same within a run, runs are compared: those that showed the failure and those that did not.
 * @returns by fingerprint, of those that several runs showed
 */
export function associateAcrossRuns(runs: readonly ObservedRun[]): Map<string, LongAssociation> {
  const attempts = runs.flatMap(({ run, observations }) => observations.map((observation) => scoped(run, observation)));
  const whole = runs.map(wholeRun);
  const repeated = new Set(
    clusterFailures(whole)
      .filter(({ units }) => units > 1)
      .map(({ fingerprint }) => fingerprint),
  );
  const found = new Map<string, LongAssociation>();
  for (const { observations, counted, tested } of [
    { observations: attempts, counted: "attempts", tested: undefined },
    { observations: whole, counted: "runs", tested: ["hour"] },
  ] as const) {
    const clusters = clusterFailures(observations).filter(({ fingerprint }) => repeated.has(fingerprint));
    for (const [place, association] of associate(observations, clusters, tested).entries()) {
      const fingerprint = clusters[place]?.fingerprint;
      if (association === undefined || fingerprint === undefined) continue;
      if (association.p < (found.get(fingerprint)?.p ?? Infinity)) found.set(fingerprint, { ...association, counted });
    }
  }
  return found;
}

function scoped(run: string, { unit, alike, suite, ...rest }: Observation): Observation {
  const within = (name: string) => JSON.stringify([run, name]);
  return { ...rest, unit: within(unit), alike: within(alike), suite: within(suite) };
}

/** A run as one observation: it failed so if any of its attempts did. */
function wholeRun({ run, began_ms, observations }: ObservedRun): Observation {
  const failures = new Map(observations.flatMap((one) => one.failures.map((failure) => [failure.fingerprint, failure])));
  const ended_ms = observations.reduce((most, one) => Math.max(most, one.ended_ms), began_ms);
  return {
    unit: run,
    alike: "",
    suite: "",
    worker: "",
    began_ms,
    ended_ms,
    first: true,
    passed: failures.size === 0,
    failures: [...failures.values()],
    values: { hour: `${new Date(began_ms).toISOString().slice(11, 13)}:00` },
  };
}
