import type { AnchorHTMLAttributes, ComponentChildren } from "preact";
import { hrefOf, navigate } from "./location.ts";

interface LinkProps extends Pick<AnchorHTMLAttributes, "class" | "title" | "aria-current" | "aria-label"> {
  /** Within the dashboard: `/runs/r-1`. */
  readonly to: string;
  readonly children: ComponentChildren;
}

/** A link within the dashboard, which changes the page without loading it anew. */
export function Link({ to, children, ...rest }: LinkProps) {
  return (
    <a {...rest} href={hrefOf(to)} onClick={(event) => follow(event, to)}>
      {children}
    </a>
  );
}

/** A click with a key, or with another button, is the browser's: it opens a tab. */
function follow(event: MouseEvent, to: string): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(to);
}
