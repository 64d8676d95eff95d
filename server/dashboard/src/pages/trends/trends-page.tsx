import type { ComponentType } from "preact";
import { TextField } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { Parts } from "../../components/parts.tsx";
import { useSession } from "../../data/session.ts";
import { useQuery } from "../../router/location.ts";
import { ComparisonPart } from "./comparison.tsx";
import { NoisePart } from "./noise.tsx";
import { SeriesPart, type TrendsPartProps } from "./series-list.tsx";
import "./trends.css";

const parts: readonly (readonly [name: string, words: string, Part: ComponentType<TrendsPartProps>])[] = [
  ["series", "Series", SeriesPart],
  ["comparison", "Comparison", ComparisonPart],
  ["noise", "Noise", NoisePart],
];
const filters = [
  ["test", "Test", "*cart* > adds*"],
  ["metric", "Metric", "duration"],
  ["hardware", "Hardware", "linux-*"],
  ["branch", "Branch", "main"],
] as const;

/** What tests take and measure: all series, one configuration beside another, and how much each varies. */
export default function TrendsPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const chosen = Object.fromEntries(
    filters.flatMap(([name]): [string, string][] => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const [shown, , Part] = parts.find(([name]) => name === query.get("part")) ?? parts[0] ?? ["", "", SeriesPart];
  return (
    <Page title="Trends">
      <Parts
        label="Parts of the trends"
        parts={parts.map(([name, words]) => [name, words])}
        shown={shown}
        onChoose={(part) => change({ part, after: undefined }, { replace: false })}
      />
      <div class="filters" role="search" aria-label="Filter series">
        <TextField label="Project" value={project} onChange={(value) => change({ project: value, after: undefined })} />
        {filters.map(([name, label, placeholder]) => (
          <TextField
            key={name}
            label={label}
            placeholder={placeholder}
            value={chosen[name] ?? ""}
            onChange={(value) => change({ [name]: value, after: undefined })}
          />
        ))}
      </div>
      <Part project={project} chosen={chosen} />
    </Page>
  );
}
