import type { ComponentType } from "preact";
import { ChoiceField, TextField } from "../../components/field.tsx";
import { Page } from "../../components/page.tsx";
import { Parts } from "../../components/parts.tsx";
import { useSession } from "../../data/session.ts";
import { useQuery } from "../../router/location.ts";
import { CostPart } from "./cost.tsx";
import { FailuresPart } from "./failures.tsx";
import { FlakyPart } from "./flaky.tsx";
import { FleetPart } from "./fleet.tsx";
import type { PartProps } from "./part-answer.tsx";
import { TestsPart } from "./tests.tsx";
import { TimePart } from "./time.tsx";
import "./analytics.css";

const parts: readonly (readonly [name: string, words: string, Part: ComponentType<PartProps>])[] = [
  ["time", "Time", TimePart],
  ["tests", "Slowest tests", TestsPart],
  ["fleet", "Fleet", FleetPart],
  ["cost", "Cost", CostPart],
  ["flaky", "Flaky", FlakyPart],
  ["failures", "Failures", FailuresPart],
];
const windows = [
  ["7", "7 days"],
  ["30", "30 days"],
  ["90", "90 days"],
] as const;

/** Where time and money go, over many runs. */
export default function AnalyticsPage() {
  const [query, change] = useQuery();
  const project = query.get("project") ?? useSession().project ?? "default";
  const days = query.get("days") ?? "30";
  const [shown, , Part] = parts.find(([name]) => name === query.get("part")) ?? parts[0] ?? ["", "", TimePart];
  return (
    <Page title="Analytics">
      <Parts
        label="Parts of the analytics"
        parts={parts.map(([name, words]) => [name, words])}
        shown={shown}
        onChoose={(part) => change({ part, by: undefined, offset: undefined }, { replace: false })}
      />
      <div class="filters">
        <TextField label="Project" value={project} onChange={(value) => change({ project: value, offset: undefined })} />
        <ChoiceField
          label="Looked at"
          value={days}
          onChange={(value) => change({ days: value, offset: undefined })}
          choices={windows.some(([value]) => value === days) ? windows : [...windows, [days, `${days} days`]]}
        />
      </div>
      <Part project={project} days={days} />
    </Page>
  );
}
