import type { ComponentChildren } from "preact";
import { Loading } from "../../components/empty.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";

/** What each part is asked by. */
export interface PartProps {
  readonly project: string;
  readonly days: string;
}

interface AnswerProps<T> extends PartProps {
  /** Below `analytics/`. */
  readonly of: string;
  readonly more?: Readonly<Record<string, string | number | undefined>>;
  readonly children: (answer: T) => ComponentChildren;
}

/** Asks for a part's figures, and shows them when they are there. */
export function Answer<T>({ of, project, days, more = {}, children }: AnswerProps<T>) {
  const { data, error, isLoading, reload } = useGet<T>(withQuery(`analytics/${of}`, { project, days, ...more }));
  return (
    <>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? isLoading && <Loading what="the figures" /> : children(data)}
    </>
  );
}
