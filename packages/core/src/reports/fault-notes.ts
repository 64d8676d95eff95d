import { changeWords, faultChanges, type FaultChange } from "./comparison-words.ts";
import type { Fault } from "./faults.ts";
import { formatCount } from "../model/count.ts";
import { reproductions, type Reproduction } from "./reproduce.ts";
import type { RunReport } from "./run-report.ts";

/** What a report knows of a failure beside the failure itself. */
export interface FaultNote {
  readonly change: FaultChange | undefined;
  /** How it stands to the base, in words. */
  readonly changed: string | undefined;
  readonly owners: readonly string[];
  readonly reproduction: Reproduction | undefined;
}

/** Finds it for each failure of a report. */
export function faultNotes(report: RunReport): (fault: Fault) => FaultNote {
  const { comparison } = report;
  const changeOf = faultChanges(report);
  const reproduce = reproductions(report);
  return (fault) => {
    const change = changeOf(fault);
    return {
      change,
      changed: change === undefined || comparison === undefined ? undefined : changeWords(change, comparison),
      owners: fault.task.owners ?? [],
      reproduction: reproduce(fault),
    };
  };
}

/** What the failures of one cause have in common, and how many of them what not. */
export interface GroupNote {
  /** `newly failing`, `newly failing: 2 of 6`. */
  readonly changes: readonly { readonly kind: FaultChange["kind"]; readonly words: string }[];
  /** The owners of any of them: `owned by @a, @b`; undefined where there are none. */
  readonly owned: { readonly words: string; readonly owners: readonly string[] } | undefined;
  /** Of the first one that has a command. */
  readonly reproduction: Reproduction | undefined;
}

const ownersShown = 6;

export function groupNote(faults: readonly Fault[], noteOf: (fault: Fault) => FaultNote): GroupNote {
  const notes = faults.map(noteOf);
  const words = new Map<string, { kind: FaultChange["kind"]; count: number }>();
  for (const { change, changed } of notes) {
    if (change === undefined || changed === undefined) continue;
    const known = words.get(changed);
    if (known === undefined) words.set(changed, { kind: change.kind, count: 1 });
    else known.count += 1;
  }
  const owners = [...new Set(notes.flatMap((note) => note.owners))];
  return {
    changes: [...words].slice(0, 3).map(([text, { kind, count }]) => ({
      kind,
      words: count === faults.length ? text : `${formatCount(count)} ${text}`,
    })),
    owned:
      owners.length === 0
        ? undefined
        : {
            words: notes.every((note) => note.owners.length > 0) ? "owned by" : "in part owned by",
            owners:
              owners.length > ownersShown ? [...owners.slice(0, ownersShown), `${owners.length - ownersShown} more`] : owners,
          },
    reproduction: notes.find((note) => note.reproduction !== undefined)?.reproduction,
  };
}
