/** How something ended or stands; the word says it, colour and sign only help to find it. */
export type Status =
  | "passed"
  | "failed"
  | "errored"
  | "flaky"
  | "quarantined"
  | "skipped"
  | "cancelled"
  | "incomplete"
  | "running"
  | "lost"
  | "released"
  | "superseded"
  | "pending";

const signs: Readonly<Record<Status, string>> = {
  passed: "✓",
  failed: "✕",
  errored: "!",
  flaky: "≈",
  quarantined: "⊘",
  skipped: "–",
  cancelled: "◼",
  incomplete: "…",
  running: "▸",
  lost: "✕",
  released: "↩",
  superseded: "⧉",
  pending: "·",
};

/** @param label another word than the status itself */
export function Badge({ status, label = status }: { readonly status: Status; readonly label?: string | undefined }) {
  return (
    <span class={`badge status-${status}`}>
      <span aria-hidden="true">{signs[status]}</span> {label}
    </span>
  );
}

/** A state that is none of a test: `tone` says only which colour it has. @public */
export function Tag({
  tone = "skipped",
  children,
}: {
  readonly tone?: "passed" | "failed" | "errored" | "incomplete" | "skipped" | "flaky" | "quarantined";
  readonly children: string;
}) {
  return <span class={`badge status-${tone}`}>{children}</span>;
}
