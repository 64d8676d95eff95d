import type { TrendPoints } from "@shardwright/core";
import { withQuery } from "../../data/api.ts";
import { useGet } from "../../data/use-get.ts";
import { Link } from "../../router/link.tsx";
import { usePlace } from "../../router/location.ts";

const looked = 1000;
const shown = 20;

/** Where a series was measured on no branch that is watched: those on which it was. */
export function OtherBranches({ path, project }: { readonly path: string; readonly project: string }) {
  const place = usePlace();
  const { data } = useGet<TrendPoints>(withQuery(`${path}/points`, { project, limit: looked }));
  const branches = new Set((data?.points ?? []).flatMap(({ branch }) => (branch === undefined ? [] : [branch])));
  if (branches.size === 0) return null;
  return (
    <>
      <p>It was measured on these branches:</p>
      <ul>
        {[...branches].slice(0, shown).map((branch) => (
          <li key={branch}>
            <Link to={withQuery(place.path, { project, branch })}>{branch}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}
