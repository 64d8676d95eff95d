import { recoveryPhrase, type RunEvent } from "@shardwright/core";
import type { Progress } from "./progress.ts";
import { duration, printable, printableLine, type Colors } from "./text.ts";

/** The lines a single event is worth, for views that only add lines; none for what is not worth one. */
export function eventLines(event: RunEvent, { told }: Pick<Progress, "told">, colors: Colors): string[] {
  if (event.type === "attempt") return attemptLines(event, told.has(event.task), colors);
  if (event.type === "leased")
    return event.tasks.flatMap(({ file, duplicate, resumes }) => {
      const name = printable(file);
      const rest = resumes === undefined ? "" : `, without what attempt ${resumes} has finished`;
      if (duplicate)
        return [colors.dim(`⧉ ${name} is begun once more, by ${printable(event.worker_name)}: it takes long${rest}`)];
      return resumes === undefined ? [] : [colors.dim(`⇥ ${name} goes on on ${printable(event.worker_name)}${rest}`)];
    });
  if (event.type === "notice") return [`${colors.yellow("!")} ${printable(event.message)}`];
  if (event.type === "reopened") return [`${colors.yellow("↻")} ${event.tasks} tasks run again: ${printable(event.reason)}`];
  if (event.type === "settled") return [`${colors.yellow("!")} ${event.tasks} tasks ${event.status}: ${printable(event.reason)}`];
  return [];
}

function attemptLines(event: Extract<RunEvent, { type: "attempt" }>, wasTold: boolean, colors: Colors): string[] {
  const file = printableLine(event.file);
  const failure = event.failure === undefined ? "" : `\n    ${firstLine(event.failure.message)}`;
  const again =
    event.task_status === "pending" ? colors.yellow(` — ${recoveryPhrase(event.recovery ?? { action: "again" })}`) : "";
  switch (event.outcome) {
    case "failed":
      if (event.quarantined === true && event.task_status === "failed")
        return [`${colors.cyan("⊘")} ${file} ${colors.dim(duration(event.duration_ms))} failed in quarantine${failure}`];
      return [`${colors.red("✗")} ${file} ${colors.dim(duration(event.duration_ms))}${again}${failure}`];
    case "errored":
      return [`${colors.red("‼")} ${file} ${colors.dim(`errored after ${duration(event.duration_ms)}`)}${again}${failure}`];
    case "lost":
      return [`${colors.yellow("☠")} ${file} ${colors.dim("lost with its worker")}${again}`];
    case "passed":
      return wasTold ? [`${colors.green("✓")} ${file} ${colors.dim(`passed on attempt ${event.attempt}`)}`] : [];
    case "released":
    case "skipped":
    case "cancelled":
    case "superseded":
      return [];
  }
}

function firstLine(text: string): string {
  return printableLine(text.split("\n").find((line) => line.trim() !== "") ?? "").slice(0, 200);
}
