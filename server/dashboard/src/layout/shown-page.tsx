import type { ComponentType } from "preact";
import { useEffect, useErrorBoundary, useRef, useState } from "preact/hooks";
import { Empty, Loading } from "../components/empty.tsx";
import { Page } from "../components/page.tsx";
import { say } from "../components/say.tsx";
import { Trouble } from "../components/trouble.tsx";
import { ApiError } from "../data/api.ts";
import { asApiError } from "../data/use-get.ts";
import type { PageDefinition, PageProps } from "../pages/pages.ts";
import { Link } from "../router/link.tsx";

interface ShownPageProps extends PageProps {
  readonly page: PageDefinition | undefined;
}

/** Whether a page was shown before this one: the first one is the browser's to announce. */
let isFirst = true;

/** One page, fetched when it is first wanted. A fault in it leaves the rest standing. */
export function ShownPage({ page, params }: ShownPageProps) {
  const [Shown, setShown] = useState<ComponentType<PageProps>>();
  const [failure, setFailure] = useState<ApiError>();
  const [fault] = useErrorBoundary();
  useEffect(() => {
    page?.load().then(
      (module) => setShown(() => module.default),
      (error: unknown) =>
        setFailure(
          new ApiError(
            "page",
            0,
            "This page could not be fetched.",
            "The coordinator may have been updated: reload the page.",
            error,
          ),
        ),
    );
  }, [page]);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (Shown === undefined && page !== undefined) return;
    if (!isFirst) announce(frame.current);
    isFirst = false;
  }, [Shown]);
  return (
    <div ref={frame}>
      {page === undefined ? (
        <NoPage />
      ) : fault !== undefined ? (
        <Trouble error={asApiError(fault)} retry={() => location.reload()} />
      ) : failure !== undefined ? (
        <Trouble error={failure} retry={() => location.reload()} />
      ) : Shown === undefined ? (
        <Loading what="the page" />
      ) : (
        <Shown params={params} />
      )}
    </div>
  );
}

/** As a browser does when it loads a page: says what it is, and begins at its top. */
function announce(frame: HTMLDivElement | null): void {
  frame?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  say(document.title);
}

function NoPage() {
  return (
    <Page title="There is no such page">
      <Empty title="This address leads nowhere.">
        <p>
          It may be of a newer version. <Link to="/">All runs</Link> are a good place to begin.
        </p>
      </Empty>
    </Page>
  );
}
