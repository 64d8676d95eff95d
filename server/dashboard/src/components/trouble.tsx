import type { ApiError } from "../data/api.ts";

/** What went wrong, and what to do about it. */
export function Trouble({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{error.message}</strong>
      </p>
      <p>{error.hint}</p>
      {retry !== undefined && (
        <p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}
