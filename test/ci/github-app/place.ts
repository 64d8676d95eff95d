import { createHmac, generateKeyPairSync, randomUUID } from "node:crypto";
import { join } from "node:path";
import { openDiskBlobs } from "../../../server/src/blobs/disk-blobs.ts";
import { completionOf } from "../../../server/src/github/check-output.ts";
import { GithubIntegration } from "../../../server/src/github/integration.ts";
import { type GithubAppOptions, readGithubApp } from "../../../server/src/github/options.ts";
import { buildReport } from "../../../server/src/reports/build-report.ts";
import { recordedLog } from "../../../server/src/testing/recorded-log.ts";
import { World, submissionOf } from "../../../server/src/testing/world.ts";
import { randomId } from "../../../server/src/security/random.ts";
import { filled } from "../github/contract.ts";
import { startGithub, type GithubServer, type GithubServerOptions } from "../github/server.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** As GitHub hands it out. */
export const privateKey = keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
export const app = {
  id: 4711,
  slug: "shardwright",
  publicKey: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  installation: 99,
  writes: new Set(["checks"]),
};
export const webhookSecret = "webhook-secret-of-these-tests";
export const commit = "c".repeat(40);
export const context = {
  provider: "github",
  repository: "acme/shop",
  commit,
  build_url: "https://github.com/acme/shop/actions/runs/77",
};
export const git = { kind: "git", url: "https://github.com/acme/shop", commit, directory: "." } as const;

/** A submission by a job of GitHub. */
export const jobSubmission = (files: readonly string[], overrides: Parameters<typeof submissionOf>[1] = {}) =>
  submissionOf(files, { context, workspace: git, ...overrides, options: { max_retries: 0, ...overrides.options } });

/** A coordinator's inside that writes to a GitHub of its own; its clock stands still. */
export class Place implements AsyncDisposable {
  readonly world: World;
  readonly github: GithubServer;
  readonly logged: string[] = [];
  readonly #options: Partial<GithubAppOptions>;
  readonly #integrations: GithubIntegration[] = [];

  private constructor(world: World, github: GithubServer, options: Partial<GithubAppOptions>) {
    this.world = world;
    this.github = github;
    this.#options = options;
  }

  static async open(options: Partial<GithubAppOptions> = {}, server: GithubServerOptions = {}): Promise<Place> {
    const world = await World.open();
    return new Place(world, await startGithub({ app, now_ms: () => world.clock.now_ms(), ...server }), options);
  }

  /** One that leads from now on, and knows what the tables and GitHub know. */
  async lead(): Promise<GithubIntegration> {
    const { ledger, queries, scheduler } = this.world.inside;
    const blobs = await openDiskBlobs(join(this.world.directory, "blobs"), 1_000_000);
    const integration = new GithubIntegration({
      app: readGithubApp({
        appId: app.id,
        privateKey,
        webhookSecret,
        apiUrl: this.github.url,
        repositories: ["*=acme/shop"],
        ...this.#options,
      }),
      ledger,
      leadership: { current: scheduler, scheduler },
      queries,
      completion: async (run, completion) =>
        completionOf(await buildReport(queries, blobs, run, this.world.clock.now_ms()), completion),
      clock: this.world.clock,
      newId: randomId,
      log: recordedLog(this.logged),
    });
    this.#integrations.push(integration);
    return integration;
  }

  /** Requests that came, without those that ask for tokens. */
  get requests(): string[] {
    return this.github.seen
      .map(({ request }) => request)
      .filter((request) => !request.includes("/access_tokens") && !request.endsWith("/installation"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#integrations.map((integration) => integration.close()));
    await this.github.close();
    await this.world[Symbol.asyncDispose]();
  }
}

interface Pressed {
  readonly action?: "requested_action" | "rerequested";
  readonly identifier?: string;
  readonly externalId: string;
  readonly commit?: string;
  readonly repository?: string;
  readonly appId?: number;
}

/** What GitHub sends when somebody presses a button at a check, filled in by its own schema. */
export function deliveryOf(pressed: Pressed): { name: string; payload: object } {
  const { action = "requested_action", identifier = "rerun-failed", externalId } = pressed;
  const [owner = "", name = ""] = (pressed.repository ?? "acme/shop").split("/");
  const kind = action === "requested_action" ? "requested-action" : action;
  const payload = filled(`webhook-check-run-${kind}`, {
    action,
    check_run: { id: 1, external_id: externalId, head_sha: pressed.commit ?? commit, app: { id: pressed.appId ?? app.id } },
    repository: { name, full_name: `${owner}/${name}`, owner: { login: owner } },
    ...(action === "requested_action" && { requested_action: { identifier } }),
    sender: { login: "octocat" },
  });
  return { name: `check-run-${kind}`, payload };
}

/** What GitHub sends when somebody presses “Re-run all checks” of a commit. */
export function suiteDeliveryOf(): { name: string; payload: object } {
  const payload = filled("webhook-check-suite-rerequested", {
    action: "rerequested",
    check_suite: { head_sha: commit, app: { id: app.id } },
    repository: { name: "shop", full_name: "acme/shop", owner: { login: "acme" } },
    sender: { login: "hubot" },
  });
  return { name: "check-suite-rerequested", payload };
}

/** Bytes and headers of a delivery, signed. */
export function signedDelivery(payload: object, secret = webhookSecret, id: string = randomUUID()) {
  const bytes = Buffer.from(JSON.stringify(payload));
  const event = "check_suite" in payload ? "check_suite" : "check_run";
  const signature = `sha256=${createHmac("sha256", secret).update(bytes).digest("hex")}`;
  return { bytes, headers: { event, id, signature } };
}
