import { useQuery } from "../router/location.ts";

interface CursorProps {
  /** What the answer has of where the next page begins. */
  readonly next: string | number | undefined;
  /** What is paged through. */
  readonly what: string;
}

/** Goes through a list of which each page says where the next one begins. Which page is shown is in the address. */
export function Cursor({ next, what }: CursorProps) {
  const [query, change] = useQuery();
  const isFirst = !query.has("before");
  if (isFirst && next === undefined) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button type="button" disabled={isFirst} onClick={() => change({ before: undefined })}>
        ← Newest
      </button>
      <button type="button" disabled={next === undefined} onClick={() => change({ before: String(next) }, { replace: false })}>
        Older →
      </button>
    </nav>
  );
}
