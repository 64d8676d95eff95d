import { useState } from "preact/hooks";
import { say } from "../../components/say.tsx";

/** A command to copy. */
export function Command({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    say("Copied");
  };
  return (
    <div class="command">
      <span class="command-label">{label}</span>
      <pre tabIndex={0} role="group" aria-label={label}>
        <code>{text}</code>
      </pre>
      {/* Browsers give the clipboard to pages over TLS and on this machine alone. */}
      {navigator.clipboard !== undefined && (
        <button type="button" onClick={() => void copy().catch(() => setCopied(false))}>
          {isCopied ? "Copied" : "Copy"}
        </button>
      )}
    </div>
  );
}
