import {
  type CaseResult,
  type FactOf,
  type Metric,
  type PointMark,
  Quarantine,
  caseName,
  condense,
  dimensionsText,
  keeping,
  measuringClass,
} from "@shardwright/core";
import { and, asc, eq, gte, inArray, isNull, or, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { attempts, cases, runs, settings, tasks, workers } from "../database/tables.ts";
import type { TrendStore } from "./trend-store.ts";

/** A task that has a result, with the attempt that gave it. */
interface Ran {
  readonly task: number;
  readonly file: string;
  readonly file_key: string;
  readonly browser: string | null;
  readonly parts: number | null;
  readonly failed_before: boolean;
  readonly attempt: number;
  readonly status: string;
  readonly resumes: number | null;
  readonly duration_ms: number;
  readonly metrics: Metric[] | null;
  readonly worker: string;
  readonly machine: string;
  readonly capabilities: Parameters<typeof measuringClass>[0];
  readonly standing: string;
}

const durations = { name: "duration", unit: "ms", better: "lower" } as const;

/**
 * Turns what a run's final attempts took and measured into points, once the run has ended: whether a test was retried is known only then.
 * Repetitions of new tests are none of it: they begin with what their file has loaded already.
 */
export function createRunTrends(database: Database, store: TrendStore) {
  const p = sql.placeholder;
  const readRun = database
    .select({ project: runs.project, context: runs.context, quarantine: runs.quarantine, at_ms: runs.submitted_at_ms })
    .from(runs)
    .where(eq(runs.id, p("run")))
    .prepare();
  const readRan = database
    .select({
      task: tasks.task,
      file: tasks.file,
      file_key: tasks.file_key,
      browser: tasks.browser,
      parts: sql<number | null>`json_extract(${tasks.part}, '$.count')`,
      failed_before: tasks.failed_before,
      attempt: attempts.attempt,
      status: attempts.status,
      resumes: attempts.resumes,
      duration_ms: attempts.duration_ms,
      metrics: attempts.metrics,
      worker: attempts.worker,
      machine: workers.name,
      capabilities: workers.capabilities,
      standing: workers.standing,
    })
    .from(tasks)
    .innerJoin(attempts, and(eq(attempts.run, tasks.run), eq(attempts.task, tasks.task), eq(attempts.attempt, tasks.current)))
    .innerJoin(workers, eq(workers.id, attempts.worker))
    .where(and(eq(tasks.run, p("run")), isNull(tasks.repeat), inArray(attempts.status, ["passed", "failed", "errored"])))
    .orderBy(asc(tasks.task))
    .prepare();
  const ofAttempt = and(eq(cases.run, p("run")), eq(cases.task, p("task")), eq(cases.attempt, p("attempt")));
  const readCases = database
    .select({ result: cases.result })
    .from(cases)
    .where(and(ofAttempt, or(gte(cases.duration_ms, p("floor_ms")), sql`instr(${cases.result}, '"metrics":[') > 0`)))
    .orderBy(asc(cases.number))
    .prepare();
  const sumCases = database
    .select({ sum_ms: sql<number>`coalesce(sum(${cases.duration_ms}), 0)` })
    .from(cases)
    .where(ofAttempt)
    .prepare();
  const readFloor = database.select({ value: settings.value }).from(settings).where(eq(settings.key, "trends-floor")).prepare();

  return {
    /** Takes all anew where a run was opened again and has ended once more. */
    ended({ run }: FactOf<"RunEnded">): void {
      store.dropRun(run);
      const about = readRun.get({ run });
      if (about === undefined) return;
      const { project, context, at_ms } = about;
      const quarantine = new Quarantine(about.quarantine ?? []);
      const floor = readFloor.get()?.value;
      const floor_ms = typeof floor === "number" ? floor : keeping.floor_ms;
      const machines = new Map<string, { source: number; hardware_class: string }>();
      const machineOf = ({ worker, machine, capabilities }: Ran) => {
        let known = machines.get(worker);
        if (known === undefined) {
          const source = store.newSource({
            at_ms,
            commit: context.commit ?? null,
            branch: context.branch ?? null,
            proposed: context.pull_request !== undefined,
            run,
            machine,
            upload: null,
          });
          machines.set(worker, (known = { source, hardware_class: measuringClass(capabilities) }));
        }
        return known;
      };
      const add = (ran: Ran, case_name: string, metric: Metric, mark: PointMark | null): void => {
        const { source, hardware_class } = machineOf(ran);
        const { name, unit, better, value, replicates, dimensions } = metric;
        const all = ran.browser === null ? dimensions : { browser: ran.browser, ...dimensions };
        const key = { project, test: ran.file_key, case_name, name, unit, dimensions: dimensionsText(all), hardware_class };
        store.add(key, better, source, at_ms, condense(value, replicates), mark);
      };
      /** Durations are the many: a series of them begins only with one that is long enough to be compared. */
      const addDuration = (ran: Ran, case_name: string, value: number, mark: PointMark | null, mayBeKnown: boolean): void => {
        const { hardware_class } = machineOf(ran);
        const dimensions = dimensionsText(ran.browser === null ? {} : { browser: ran.browser });
        const key = {
          project,
          test: ran.file_key,
          case_name,
          name: durations.name,
          unit: durations.unit,
          dimensions,
          hardware_class,
        };
        if (value < floor_ms && (!mayBeKnown || !store.hasSeries(key))) return;
        add(ran, case_name, { ...durations, value }, mark);
      };
      const addCases = (ran: Ran, mark: PointMark | null): void => {
        const { task, attempt } = ran;
        // A test that has become fast is to be seen becoming fast.
        const isKnown = store.hasDurations(project, ran.file_key);
        for (const { result } of readCases.all({ run, task, attempt, floor_ms: isKnown ? 0 : floor_ms })) {
          if (result.status === "skipped") continue;
          const name = caseName(result);
          const own = mark ?? markOf(result, quarantine.of(ran.file, result) !== undefined);
          addDuration(ran, name, result.duration_ms, own, isKnown);
          for (const metric of result.metrics ?? []) add(ran, name, metric, own ?? (metric.partial === true ? "partial" : null));
        }
      };

      const divided = new Map<string, Ran[]>();
      for (const ran of readRan.all({ run }) as Ran[]) {
        const mark = markOfAttempt(ran);
        const ofWhole = mark ?? (ran.status === "passed" ? null : "failed");
        addCases(ran, mark);
        for (const metric of ran.metrics ?? []) add(ran, "", metric, ofWhole ?? (metric.partial === true ? "partial" : null));
        if (ran.parts === null) addDuration(ran, "", ran.duration_ms, ofWhole, true);
        else divided.set(ran.file_key, [...(divided.get(ran.file_key) ?? []), ran]);
      }
      for (const parts of divided.values()) {
        const [first] = parts;
        // Of a file whose parts ran on machines of several kinds, nothing can be said as a whole.
        if (first === undefined || parts.length !== first.parts || !parts.every((part) => alike(part, first))) continue;
        const mark = parts
          .map((part) => markOfAttempt(part) ?? (part.status === "passed" ? null : "failed"))
          .find((one) => one !== null);
        const sums = parts.map(({ task, attempt, duration_ms }) => {
          const cases_ms = sumCases.get({ run, task, attempt })?.sum_ms ?? 0;
          return { cases_ms, own_ms: Math.max(0, duration_ms - cases_ms) };
        });
        const whole_ms = sums.reduce((sum, { cases_ms, own_ms }) => sum + cases_ms + own_ms / parts.length, 0);
        addDuration(first, "", whole_ms, mark ?? null, true);
      }
    },
  };
}

function alike(a: Ran, b: Ran): boolean {
  return measuringClass(a.capabilities) === measuringClass(b.capabilities) && a.browser === b.browser;
}

function markOfAttempt({ resumes, failed_before, status, standing }: Ran): PointMark | null {
  if (resumes !== null) return "resumed";
  if (failed_before && status === "passed") return "retried";
  return standing === "well" ? null : "sick";
}

function markOf({ status, retries, note }: CaseResult, isQuarantined: boolean): PointMark | null {
  if (status !== "passed" || note === "unexpected-pass") return "failed";
  if (isQuarantined) return "quarantined";
  return retries > 0 ? "retried" : null;
}
