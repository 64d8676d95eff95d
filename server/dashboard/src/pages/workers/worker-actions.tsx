import type { WorkerDetail } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Confirm } from "../../components/confirm.tsx";
import { Input } from "../../components/form.tsx";
import { say } from "../../components/say.tsx";
import { post } from "../../data/api.ts";
import { useMay } from "../../data/session.ts";
import { useAction } from "../../data/use-action.ts";

type What = "drain" | "quarantine" | "release";

const words: Readonly<Record<What, { readonly title: string; readonly text: string; readonly done: string }>> = {
  drain: {
    title: "Drain the worker",
    text: "It is handed nothing more, ends what it runs, and leaves. It comes back when it is started again.",
    done: "The worker drains",
  },
  quarantine: {
    title: "Quarantine the worker",
    text: "It is handed nothing for a while that others can run. Then it has to prove itself, with one test at a time.",
    done: "The worker is in quarantine",
  },
  release: {
    title: "Release the worker",
    text: "What there is against it is forgotten: it is handed work as before.",
    done: "The worker is released",
  },
};

/** What an operator may do with a worker that is there. */
export function WorkerActions({ detail, onDone }: { readonly detail: WorkerDetail; readonly onDone: () => void }) {
  const [open, setOpen] = useState<What>();
  const { status, standing } = detail.worker;
  const isHeldBack = (standing ?? "well") !== "well" || detail.breakers.some(({ scope }) => scope === "worker");
  const isLive = status === "live";
  if (!useMay("admin")) return null;
  return (
    <>
      {isHeldBack && isLive && (
        <button type="button" onClick={() => setOpen("release")}>
          Release
        </button>
      )}
      {isLive && (
        <>
          <button type="button" onClick={() => setOpen("quarantine")}>
            Quarantine
          </button>
          <button type="button" class="danger" onClick={() => setOpen("drain")}>
            Drain
          </button>
        </>
      )}
      {/* Whoever has asked is answered, also where the worker has left meanwhile. */}
      {open !== undefined && <ActionDialog what={open} detail={detail} onClose={() => setOpen(undefined)} onDone={onDone} />}
    </>
  );
}

interface ActionDialogProps {
  readonly what: What;
  readonly detail: WorkerDetail;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function ActionDialog({ what, detail, onClose, onDone }: ActionDialogProps) {
  const [minutes, setMinutes] = useState("60");
  const [reason, setReason] = useState("");
  const { id, name } = detail.worker;
  const { run, isRunning, error } = useAction(() => {
    const body = what === "quarantine" ? { minutes: Number(minutes), ...(reason.trim() !== "" && { reason }) } : {};
    return post(`workers/${id}/${what}`, body);
  });
  const confirm = async () => {
    if (!(await run())) return;
    say(words[what].done);
    onClose();
    onDone();
  };
  return (
    <Confirm
      title={`${words[what].title} ${name}?`}
      action={words[what].title}
      isDangerous={what === "drain"}
      isRunning={isRunning}
      error={error}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{words[what].text} What it runs now goes on.</p>
      {what === "quarantine" && (
        <>
          <Input label="For how many minutes" isNumber value={minutes} onInput={setMinutes} isRequired />
          <Input label="Why" value={reason} onInput={setReason} maxLength={200} note="Shown beside its circuit breaker." />
        </>
      )}
    </Confirm>
  );
}
