import {
  type Fault,
  type FaultNote,
  type RunFailures,
  type RunId,
  type RunReport,
  type ShownCause,
  type ShownFault,
  causeWords,
  causesShown,
  changeCounts,
  changesShown,
  comparisonRemarks,
  comparisonSentence,
  cutText,
  evidenceText,
  faultNotes,
  faultsShown,
  type FailureCause,
  type FailureGroup,
  groupFailures,
  groupNote,
  kindWords,
  plainText,
} from "@shardwright/core";

const evidenceLimit = 20_000;
const titleLimit = 500;
const recoveredShown = 20;

/** Why a run is not green: its failures by cause, each with the first one's evidence, and what is different from the base. */
export function runFailures(report: RunReport, isOver: boolean): RunFailures {
  const groups = groupFailures(report);
  const noteOf = faultNotes(report);
  const { causes = [], mass = [] } = report.failures ?? {};
  const known = new Map(causes.map((cause) => [cause.fingerprint, cause]));
  return {
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- reports from elsewhere have other ids; this one is ours
    run: report.run.id as RunId,
    ...(isOver && { verdict: report.verdict }),
    reason: report.reason,
    cases: report.cases,
    cost: report.cost,
    failures: groups.reduce((sum, { faults }) => sum + faults.length, 0),
    causes: groups.length,
    shown: groups.slice(0, causesShown).map((group) => shownCause(group, known.get(group.fingerprint), noteOf)),
    at_once: mass.map(({ sentence }) => sentence),
    recovered: recoveredOf(groups, causes),
    flaky: report.cases.flaky,
    notices: report.notices.map(({ message }) => message),
    ...comparisonOf(report),
  };
}

function shownCause(group: FailureGroup, cause: FailureCause | undefined, noteOf: (fault: Fault) => FaultNote): ShownCause {
  const { fingerprint, title, kind, frame, faults, tasks } = group;
  const note = groupNote(faults, noteOf);
  const [first] = faults;
  return {
    fingerprint,
    title: cutText(title, titleLimit),
    kind: kindWords(kind),
    ...(frame !== undefined && { frame }),
    failures: faults.length,
    tasks,
    known: cause === undefined ? [] : causeWords(cause),
    changes: note.changes.map(({ kind: change, words }) => ({ kind: change, words })),
    ...(note.owned !== undefined && { owners: `${note.owned.words} ${note.owned.owners.map(plainText).join(", ")}` }),
    evidence: first === undefined ? "" : cutText(evidenceText(first.message, first.details), evidenceLimit),
    faults: faults.slice(0, faultsShown).map((fault) => shownFault(fault, noteOf(fault).changed)),
    ...(note.reproduction !== undefined && note.reproduction),
  };
}

function shownFault({ task, attempt, result }: Fault, changed: string | undefined): ShownFault {
  const number = task.places?.[attempt?.part ?? 0];
  return {
    file: plainText(result?.file ?? task.file),
    ...(result?.line !== undefined && { line: result.line }),
    ...(task.browser !== undefined && { browser: task.browser }),
    ...(result !== undefined && { path: result.path.map(plainText) }),
    ...(result !== undefined && result.ordinal > 0 && { ordinal: result.ordinal }),
    ...(number !== undefined && { task: number }),
    ...(attempt !== undefined && { attempt: attempt.attempt }),
    ...(changed !== undefined && { changed }),
  };
}

/** What does not count in the end, as far as there is something to say of it. */
function recoveredOf(groups: readonly FailureGroup[], causes: readonly FailureCause[]): RunFailures["recovered"] {
  const final = new Set(groups.map(({ fingerprint }) => fingerprint));
  return causes
    .filter(({ fingerprint, sentence }) => sentence !== undefined && !final.has(fingerprint))
    .slice(0, recoveredShown)
    .map((cause) => ({ title: cutText(cause.title, titleLimit), tasks: cause.tasks, known: causeWords(cause) }));
}

function comparisonOf({ comparison }: RunReport): Pick<RunFailures, "comparison"> {
  if (comparison === undefined) return {};
  return {
    comparison: {
      sentence: comparisonSentence(comparison),
      remarks: comparisonRemarks(comparison),
      base: comparison.base,
      changes: changeCounts(comparison).map((change) => ({ ...change, tests: comparison[change.kind].slice(0, changesShown) })),
    },
  };
}
