import type { ReportArtifact, ReportTask } from "./run-report.ts";

/** The address of a downloaded artifact, relative to the report: plain ASCII that means the same in HTML and Markdown. */
export function artifactHref(path: string): string {
  return path
    .split("/")
    .map((part) =>
      encodeURIComponent(part.toWellFormed()).replaceAll(/[!'()*~_]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
    )
    .join("/");
}

export interface PlacedArtifact extends ReportArtifact {
  readonly path: string;
  readonly attempt: number;
}

/** The artifacts of a task that lie beside the report: the last attempt's first, and of one attempt, pictures first. */
export function placedArtifacts(task: ReportTask): PlacedArtifact[] {
  return task.attempts
    .flatMap(({ attempt, artifacts = [] }) =>
      artifacts.flatMap((artifact) => (artifact.path === undefined ? [] : [{ ...artifact, path: artifact.path, attempt }])),
    )
    .toSorted((a, b) => b.attempt - a.attempt || Number(isPicture(b)) - Number(isPicture(a)));
}

function isPicture({ name }: ReportArtifact): boolean {
  return /\.(?:png|jpe?g|gif|webp|avif|svg|bmp)$/i.test(name);
}
