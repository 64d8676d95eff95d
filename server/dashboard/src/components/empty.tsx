import type { ComponentChildren } from "preact";

/** In place of what is not there yet: says why, and how it comes to be. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** While something is fetched: in words, and only when it takes so long that one begins to wonder. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      Fetching {what} …
    </p>
  );
}
