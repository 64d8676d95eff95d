import { ShardwrightError } from "../errors/shardwright-error.ts";
import { builtInStrategies } from "../resilience/recovery-strategy.ts";
import type { CaseResult } from "./case.ts";
import type { FactBody, FactType } from "./fact.ts";
import { type RunOptions, firstContext, hasLaterContext, isMeasurement } from "./run.ts";
import type { Suite } from "./task.ts";

/** Something that a kind of fact did not have when it came: a field, a value. */
export interface FactAddition {
  readonly kind: FactType;
  readonly version: number;
  /** For people: `The field job of RunReopened`. */
  readonly what: string;
  readonly isIn: (body: FactBody) => boolean;
  /** The fact as it was written before; where there is no such form, the fact has to wait. */
  readonly without?: (body: FactBody) => FactBody;
}

/** What a program knows of facts. */
export interface FactVersions {
  /** The highest version among them: what the program announces. */
  readonly version: number;
  /** With which version each kind came. A kind that is not here is not known. */
  readonly kinds: Readonly<Partial<Record<FactType, number>>>;
  readonly additions: readonly FactAddition[];
  /** Kinds that are left out for as long as they may not be written: without them a later leader knows less, and nothing else is wrong. */
  readonly dispensable: readonly FactType[];
}

/** Makes the table of what a program knows; its version is the highest in it. */
export function knownFacts(
  kinds: FactVersions["kinds"],
  additions: readonly FactAddition[] = [],
  dispensable: readonly FactType[] = [],
): FactVersions {
  const version = Math.max(...Object.values(kinds), ...additions.map((addition) => addition.version));
  return { version, kinds, additions, dispensable };
}

function hasChosenParts({ recovery, dealing }: RunOptions): boolean {
  return dealing !== undefined || !(recovery in builtInStrategies);
}

/** Whoever knows of no plugins uses what comes with the program. */
function withoutChosenParts(options: RunOptions): RunOptions {
  const { dealing: _, recovery, ...rest } = options;
  return { ...rest, recovery: recovery in builtInStrategies ? recovery : builtInStrategies.progressive.name };
}

/** From this version on an attempt may resume another. */
export const resumesSince = 4;
/** From this version on what a run's tests took and measured becomes points of trends. */
export const trendsTakenSince = 4;
/** From this version on a run whose coverage is measured waits, once its tests have passed, for what that comes to. */
export const judgedSince = 5;

/**
 * What this program knows. Whoever adds a kind of fact, or to one, enters it here under the next version; it is then not written before
 * every member of a cluster is updated. The scheduler decides in memory before it writes, and cannot take a refusal: a kind that it writes
 * has to be dispensable, and an addition needs a form without it; or it asks the ledger first which version is agreed on. Version 1 is what programs knew that did not
 * announce what they know.
 */
export const factVersions: FactVersions = knownFacts(
  {
    RunSubmitted: 1,
    RunReopened: 1,
    RunJoined: 1,
    TasksLeased: 1,
    CasesFinished: 1,
    AttemptFinished: 1,
    TasksSettled: 1,
    RunNoticed: 1,
    RunCancelled: 1,
    RunEnded: 1,
    PublicationClaimed: 1,
    RunsPurged: 1,
    WorkerRegistered: 1,
    WorkerDraining: 1,
    WorkerGone: 1,
    WorkerAssessed: 2,
    WorkerForeseen: 4,
    BreakerChanged: 2,
    TokenCreated: 1,
    TokenRevoked: 1,
    TokensPurged: 4,
    FactVersionRaised: 2,
    SettingChanged: 3,
    TuningChanged: 4,
    QuarantineChanged: 4,
    RunTraced: 4,
    LeadershipTaken: 4,
    TrendsTaken: trendsTakenSince,
    TrendsRolled: trendsTakenSince,
    MetricsReported: 4,
    MetricsDropped: 4,
    TestRenamed: 4,
    ConfirmationBegun: 4,
    ConfirmationEnded: 4,
    AlertOpened: 4,
    AlertGrown: 4,
    AlertJudged: 4,
    AlertRecovered: 4,
    AlertTold: 4,
    TrendsJudged: 4,
    ActionBegun: 4,
    ActionEnded: 4,
    RunJudged: judgedSince,
  } satisfies Record<FactType, number>,
  [
    {
      kind: "AttemptFinished",
      version: 2,
      what: "What is done to recover a task",
      isIn: (body) => body.type === "AttemptFinished" && body.recovery !== undefined,
      // Whoever reads that takes every failure for the test's own, as before.
      without: (body) => {
        if (body.type !== "AttemptFinished") return body;
        const { recovery: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "RunEnded",
      version: 2,
      what: "Which tests are not called flaky",
      isIn: (body) => body.type === "RunEnded" && body.excused !== undefined,
      without: (body) => {
        if (body.type !== "RunEnded") return body;
        const { excused: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "TasksLeased",
      version: resumesSince,
      what: "Which attempt another one resumes",
      // Without that, an attempt's cases would not be all there are: who deals asks first what is agreed on.
      isIn: (body) => body.type === "TasksLeased" && body.tasks.some(({ resumes }) => resumes !== undefined),
    },
    {
      kind: "AttemptFinished",
      version: resumesSince,
      what: "That a resumed attempt is checked by a whole one",
      isIn: (body) => body.type === "AttemptFinished" && body.recovery?.because === "resumed",
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "Tests in quarantine",
      // Whoever takes a submission leaves them out before that is agreed on.
      isIn: (body) => body.type === "RunSubmitted" && body.submission.quarantine !== undefined,
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "Repetitions of new tests",
      isIn: (body) => body.type === "RunSubmitted" && body.submission.tasks.some(({ repeat }) => repeat !== undefined),
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "That what failed is in quarantine",
      isIn: (body) => body.type === "AttemptFinished" && body.quarantined !== undefined,
      without: (body) => {
        if (body.type !== "AttemptFinished") return body;
        const { quarantined: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "That nothing but its cases went wrong",
      isIn: (body) => body.type === "AttemptFinished" && body.failure?.complete !== undefined,
      without: (body) => {
        if (body.type !== "AttemptFinished" || body.failure === undefined) return body;
        const { complete: _, ...failure } = body.failure;
        return { ...body, failure };
      },
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "That no other attempt would count",
      isIn: (body) => body.type === "AttemptFinished" && body.failure?.conclusive !== undefined,
      // What was decided for the task stands beside it.
      without: (body) => {
        if (body.type !== "AttemptFinished" || body.failure === undefined) return body;
        const { conclusive: _, ...failure } = body.failure;
        return { ...body, failure };
      },
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "That what surrounds the tests was at fault",
      isIn: (body) => body.type === "AttemptFinished" && body.recovery?.charged === "surroundings",
      // Neither is the test's fault.
      without: (body) => {
        if (body.type !== "AttemptFinished" || body.recovery === undefined) return body;
        return { ...body, recovery: { ...body.recovery, charged: "machine" } };
      },
    },
    {
      kind: "RunNoticed",
      version: 4,
      what: "The notice outage",
      isIn: (body) => body.type === "RunNoticed" && body.code === "outage",
      // The words say what it is about.
      without: (body) => (body.type === "RunNoticed" ? { ...body, code: "quarantined" } : body),
    },
    {
      kind: "RunNoticed",
      version: 4,
      what: "The notice test-quarantine",
      isIn: (body) => body.type === "RunNoticed" && body.code === "test-quarantine",
      // The words say what it is about.
      without: (body) => (body.type === "RunNoticed" ? { ...body, code: "quarantined" } : body),
    },
    {
      kind: "RunNoticed",
      version: 4,
      what: "Notices of what is foretold of a worker",
      isIn: (body) => body.type === "RunNoticed" && body.code === "forecast",
      // The nearest that was known before: its words are read all the same.
      without: (body) => (body.type === "RunNoticed" ? { ...body, code: "quarantined" } : body),
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "The trace that a run is a part of",
      isIn: (body) => body.type === "RunSubmitted" && body.trace_parent !== undefined,
      without: (body) => {
        if (body.type !== "RunSubmitted") return body;
        const { trace_parent: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "The repository and the base of a run's commit",
      isIn: (body) => body.type === "RunSubmitted" && hasLaterContext(body.submission.context),
      without: (body) => {
        if (body.type !== "RunSubmitted") return body;
        return { ...body, submission: { ...body.submission, context: firstContext(body.submission.context) } };
      },
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "The repository and the base of the commit of a run that is opened again",
      isIn: (body) => body.type === "RunReopened" && body.context !== undefined && hasLaterContext(body.context),
      without: (body) =>
        body.type === "RunReopened" && body.context !== undefined ? { ...body, context: firstContext(body.context) } : body,
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "Which tests of a suite were selected",
      isIn: (body) => body.type === "RunSubmitted" && body.submission.suites.some(isSelected),
      // Without that, the run is taken for one of the whole suite.
      without: (body) =>
        body.type === "RunSubmitted"
          ? { ...body, submission: { ...body.submission, suites: body.submission.suites.map(unselected) } }
          : body,
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "Which tests of a suite were selected when it is opened again",
      isIn: (body) => body.type === "RunReopened" && body.suites?.some(isSelected) === true,
      without: (body) =>
        body.type === "RunReopened" && body.suites !== undefined ? { ...body, suites: body.suites.map(unselected) } : body,
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "The trace that a run which is opened again is a part of",
      isIn: (body) => body.type === "RunReopened" && body.trace_parent !== undefined,
      without: (body) => {
        if (body.type !== "RunReopened") return body;
        const { trace_parent: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "TokenCreated",
      version: 4,
      what: "That a token is for one project, or was given for an identity token",
      // Whoever does not know of the project would let it touch all of them.
      isIn: (body) => body.type === "TokenCreated" && (body.project !== undefined || body.exchanged !== undefined),
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "A dealing policy or recovery strategy of a plugin",
      isIn: (body) => body.type === "RunSubmitted" && hasChosenParts(body.submission.options),
      without: (body) => {
        if (body.type !== "RunSubmitted") return body;
        return { ...body, submission: { ...body.submission, options: withoutChosenParts(body.submission.options) } };
      },
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "A dealing policy or recovery strategy of a plugin, for a run that is opened again",
      isIn: (body) => body.type === "RunReopened" && body.options !== undefined && hasChosenParts(body.options),
      without: (body) => {
        if (body.type !== "RunReopened" || body.options === undefined) return body;
        return { ...body, options: withoutChosenParts(body.options) };
      },
    },
    {
      kind: "RunNoticed",
      version: 4,
      what: "Notices of plugins that failed",
      isIn: (body) => body.type === "RunNoticed" && body.code === "plugin",
      without: (body) => (body.type === "RunNoticed" ? { ...body, code: "quarantined" } : body),
    },
    {
      kind: "RunNoticed",
      version: 4,
      what: "Notices of measurements that were left out",
      isIn: (body) => body.type === "RunNoticed" && body.code === "measurements",
      // The words say what it is about.
      without: (body) => (body.type === "RunNoticed" ? { ...body, code: "quarantined" } : body),
    },
    {
      kind: "CasesFinished",
      version: 4,
      what: "What tests measured and computed",
      isIn: (body) => body.type === "CasesFinished" && body.cases.some(hasMeasured),
      without: (body) => (body.type === "CasesFinished" ? { ...body, cases: body.cases.map(withoutMeasured) } : body),
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "How long an attempt had ended before a coordinator could be told",
      isIn: (body) => body.type === "AttemptFinished" && body.waited_ms !== undefined,
      // It seems to have ended when it was told.
      without: (body) => {
        if (body.type !== "AttemptFinished") return body;
        const { waited_ms: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "AttemptFinished",
      version: 4,
      what: "What an attempt measured",
      isIn: (body) => body.type === "AttemptFinished" && body.metrics !== undefined,
      without: (body) => {
        if (body.type !== "AttemptFinished") return body;
        const { metrics: _, ...before } = body;
        return before;
      },
    },
    {
      kind: "TasksSettled",
      version: 4,
      what: "Tasks that are skipped without an attempt",
      // Only tasks with a browser of their own are, and a run with such a task waits for this version, too.
      isIn: (body) => body.type === "TasksSettled" && body.status === "skipped",
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "What becomes of tasks whose browser nobody offers",
      isIn: (body) => body.type === "RunSubmitted" && body.submission.options.missing_browser !== undefined,
      // Without it they are incomplete, as they were before.
      without: (body) => {
        if (body.type !== "RunSubmitted") return body;
        const { missing_browser: _, ...options } = body.submission.options;
        return { ...body, submission: { ...body.submission, options } };
      },
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "What becomes of tasks whose browser nobody offers, in a run that is taken up again",
      isIn: (body) => body.type === "RunReopened" && body.options?.missing_browser !== undefined,
      without: (body) => {
        if (body.type !== "RunReopened" || body.options === undefined) return body;
        const { missing_browser: _, ...options } = body.options;
        return { ...body, options };
      },
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "Runs that only measure",
      // Whoever does not know of them would take them for a part of the project's history.
      isIn: (body) => body.type === "RunSubmitted" && isMeasurement(body.submission.options),
    },
    {
      kind: "RunReopened",
      version: 4,
      what: "Runs that only measure, taken up again",
      isIn: (body) => body.type === "RunReopened" && body.options !== undefined && isMeasurement(body.options),
    },
    {
      kind: "RunSubmitted",
      version: 4,
      what: "The browser that a task runs in",
      // Whoever does not know of it would run all of them in the same one.
      isIn: (body) => body.type === "RunSubmitted" && body.submission.tasks.some(({ browser }) => browser !== undefined),
    },
  ],
  [
    "WorkerAssessed",
    "WorkerForeseen",
    "BreakerChanged",
    "TuningChanged",
    "RunTraced",
    "LeadershipTaken",
    "TokensPurged",
    "TrendsTaken",
    "TrendsRolled",
    "ActionBegun",
    "ActionEnded",
    "RunJudged",
  ],
);

function hasMeasured({ metrics, computed }: CaseResult): boolean {
  return metrics !== undefined || computed !== undefined;
}

function withoutMeasured({ metrics: _metrics, computed: _computed, ...result }: CaseResult): CaseResult {
  return result;
}

function isSelected({ selection }: Suite): boolean {
  return selection !== undefined;
}

/** A suite without its selection, as workers and older programs know it. */
export function unselected({ selection: _selection, ...suite }: Suite): Suite {
  return suite;
}

/**
 * Facts in a form that a cluster may write whose members know this version.
 * @throws ShardwrightError `update-incomplete` for one that has no such form
 */
export function writableFacts(bodies: readonly FactBody[], agreed: number, known: FactVersions): readonly FactBody[] {
  if (agreed >= known.version && bodies.every(({ type }) => type in known.kinds)) return bodies;
  return bodies.flatMap((body) => {
    const needed = known.kinds[body.type] ?? Math.max(known.version, agreed) + 1;
    if (needed <= agreed) return [withoutAdditions(body, agreed, known)];
    if (known.dispensable.includes(body.type)) return [];
    throw new ShardwrightError("update-incomplete", { what: body.type, needed, agreed });
  });
}

function withoutAdditions(body: FactBody, agreed: number, { additions }: FactVersions): FactBody {
  return additions.reduce((form, addition) => {
    if (addition.kind !== form.type || addition.version <= agreed || !addition.isIn(form)) return form;
    if (addition.without !== undefined) return addition.without(form);
    throw new ShardwrightError("update-incomplete", { what: addition.what, needed: addition.version, agreed });
  }, body);
}
