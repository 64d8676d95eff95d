import { HttpRefusal } from "../http/polite-fetch.ts";
import type { Channel } from "../publishing/channel.ts";
import type { Publication } from "../publishing/publication.ts";
import { pullRequest, repositoryPath, repositoryUnavailable } from "./repository.ts";
import { azureService, madeOnce } from "./service.ts";

/** The service takes 150,000; nobody reads so much of a comment. */
const contentLimit = 60_000;
const property = "Shardwright.Name";
const permission = "Contribute to pull requests";

interface Thread {
  readonly id: number;
  readonly isDeleted?: boolean;
  readonly properties?: Readonly<Record<string, unknown>> | null;
  readonly comments?: readonly { readonly id: number }[];
}

/** One thread of the pull request, from the first failure on: it is kept up to date, and open while tests fail. */
export const commentChannel: Channel = {
  name: "comment",
  title: "pull request thread",
  limits: "60,000 characters; Azure Repos alone",
  unavailable(session) {
    const missing = repositoryUnavailable(session);
    return missing ?? (pullRequest(session) === undefined ? "the build is not of a pull request" : undefined);
  },
  async publish(publication, session) {
    const service = azureService(session);
    const path = `${repositoryPath(session)}/pullRequests/${pullRequest(session)}/threads`;
    const content = publication.markdown({ characters: contentLimit });
    const status = threadStatus(publication);
    const find = async () => {
      const { value = [] } = (await service({ method: "GET", path, repeatable: true, permission })) as { value?: Thread[] };
      return value.find((thread) => thread.isDeleted !== true && nameOf(thread) === session.name);
    };
    const known = await find();
    if (known === undefined) {
      // Nobody wants to be told by a message that nothing happened.
      if (status !== "active") return undefined;
      const body = {
        comments: [{ parentCommentId: 0, content, commentType: "text" }],
        status,
        properties: { [property]: session.name },
      };
      await madeOnce(() => service({ method: "POST", path, body, repeatable: false, permission }), find);
      return undefined;
    }
    const first = known.comments?.[0]?.id;
    if (first === undefined) throw new HttpRefusal(`thread ${known.id} has no comment`, { status: 404, text: "" });
    const change = (where: string, body: object) =>
      service({ method: "PATCH", path: `${path}/${where}`, body, repeatable: true, permission });
    await change(`${known.id}/comments/${first}`, { content });
    await change(String(known.id), { status });
    return undefined;
  },
};

/** What was cancelled says nothing of the change, and holds it up as little as what passed. */
function threadStatus({ verdict }: Publication): "active" | "fixed" | "closed" {
  if (verdict === "passed") return "fixed";
  return verdict === "cancelled" ? "closed" : "active";
}

/** A property comes back with its type beside it. */
function nameOf({ properties }: Thread): unknown {
  const value = properties?.[property];
  return typeof value === "object" && value !== null && "$value" in value ? value.$value : value;
}
