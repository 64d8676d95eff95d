import { type SettingInfo, type SharedKey, sharedSettings } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Tag } from "../../components/badge.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Loading } from "../../components/empty.tsx";
import { Input } from "../../components/form.tsx";
import { Panel } from "../../components/page.tsx";
import { say } from "../../components/say.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { put, remove } from "../../data/api.ts";
import { useAction } from "../../data/use-action.ts";
import { useGet } from "../../data/use-get.ts";
import { settingText, settingValue } from "./setting-value.ts";

/** What all coordinators go by, quotas among it. */
export function Configuration() {
  const { data, error, isLoading, reload } = useGet<{ settings: SettingInfo[] }>("configuration");
  const [changed, setChanged] = useState<SettingInfo>();
  const columns: readonly Column<SettingInfo>[] = [
    { title: "Setting", cell: ({ key }) => <code>{key}</code> },
    { title: "Value", cell: ({ value }) => settingText(value) || "none" },
    { title: "From", cell: (info) => <Origin info={info} /> },
    { title: "What it is for", isMinor: true, cell: ({ key }) => kindOf(key)?.describe ?? "known to a later version only" },
    {
      title: "Do",
      cell: (info) => (
        <button type="button" aria-label={`Change ${info.key}`} onClick={() => setChanged(info)}>
          Change
        </button>
      ),
    },
  ];
  return (
    <Panel title="Configuration" note="the same for all coordinators, at once and for good">
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {data === undefined ? (
        isLoading && <Loading what="the settings" />
      ) : (
        <Table caption="Settings" columns={columns} rows={data.settings} keyOf={({ key }) => key} />
      )}
      {changed !== undefined && (
        <ChangeDialog
          info={changed}
          onClose={() => setChanged(undefined)}
          onDone={() => {
            setChanged(undefined);
            reload();
          }}
        />
      )}
    </Panel>
  );
}

function Origin({ info: { origin, set_at_ms } }: { readonly info: SettingInfo }) {
  if (origin !== "shared") return <Tag>{origin === "flag" ? "a flag of the leader" : "default"}</Tag>;
  return (
    <>
      <Tag tone="passed">set</Tag> {set_at_ms !== undefined && <Instant at_ms={set_at_ms} ago />}
    </>
  );
}

interface ChangeDialogProps {
  readonly info: SettingInfo;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function ChangeDialog({ info: { key, value, origin }, onClose, onDone }: ChangeDialogProps) {
  const [text, setText] = useState(settingText(value));
  const kind = kindOf(key);
  const { run, isRunning, error } = useAction((isUnset: boolean) =>
    isUnset ? remove(`configuration/${key}`) : put(`configuration/${key}`, { value: settingValue(text, kind?.kind ?? "text") }),
  );
  const send = async (isUnset: boolean) => {
    if (!(await run(isUnset))) return;
    say(`${key} is ${isUnset ? "no longer set" : "set"}`);
    onDone();
  };
  return (
    <Confirm
      title={`Change ${key}`}
      action="Set"
      isRunning={isRunning}
      error={error}
      onConfirm={() => void send(false)}
      onClose={onClose}
    >
      <p>{kind?.describe}.</p>
      {kind?.kind === "switch" ? (
        <div class="form-field">
          <label for="setting-switch">Value</label>
          <select id="setting-switch" value={text} onChange={(event) => setText(event.currentTarget.value)}>
            <option value="yes">yes</option>
            <option value="no">no</option>
          </select>
        </div>
      ) : (
        <Input
          label="Value"
          value={text}
          onInput={setText}
          maxLength={4096}
          {...(kind?.kind === "list" && { note: "Words, separated by spaces." })}
        />
      )}
      {origin === "shared" && (
        <p>
          <button type="button" disabled={isRunning} onClick={() => void send(true)}>
            Unset: what coordinators are started with counts
          </button>
        </p>
      )}
    </Confirm>
  );
}

function kindOf(key: string): { readonly kind: "list" | "number" | "switch" | "text"; readonly describe: string } | undefined {
  return key in sharedSettings ? sharedSettings[key as SharedKey] : undefined;
}
