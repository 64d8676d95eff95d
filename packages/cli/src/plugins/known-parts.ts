import { ShardwrightError } from "@shardwright/core";
import { type Plugins, kindTitles } from "@shardwright/plugin";

/** What is chosen by name of what coordinators decide by. */
interface ChosenByName {
  readonly dealing?: string | undefined;
  readonly recoveryStrategies: string;
}

/** Where the coordinator is in this process, what it does not have is found before anything runs. @throws ShardwrightError `usage` */
export function requireChosen(plugins: Plugins, chosen: ChosenByName): void {
  const [missing] = missingOf(plugins, chosen);
  if (missing === undefined) return;
  const { kind, name, flag } = missing;
  throw new ShardwrightError("usage", {
    problem: `There is no ${kindTitles[kind]} ${name}.`,
    remedy: `Give ${flag} one of ${plugins
      .parts(kind)
      .map((part) => part.name)
      .join(", ")}, or add a plugin that brings it.`,
  });
}

/** What is chosen, but for what is only known to the coordinator that is out of reach. @returns that as well, for people */
export function chosenHere(plugins: Plugins, chosen: ChosenByName): { readonly chosen: ChosenByName; readonly without: string } {
  const missing = missingOf(plugins, chosen);
  const isHere = (kind: Missing["kind"]) => !missing.some((one) => one.kind === kind);
  return {
    chosen: {
      dealing: isHere("dealingPolicy") ? chosen.dealing : undefined,
      recoveryStrategies: isHere("recoveryStrategy") ? chosen.recoveryStrategies : "progressive",
    },
    without: missing.map(({ kind, name }) => `, without the ${kindTitles[kind]} ${name}, which is not here`).join(""),
  };
}

interface Missing {
  readonly kind: "dealingPolicy" | "recoveryStrategy";
  readonly name: string;
  readonly flag: string;
}

function missingOf(plugins: Plugins, { dealing, recoveryStrategies }: ChosenByName): Missing[] {
  const chosen: readonly Missing[] = [
    ...(dealing === undefined ? [] : [{ kind: "dealingPolicy" as const, name: dealing, flag: "--dealing" }]),
    { kind: "recoveryStrategy", name: recoveryStrategies, flag: "--recovery-strategies" },
  ];
  return chosen.filter(({ kind, name }) => plugins.part(kind, name) === undefined);
}
