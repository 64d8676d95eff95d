import { formatCount } from "@shardwright/core";

interface PagerProps {
  /** From 0. */
  readonly page: number;
  readonly size: number;
  /** Of all pages; where it is not known, `hasNext` says whether there is more. */
  readonly total?: number | undefined;
  readonly hasNext?: boolean;
  readonly onPage: (page: number) => void;
  /** What is paged through. */
  readonly what: string;
}

/** Goes through what is too long for one page. */
export function Pager({ page, size, total, hasNext, onPage, what }: PagerProps) {
  const isLast = total === undefined ? hasNext !== true : (page + 1) * size >= total;
  if (page === 0 && isLast) return null;
  const last = total === undefined ? (page + 1) * size : Math.min(total, (page + 1) * size);
  return (
    <nav class="pager" aria-label={`Pages of ${what}`}>
      <button type="button" disabled={page === 0} onClick={() => onPage(page - 1)}>
        ← Previous
      </button>
      <span>
        {formatCount(page * size + 1)}–{formatCount(last)}
        {total !== undefined && ` of ${formatCount(total)}`}
      </span>
      <button type="button" disabled={isLast} onClick={() => onPage(page + 1)}>
        Next →
      </button>
    </nav>
  );
}
