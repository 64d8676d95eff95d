import { useEffect, useId, useState } from "preact/hooks";

/** How long somebody may pause while writing before what they wrote counts. */
const pause_ms = 300;

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  /** What has been seen there before, to choose from. */
  readonly suggestions?: readonly string[];
}

/** A filter in words. */
export function TextField({ label, value, onChange, placeholder, suggestions }: TextFieldProps) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChange(text.trim()), pause_ms);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        value={text}
        maxLength={512}
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        list={suggestions === undefined ? undefined : `${id}-known`}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {suggestions !== undefined && (
        <datalist id={`${id}-known`}>
          {suggestions.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </div>
  );
}

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Value and words; the first is what holds when nothing is chosen. */
  readonly choices: readonly (readonly [value: string, words: string])[];
}

/** A filter to choose from. */
export function ChoiceField({ label, value, onChange, choices }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {choices.map(([each, words]) => (
          <option key={each} value={each}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
