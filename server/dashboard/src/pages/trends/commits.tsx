import { plural } from "@shardwright/core";

interface CommitsProps {
  readonly of: { readonly commits: readonly string[]; readonly last_good?: string | undefined };
  readonly title: string;
}

/** The commits one of which something comes from, in order. */
export function Commits({ of: { commits, last_good }, title }: CommitsProps) {
  return (
    <details open={commits.length <= shownAtOnce}>
      <summary>
        {title} ({plural(commits.length, "commit")})
      </summary>
      {last_good !== undefined && (
        <p class="muted">
          Still as before at <code>{last_good}</code>; then, in order:
        </p>
      )}
      <ol class="commits">
        {commits.map((commit) => (
          <li key={commit}>
            <code>{commit}</code>
          </li>
        ))}
      </ol>
    </details>
  );
}

const shownAtOnce = 10;
