import type { ComponentType } from "preact";
import { Page } from "../../components/page.tsx";
import { Parts } from "../../components/parts.tsx";
import { useQuery } from "../../router/location.ts";
import { Audit } from "./audit.tsx";
import { Configuration } from "./configuration.tsx";
import { InstallationPart } from "./installation.tsx";
import { Tokens } from "./tokens.tsx";

const parts: readonly (readonly [name: string, words: string, Part: ComponentType])[] = [
  ["tokens", "Tokens", Tokens],
  ["configuration", "Configuration", Configuration],
  ["audit", "Audit log", Audit],
  ["installation", "Quotas, signing in, plugins", InstallationPart],
];

/** What administrators decide. */
export default function SettingsPage() {
  const [query, change] = useQuery();
  const [shown, , Part] = parts.find(([name]) => name === query.get("part")) ?? parts[0] ?? ["", "", Tokens];
  return (
    <Page title="Settings">
      <Parts
        label="Parts of the settings"
        parts={parts.map(([name, words]) => [name, words])}
        shown={shown}
        onChoose={(part) => change({ part, before: undefined, action: undefined, actor: undefined }, { replace: false })}
      />
      <Part />
    </Page>
  );
}
