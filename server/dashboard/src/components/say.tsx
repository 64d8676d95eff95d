import { Store, useStore } from "../data/store.ts";

const said = new Store("");

/** Tells something to those who hear the page instead of seeing it. */
export function say(text: string): void {
  // The same words again are not read out unless they change.
  said.set(said.value === text ? `${text}\u00a0` : text);
}

/** Where it is told; there is one on the page. */
export function LiveRegion() {
  return (
    <div class="unseen" role="status" aria-live="polite">
      {useStore(said)}
    </div>
  );
}
