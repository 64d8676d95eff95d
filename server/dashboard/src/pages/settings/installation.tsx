import type { Installation } from "@shardwright/core";
import { Empty, Loading } from "../../components/empty.tsx";
import { Panel } from "../../components/page.tsx";
import { Table } from "../../components/table.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { useGet } from "../../data/use-get.ts";
import { Plugins } from "./plugins.tsx";
import { SignInSetup } from "./sign-in-setup.tsx";

const every_ms = 5000;

/** What the leader was started with, and what projects use of their quotas. */
export function InstallationPart() {
  const { data, error, isLoading, reload } = useGet<Installation>("installation", every_ms);
  return (
    <>
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? (
        isLoading && <Loading what="what the coordinator was started with" />
      ) : (
        <>
          <Quotas of={data} />
          <SignInSetup of={data.sign_in} />
          <Notifications of={data} />
          <Plugins of={data.plugins} />
        </>
      )}
    </>
  );
}

function Quotas({ of: { quotas } }: { readonly of: Installation }) {
  const hasLimits = quotas.some(({ slots }) => slots !== undefined);
  return (
    <Panel title="Quotas" note="the most slots that a project uses at the same time">
      {quotas.length > 0 && (
        <Table
          caption="Quotas of projects"
          rows={quotas}
          keyOf={({ project }) => project}
          columns={[
            { title: "Project", cell: ({ project }) => (project === "*" ? "each that is not named" : project) },
            { title: "At most", isNumber: true, cell: ({ slots }) => slots ?? "no limit" },
            { title: "In use now", isNumber: true, cell: ({ in_use }) => in_use ?? "–" },
          ]}
        />
      )}
      {!hasLimits && (
        <Empty title="No project has a quota">
          <p>
            Runs share the fleet by what each has waited for, and one project may use all of it. A quota keeps room for others.
            Set it under Configuration, or:
          </p>
          <pre tabIndex={0}>shardwright cluster config set quota nightly=8 "*=32"</pre>
        </Empty>
      )}
    </Panel>
  );
}

function Notifications({ of: { notifications } }: { readonly of: Installation }) {
  return (
    <Panel title="Notifications" note="whom the leader tells of alerts">
      {notifications.length > 0 ? (
        <ul>
          {notifications.map(({ target }, index) => (
            <li key={index}>{target}</li>
          ))}
        </ul>
      ) : (
        <Empty title="Nobody is told of alerts">
          <p>
            Start the coordinators with targets: Slack, Teams, mail, or an address of your own. Addresses of hooks are secrets, so
            give them in the environment:
          </p>
          <pre tabIndex={0}>SHARDWRIGHT_NOTIFY=slack:https://hooks.slack.com/services/… shardwright coordinator</pre>
        </Empty>
      )}
      <p class="muted">
        Of the end of a run tells whoever runs it: <code>shardwright run --notify …</code>
      </p>
    </Panel>
  );
}
