import type { ComponentType } from "preact";
import { Page } from "../../components/page.tsx";
import { useQuery } from "../../router/location.ts";
import { Audit } from "./audit.tsx";
import { Configuration } from "./configuration.tsx";
import { Elsewhere } from "./elsewhere.tsx";
import { Tokens } from "./tokens.tsx";

const parts: readonly (readonly [name: string, words: string, Part: ComponentType])[] = [
  ["tokens", "Tokens", Tokens],
  ["configuration", "Configuration", Configuration],
  ["audit", "Audit log", Audit],
  ["more", "Notifications and plugins", Elsewhere],
];

/** What administrators decide. */
export default function SettingsPage() {
  const [query, change] = useQuery();
  const [shown, , Part] = parts.find(([name]) => name === query.get("part")) ?? parts[0] ?? ["", "", Tokens];
  return (
    <Page title="Settings">
      <nav class="filters" aria-label="Parts of the settings">
        {parts.map(([name, words]) => (
          <button
            key={name}
            type="button"
            aria-current={name === shown ? "page" : undefined}
            class={name === shown ? "primary" : undefined}
            onClick={() => change({ part: name, before: undefined, action: undefined, actor: undefined }, { replace: false })}
          >
            {words}
          </button>
        ))}
      </nav>
      <Part />
    </Page>
  );
}
