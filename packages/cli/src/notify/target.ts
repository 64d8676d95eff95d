/** Where somebody is told: what stands before the first colon says how. */
export type Target =
  | { readonly kind: "webhook" | "slack" | "teams"; readonly url: URL }
  | { readonly kind: "mail"; readonly server: MailServer };

/** An SMTP server, and whom it brings a mail to. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: from the first byte; `starttls`: before anything is said that matters, or not at all; `none`: nobody can read along there. */
  readonly tls: "implicit" | "starttls" | "none";
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
}

const recipientsLimit = 50;
const mailAddress = /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,255}$/;

/**
 * Reads `slack:https://…`, `teams:https://…`, `webhook:https://…`, `smtp://…`, `smtps://…`.
 * @throws RangeError that says what is wrong and repeats nothing of the text, which may hold a secret
 */
export function readTarget(text: string): Target {
  const kind = /^(webhook|slack|teams):(?=https?:)/.exec(text)?.[1] as "webhook" | "slack" | "teams" | undefined;
  if (kind !== undefined) {
    const url = parsed(text.slice(kind.length + 1));
    if (url.username !== "" || url.password !== "") throw new RangeError("an address with a user in it cannot be sent to");
    return { kind, url };
  }
  if (/^smtps?:\/\//.test(text)) return { kind: "mail", server: mailServer(parsed(text)) };
  throw new RangeError("begin with webhook:https://, slack:https://, teams:https://, smtp:// or smtps://");
}

/**
 * A target for people to recognise: of an address no more than the host, since whoever knows the rest can send there, and of a mail server
 * neither user nor password.
 * @throws RangeError for what is no target
 */
export function shownTarget(text: string): string {
  const target = readTarget(text);
  if (target.kind !== "mail") return `${target.kind}: ${target.url.host}/…`;
  const { host, to } = target.server;
  return `mail: ${to.join(", ")} by ${host}`;
}

/** What is wrong with a target, for people; undefined where nothing is. */
export function targetProblem(text: string): string | undefined {
  try {
    readTarget(text);
    return undefined;
  } catch (error) {
    return (error as RangeError).message;
  }
}

function parsed(text: string): URL {
  if (!URL.canParse(text)) throw new RangeError("what stands behind the kind is no address");
  return new URL(text);
}

function mailServer(url: URL): MailServer {
  const isImplicit = url.protocol === "smtps:";
  const query = url.searchParams;
  const to = query
    .getAll("to")
    .flatMap((each) => each.split(/[,;]/))
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const from = query.get("from") ?? to[0] ?? "";
  if (url.hostname === "") throw new RangeError("name the mail server: smtp://mail.example.com?to=team@example.com");
  if (to.length === 0 || to.length > recipientsLimit)
    throw new RangeError(`say whom the mail is for, at most ${recipientsLimit}: smtp://mail.example.com?to=team@example.com`);
  if (![from, ...to].every((address) => mailAddress.test(address)))
    throw new RangeError("to and from are addresses such as team@example.com");
  const unknown = [...query.keys()].find((key) => !["to", "from", "tls"].includes(key));
  if (unknown !== undefined) throw new RangeError("a mail server knows to, from and tls behind its ?");
  const tls = query.get("tls");
  if (tls !== null && (tls !== "none" || isImplicit)) throw new RangeError("tls is none, with smtp://, or not there at all");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (isImplicit ? 465 : 587) : Number(url.port),
    tls: isImplicit ? "implicit" : tls === "none" ? "none" : "starttls",
    user: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    from,
    to,
  };
}
