interface PartsProps {
  readonly label: string;
  /** Name and words of each. */
  readonly parts: readonly (readonly [name: string, words: string])[];
  readonly shown: string;
  readonly onChoose: (name: string) => void;
}

/** The parts of a page of which one is shown. */
export function Parts({ label, parts, shown, onChoose }: PartsProps) {
  return (
    <nav class="filters" aria-label={label}>
      {parts.map(([name, words]) => (
        <button
          key={name}
          type="button"
          aria-current={name === shown ? "page" : undefined}
          class={name === shown ? "primary" : undefined}
          onClick={() => onChoose(name)}
        >
          {words}
        </button>
      ))}
    </nav>
  );
}
