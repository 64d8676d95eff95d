import { plural } from "@shardwright/core";
import { CommitName } from "../../components/commit-name.tsx";

interface CommitsProps {
  readonly of: { readonly commits: readonly string[]; readonly last_good?: string | undefined };
  readonly title: string;
  /** Where their repository can be looked at, if that is known. */
  readonly at: string | undefined;
}

/** The commits one of which something comes from, in order. */
export function Commits({ of: { commits, last_good }, title, at }: CommitsProps) {
  return (
    <details open={commits.length <= shownAtOnce}>
      <summary>
        {title} ({plural(commits.length, "commit")})
      </summary>
      {last_good !== undefined && (
        <p class="muted">
          Still as before at <CommitName commit={last_good} at={at} />; then, in order:
        </p>
      )}
      <ol class="commits">
        {commits.map((commit) => (
          <li key={commit}>
            <CommitName commit={commit} at={at} />
          </li>
        ))}
      </ol>
    </details>
  );
}

const shownAtOnce = 10;
