import type { Verdict } from "@shardwright/core";
import type { Channel, LiveStatus, RunStart, Session } from "../publishing/channel.ts";
import { cutCharacters } from "../publishing/cut.ts";
import { azureCommand } from "./command.ts";
import { pullRequest, repositoryPath, repositoryUnavailable } from "./repository.ts";
import { azureService } from "./service.ts";

/** Not documented: what the page shows on a line. */
const descriptionLimit = 200;
/** Each is one more status of the commit. */
const progressInterval_ms = 30_000;

type State = "pending" | "succeeded" | "failed" | "error";

const states: Readonly<Record<Verdict, State>> = {
  passed: "succeeded",
  failed: "failed",
  errored: "error",
  incomplete: "error",
  cancelled: "error",
};

interface Status {
  readonly state: State;
  readonly description: string;
  readonly url: string | undefined;
  readonly commit: string | undefined;
}

/** A status of the commit, and of the pull request, which a branch policy can ask for. */
export const statusChannel: Channel = {
  name: "status",
  title: "commit status",
  limits: "200 characters; Azure Repos alone",
  unavailable: repositoryUnavailable,
  async publish({ verdict, title, report }, session) {
    const { commit, build_url } = report.run.context;
    await setStatus(session, { state: states[verdict], description: title, url: testsPage(build_url), commit });
    return undefined;
  },
};

/** The build's list of tests. */
function testsPage(build_url: string | undefined): string | undefined {
  return build_url && `${build_url}&view=ms.vss-test-web.build-test-results-tab`;
}

async function setStatus(session: Session, { state, description, url, commit }: Status): Promise<void> {
  const service = azureService(session);
  const body = {
    state,
    description: cutCharacters(description, descriptionLimit),
    ...(url && { targetUrl: url }),
    context: { genre: "shardwright", name: session.name },
  };
  const repository = repositoryPath(session);
  // The newest of one name counts: a second one says the same.
  const post = (path: string, permission: string) =>
    service({ method: "POST", path: `${repository}/${path}/statuses`, body, repeatable: true, permission });
  if (commit !== undefined && /^[0-9a-f]{40}$/.test(commit)) await post(`commits/${commit}`, "Contribute");
  const pull = pullRequest(session);
  if (pull !== undefined) await post(`pullRequests/${pull}`, "Contribute to pull requests");
}

/** Shows that the run goes on: a pending status, and how far the step is. */
export async function startAzureStatus(start: RunStart, session: Session): Promise<LiveStatus> {
  const pending = (description: string) =>
    setStatus(session, { state: "pending", description, url: start.url, commit: start.commit });
  const isShown = repositoryUnavailable(session) === undefined;
  if (isShown) await pending(start.title);
  let told_ms = session.now_ms();
  let percent = -1;
  let telling: Promise<void> = Promise.resolve();
  let closed = false;
  return {
    progress(done, total, failed) {
      if (closed || total <= 0) return;
      const now = Math.min(100, Math.floor((100 * done) / total));
      if (now !== percent) session.write(azureCommand("task.setprogress", { value: String(now) }, session.name));
      percent = now;
      if (!isShown || session.now_ms() - told_ms < progressInterval_ms) return;
      told_ms = session.now_ms();
      const words = `${done} of ${total} files done${failed > 0 ? `, ${failed} failed` : ""}`;
      // It is only how far the run is: the verdict comes whatever becomes of this.
      telling = telling.then(() => pending(words)).catch(() => {});
    },
    async close() {
      closed = true;
      await telling;
    },
    async abandon(reason) {
      closed = true;
      await telling;
      // What does not apply would satisfy a branch policy.
      if (isShown) await setStatus(session, { state: "error", description: reason, url: start.url, commit: start.commit });
    },
  };
}
