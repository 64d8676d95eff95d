import { Panel } from "../../components/page.tsx";

/** What is set where it is used, and not here. */
export function Elsewhere() {
  return (
    <>
      <Panel title="Notifications">
        <p>
          Whoever runs a suite tells of its end: to Slack, Teams, by mail, or to an address of your own. It is set beside the
          suite.
        </p>
        <pre tabIndex={0}>shardwright run --notify slack=https://hooks.slack.com/… --notify-on change</pre>
      </Panel>
      <Panel title="Plugins">
        <p>A coordinator loads what its configuration file names when it is started. What they bring is listed by:</p>
        <pre tabIndex={0}>shardwright plugins list</pre>
      </Panel>
    </>
  );
}
