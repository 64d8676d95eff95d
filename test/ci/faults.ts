/** Trouble that a server makes instead of answering. */
export interface Fault {
  /** Matched against `POST /repos/…`; all requests where absent. */
  readonly match?: RegExp;
  /** How many requests it meets; all where absent. */
  readonly times?: number;
  /** Lets so many matching requests through first. */
  readonly after?: number;
  /** `broken`: the connection ends without an answer; `lost`: the request is carried out, and then the connection ends. */
  readonly answer: FaultAnswer | "broken" | "lost";
}

interface FaultAnswer {
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Faults that are still to come. */
export class Faults {
  readonly #open: { fault: Fault; passed: number; met: number }[] = [];

  add(...faults: readonly Fault[]): void {
    this.#open.push(...faults.map((fault) => ({ fault, passed: 0, met: 0 })));
  }

  /** From here on there is no trouble. */
  clear(): void {
    this.#open.length = 0;
  }

  /** The trouble that meets this request. @param request `GET /path` */
  meet(request: string): Fault["answer"] | undefined {
    for (const open of this.#open) {
      const { match, times = Number.POSITIVE_INFINITY, after = 0, answer } = open.fault;
      if (match?.test(request) === false || open.met >= times) continue;
      if (open.passed < after) {
        open.passed += 1;
        continue;
      }
      open.met += 1;
      return answer;
    }
    return undefined;
  }
}
