import type { PluginInfo } from "@shardwright/core";
import { Tag } from "../../components/badge.tsx";
import { Empty } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { Table } from "../../components/table.tsx";

/** What extends the coordinator. */
export function Plugins({ of }: { readonly of: readonly PluginInfo[] }) {
  const own = of.filter((plugin) => !plugin.built_in);
  return (
    <Panel title="Plugins" note="of the leader">
      {of.length > 0 && (
        <Table
          caption="Plugins"
          rows={[...own, ...of.filter((plugin) => plugin.built_in)]}
          keyOf={({ name }) => name}
          columns={[
            { title: "Plugin", cell: ({ name }) => name },
            { title: "Version", cell: ({ version, built_in }) => (built_in ? "comes with Shardwright" : version) },
            { title: "Brings", cell: (plugin) => broughtBy(plugin) },
            {
              title: "State",
              cell: ({ problem }) =>
                problem === undefined ? (
                  <Tag tone="passed">in use</Tag>
                ) : (
                  <>
                    <Tag tone="failed">not in use</Tag> {problem}
                  </>
                ),
            },
          ]}
        />
      )}
      {own.length === 0 && (
        <Empty title="No plugin of your own is loaded">
          <p>
            One can deal tests by a policy of yours, watch runs, or bring figures for metrics. Name it under <code>plugins</code>{" "}
            in the configuration file beside which coordinators are started. What a file brings is listed by:
          </p>
          <pre tabIndex={0}>shardwright plugins list</pre>
        </Empty>
      )}
    </Panel>
  );
}

/** `provider: github, gitlab; hooks: runEnded` */
function broughtBy({ parts, hooks }: PluginInfo): string {
  const byKind = Map.groupBy(parts, ({ kind }) => kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  const all = [...byKind].map(([kind, those]) => `${kind}: ${those.map(({ name }) => name).join(", ")}`);
  if (hooks.length > 0) all.push(`hooks: ${hooks.join(", ")}`);
  return all.length === 0 ? "nothing" : all.join("; ");
}
