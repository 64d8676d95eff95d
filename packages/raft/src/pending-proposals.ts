import type { Entry, Index, NodeId, Refusal, Term } from "./types.ts";

/** What became of a proposal. */
export type Outcome<Result> =
  | { readonly kind: "applied"; readonly index: Index; readonly results: readonly Result[] }
  /** It did not happen and will not. */
  | { readonly kind: "refused"; readonly refusal: Refusal | "superseded"; readonly leader: NodeId | undefined }
  /** It may have happened, in part or as a whole, or may yet. */
  | { readonly kind: "unknown" };

/** Where in the log a proposal stands. */
interface Place {
  readonly first: Index;
  readonly last: Index;
  readonly term: Term;
}

interface Proposal<Result> extends Place {
  readonly results: Result[];
  readonly done: (outcome: Outcome<Result>) => void;
}

/** Proposals that are in the log of this node, until it is known what became of them: in the order of the log. */
export class PendingProposals<Result> {
  #proposals: Proposal<Result>[] = [];
  readonly #leader: () => NodeId | undefined;
  readonly #later: (answer: () => void) => void;

  /** @param later takes the answers, which may lead to new proposals: they are given when a step is carried out as a whole */
  constructor(leader: () => NodeId | undefined, later: (answer: () => void) => void) {
    this.#leader = leader;
    this.#later = later;
  }

  /** @param applied the last entry that the tables hold */
  add(place: Place, applied: Index, done: (outcome: Outcome<Result>) => void): void {
    // Nothing at all has no last entry that would answer it.
    if (place.first > place.last) this.#later(() => done({ kind: "applied", index: applied, results: [] }));
    else this.#proposals.push({ ...place, results: [], done });
  }

  /** @param result of an entry that carries data */
  applied(entry: Entry, result: Result): void {
    this.#supersede(entry.term);
    const [proposal] = this.#proposals;
    if (proposal?.term === entry.term && entry.index >= proposal.first) {
      if (entry.kind === "data") proposal.results.push(result);
      if (entry.index !== proposal.last) return;
      this.#proposals.shift();
      this.#later(() => proposal.done({ kind: "applied", index: entry.index, results: proposal.results }));
    }
  }

  /** The tables were replaced: what they hold of these entries was not applied one by one. */
  forgetUpTo(index: Index): void {
    const gone = this.#proposals.filter((each) => each.first <= index);
    this.#proposals = this.#proposals.filter((each) => each.first > index);
    for (const { done } of gone) this.#later(() => done({ kind: "unknown" }));
  }

  /**
   * Terms in a log do not fall: what an earlier leader proposed and is not applied by now can never be. Of entries that were proposed
   * together the next leader may have had the first ones.
   */
  #supersede(term: Term): void {
    while ((this.#proposals[0]?.term ?? term) < term) {
      const proposal = this.#proposals.shift();
      const hasBegun = (proposal?.results.length ?? 0) > 0;
      this.#later(() =>
        proposal?.done(hasBegun ? { kind: "unknown" } : { kind: "refused", refusal: "superseded", leader: this.#leader() }),
      );
    }
  }
}
