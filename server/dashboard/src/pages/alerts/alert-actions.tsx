import type { AlertRequest, TrendAlert } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Confirm } from "../../components/confirm.tsx";
import { Input } from "../../components/form.tsx";
import { say } from "../../components/say.tsx";
import { patch } from "../../data/api.ts";
import { useMay, useSession } from "../../data/session.ts";
import { useAction } from "../../data/use-action.ts";

type What = AlertRequest["state"];

const words: Readonly<Record<What, { readonly action: string; readonly text: string; readonly done: string }>> = {
  acknowledged: {
    action: "Acknowledge",
    text: "Somebody has seen it. It fails no check any more, and becomes fixed by itself when all of its series are back.",
    done: "The alert is acknowledged",
  },
  invalid: {
    action: "Say it is none",
    text: "It comes of something else than the code, such as a machine that was moved. It is looked at no more.",
    done: "The alert is said to be none",
  },
  open: {
    action: "Open again",
    text: "It is to be looked at again, and fails checks as before.",
    done: "The alert is open again",
  },
};

const offered: Readonly<Record<TrendAlert["state"], readonly What[]>> = {
  open: ["invalid", "acknowledged"],
  acknowledged: ["open", "invalid"],
  invalid: ["open"],
  fixed: ["open"],
};

/** What may be said of an alert, by those who may. */
export function AlertActions({ alert, onDone }: { readonly alert: TrendAlert; readonly onDone: () => void }) {
  const [open, setOpen] = useState<What>();
  if (!useMay("submit")) return null;
  return (
    <>
      {offered[alert.state].map((what) => (
        <button key={what} type="button" class={what === "acknowledged" ? "primary" : undefined} onClick={() => setOpen(what)}>
          {words[what].action}
        </button>
      ))}
      {open !== undefined && <AlertDialog what={open} alert={alert} onClose={() => setOpen(undefined)} onDone={onDone} />}
    </>
  );
}

interface AlertDialogProps {
  readonly what: What;
  readonly alert: TrendAlert;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function AlertDialog({ what, alert: { id, project }, onClose, onDone }: AlertDialogProps) {
  const by = useSession().name;
  const [note, setNote] = useState("");
  const { run, isRunning, error } = useAction((request: AlertRequest) => patch(`trends/alerts/${id}`, request));
  const confirm = async () => {
    if (!(await run({ project, state: what, by, ...(note.trim() !== "" && { note: note.trim() }) }))) return;
    say(words[what].done);
    onClose();
    onDone();
  };
  return (
    <Confirm
      title={`${words[what].action}?`}
      action={words[what].action}
      isRunning={isRunning}
      error={error}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{words[what].text}</p>
      <Input label="Note" value={note} onInput={setNote} maxLength={1024} note="For whoever looks at it next." />
    </Confirm>
  );
}
