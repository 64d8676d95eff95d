/** Something the operator of a worker may want to read; nothing that concerns a single test. */
export interface WorkerNotice {
  readonly level: "info" | "warning" | "error";
  readonly code:
    | "registered"
    | "registered-again"
    | "connection-lost"
    | "connection-back"
    | "name-taken"
    | "browsers-unknown"
    | "lease-lost"
    | "log-dropped"
    | "result-refused"
    | "results-undelivered"
    | "results-recovered"
    | "results-unbuffered"
    | "preempted"
    | "preemption-unknown"
    | "draining"
    | "left";
  readonly message: string;
}

export type Notify = (notice: WorkerNotice) => void;
