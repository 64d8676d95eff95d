import { type KeyObject, createPrivateKey } from "node:crypto";
import { ShardwrightError, reasonOf } from "@shardwright/core";

/** A GitHub App that the coordinator acts as. */
export interface GithubAppOptions {
  readonly appId: number;
  /** PEM, as GitHub hands it out. */
  readonly privateKey: string;
  /** What GitHub signs deliveries with; without it none is taken. */
  readonly webhookSecret?: string;
  /** `https://api.github.com` when absent; `https://HOST/api/v3` on GitHub Enterprise Server. */
  readonly apiUrl?: string;
  /** Which project may write checks of which repositories: `shop=acme/shop`, `shop=acme/*`, `*=acme/*`. */
  readonly repositories: readonly string[];
}

/** Runs of a project may be told of at a repository. Both in lower case, as GitHub compares names; `*` for all. */
interface Allowance {
  readonly project: string;
  readonly owner: string;
  readonly name: string;
}

export interface GithubApp {
  readonly appId: number;
  readonly key: KeyObject;
  readonly webhookSecret: string | undefined;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** A submitter says of what repository its run is: it must not turn another one's commits green. */
  readonly mayWrite: (project: string, repository: string) => boolean;
}

/** Half of what GitHub recommends, and more than anybody guesses. */
const shortestSecret = 16;

/** @throws ShardwrightError `config-invalid` that names every flag that is wrong */
export function readGithubApp(options: GithubAppOptions): GithubApp {
  const { appId, privateKey, webhookSecret, apiUrl = "https://api.github.com", repositories } = options;
  const problems: string[] = [];
  const allowances = repositories.flatMap((text) => {
    const [, project, owner, name] = /^([^=]+)=([\w.-]+)\/(\*|[\w.-]+)$/.exec(text) ?? [];
    if (project !== undefined && owner !== undefined && name !== undefined)
      return [{ project, owner: owner.toLowerCase(), name: name.toLowerCase() }];
    problems.push(`  --github-repository: ${text} is not like shop=acme/shop, shop=acme/* or *=acme/*`);
    return [];
  });
  if (repositories.length === 0)
    problems.push("  --github-repository: say of which repositories which project may write checks: shop=acme/shop");
  if (webhookSecret !== undefined && webhookSecret.length < shortestSecret)
    problems.push(
      `  SHARDWRIGHT_GITHUB_WEBHOOK_SECRET: it has ${webhookSecret.length} characters; at least ${shortestSecret} are needed`,
    );
  const key = readKey(privateKey, problems);
  if (key === undefined || problems.length > 0) throw new ShardwrightError("config-invalid", { problems: problems.join("\n") });
  return {
    appId,
    key,
    webhookSecret,
    apiUrl: apiUrl.replace(/\/+$/, ""),
    mayWrite: (project, repository) => allowances.some((allowance) => fits(allowance, project, repository)),
  };
}

function readKey(pem: string, problems: string[]): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
    problems.push("  --github-app-key: GitHub's keys are RSA keys, and this is none");
  } catch (error) {
    problems.push(`  --github-app-key: it is no private key in PEM (${reasonOf(error)})`);
  }
  return undefined;
}

function fits(allowance: Allowance, project: string, repository: string): boolean {
  const [owner, name, ...rest] = repository.toLowerCase().split("/");
  if (name === undefined || rest.length > 0 || owner !== allowance.owner) return false;
  return (allowance.name === "*" || allowance.name === name) && (allowance.project === "*" || allowance.project === project);
}
