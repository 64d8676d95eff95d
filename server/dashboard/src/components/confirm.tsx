import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ApiError } from "../data/api.ts";
import { Trouble } from "./trouble.tsx";

interface ConfirmProps {
  readonly title: string;
  readonly children: ComponentChildren;
  /** On the button that does it: "Cancel the run". */
  readonly action: string;
  /** It cannot be taken back. */
  readonly isDangerous?: boolean;
  readonly isRunning?: boolean;
  readonly error?: ApiError | undefined;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something is done. Escape and the first button leave all as it is. */
export function Confirm({
  title,
  children,
  action,
  isDangerous = false,
  isRunning = false,
  error,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm();
        }}
      >
        <h2 id={heading}>{title}</h2>
        {children}
        {error !== undefined && <Trouble error={error} />}
        <div class="dialog-buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
          <button type="submit" class={isDangerous ? "danger" : "primary"} disabled={isRunning}>
            {isRunning ? `${action} …` : action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
