/** Clouds that tell a machine before they take it away. */
export type Cloud = "aws" | "gcp" | "azure";

export interface PreemptionNotice {
  /** What the cloud does, in its own word. */
  readonly action: string;
  /** When, in milliseconds since 1970; undefined where it does not say. */
  readonly at_ms: number | undefined;
}

/** Where all three serve what a machine may know of itself; nothing but the machine can reach it. */
export const metadataEndpoint = "http://169.254.169.254";
/** An answer has a few lines; more is none of theirs. */
const answerLimit_bytes = 64 * 1024;

type Ask = (path: string, init?: { method?: string; headers?: Record<string, string> }) => Promise<string | undefined>;

/**
 * Asks a cloud's metadata service whether this machine is about to be taken away.
 * @returns undefined as long as it is not
 * @throws when the service does not answer, or answers something else
 */
export async function preemptionNotice(
  cloud: Cloud,
  endpoint: string,
  signal: AbortSignal,
): Promise<PreemptionNotice | undefined> {
  const ask: Ask = async (path, init = {}) => {
    const response = await fetch(`${endpoint}${path}`, { ...init, signal, redirect: "error" });
    const text = await boundedText(response);
    // AWS has no such document until there is something to tell.
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${endpoint}${path} answered with status ${response.status}`);
    return text;
  };
  return asked[cloud](ask);
}

const asked: Readonly<Record<Cloud, (ask: Ask) => Promise<PreemptionNotice | undefined>>> = {
  /** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html, with a token as IMDSv2 asks for. */
  async aws(ask) {
    const token = await ask("/latest/api/token", {
      method: "PUT",
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
    });
    const text = await ask("/latest/meta-data/spot/instance-action", {
      headers: token === undefined ? {} : { "x-aws-ec2-metadata-token": token },
    });
    if (text === undefined) return undefined;
    const { action, time } = JSON.parse(text) as { action?: unknown; time?: unknown };
    if (typeof action !== "string") throw new Error("the notice of the spot instance names no action");
    return { action, at_ms: timeOf(time) };
  },

  /** https://cloud.google.com/compute/docs/instances/create-use-preemptible#detecting_if_an_instance_was_preempted */
  async gcp(ask) {
    const text = await ask("/computeMetadata/v1/instance/preempted", { headers: { "metadata-flavor": "Google" } });
    return text?.trim() === "TRUE" ? { action: "preempt", at_ms: undefined } : undefined;
  },

  /** https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events */
  async azure(ask) {
    const text = await ask("/metadata/scheduledevents?api-version=2020-07-01", { headers: { metadata: "true" } });
    const { Events: events = [] } = JSON.parse(text ?? "{}") as { Events?: { EventType?: string; NotBefore?: string }[] };
    const event = events.find(({ EventType: type }) => type === "Preempt" || type === "Terminate");
    return event === undefined ? undefined : { action: event.EventType ?? "Preempt", at_ms: timeOf(event.NotBefore) };
  },
};

function timeOf(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > answerLimit_bytes) throw new Error("the metadata service answers with more than it can have to say");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
