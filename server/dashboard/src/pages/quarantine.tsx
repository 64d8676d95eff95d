import type { QuarantineRequest } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Confirm } from "../components/confirm.tsx";
import { Input } from "../components/form.tsx";
import { say } from "../components/say.tsx";
import { put, remove } from "../data/api.ts";
import { serverNow_ms } from "../data/server-time.ts";
import { useAction } from "../data/use-action.ts";

const day_ms = 86_400_000;
const longest_days = 90;

interface DialogProps {
  readonly project: string;
  readonly test: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Puts a test into quarantine: who sees to it, why, and for how long. */
export function QuarantineDialog({ project, test, onClose, onDone }: DialogProps) {
  const [owner, setOwner] = useState("");
  const [reason, setReason] = useState("");
  const [days, setDays] = useState("14");
  const { run, isRunning, error } = useAction((request: QuarantineRequest) => put("quarantine", request));
  const confirm = async () => {
    const expires_at_ms = serverNow_ms() + Number(days) * day_ms;
    if (!(await run({ project, test, owner, reason, expires_at_ms }))) return;
    say(`${test} is in quarantine from the next run on`);
    onDone();
  };
  return (
    <Confirm
      title="Put into quarantine"
      action="Put into quarantine"
      isRunning={isRunning}
      error={error}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        From the next run on <strong>{test}</strong> runs and is reported, and its failure does not fail the run.
      </p>
      <Input label="Who sees to it" value={owner} onInput={setOwner} isRequired />
      <Input label="Why" value={reason} onInput={setReason} isRequired maxLength={1024} note="Say the address of a ticket." />
      <Input
        label="For how many days"
        isNumber
        value={days}
        onInput={setDays}
        isRequired
        note={`After that it counts again; ${longest_days} at most.`}
      />
    </Confirm>
  );
}

/** Takes a test out of quarantine. */
export function LiftDialog({ project, test, onClose, onDone }: DialogProps) {
  const { run, isRunning, error } = useAction(() => remove("quarantine", { project, test }));
  const confirm = async () => {
    if (!(await run())) return;
    say(`${test} counts again from the next run on`);
    onDone();
  };
  return (
    <Confirm
      title="Take out of quarantine"
      action="Take it out"
      isRunning={isRunning}
      error={error}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        <strong>{test}</strong> counts again from the next run on. Runs that were submitted before keep what counted for them.
      </p>
    </Confirm>
  );
}
