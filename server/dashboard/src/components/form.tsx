import { useId } from "preact/hooks";

interface InputProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly isNumber?: boolean;
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  /** A few words below, on what is to be written there. */
  readonly note?: string;
}

/** A field of a form, which says nothing before the form is sent. */
export function Input({ label, value, onInput, isNumber = false, isRequired = false, maxLength = 256, note }: InputProps) {
  const id = useId();
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        inputMode={isNumber ? "numeric" : undefined}
        pattern={isNumber ? "[0-9]*" : undefined}
        value={value}
        required={isRequired}
        maxLength={maxLength}
        autocomplete="off"
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {note !== undefined && (
        <small id={`${id}-note`} class="muted">
          {note}
        </small>
      )}
    </div>
  );
}
