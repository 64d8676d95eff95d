import type { CreateTokenResponse, Scope, TokenInfo } from "@shardwright/core";
import { useState } from "preact/hooks";
import { Tag } from "../../components/badge.tsx";
import { Confirm } from "../../components/confirm.tsx";
import { Empty, Loading } from "../../components/empty.tsx";
import { Input } from "../../components/form.tsx";
import { Panel } from "../../components/page.tsx";
import { Pager } from "../../components/pager.tsx";
import { say } from "../../components/say.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { Instant } from "../../components/time.tsx";
import { Trouble } from "../../components/trouble.tsx";
import { post, remove } from "../../data/api.ts";
import { serverNow_ms } from "../../data/server-time.ts";
import { useAction } from "../../data/use-action.ts";
import { useGet } from "../../data/use-get.ts";

const size = 50;

/** Who may speak to the coordinator: tokens, without their secrets. */
export function Tokens() {
  const { data, error, isLoading, reload } = useGet<{ tokens: TokenInfo[] }>("tokens");
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<TokenInfo>();
  const [page, setPage] = useState(0);
  // Of CI jobs and of sessions there are many, and they end by themselves.
  const lasting = data?.tokens.filter(({ exchanged }) => exchanged !== true);
  const columns: readonly Column<TokenInfo>[] = [
    { title: "Name", cell: ({ name }) => name },
    { title: "Scope", cell: ({ scope, project }) => (project === undefined ? scope : `${scope}, of ${project}`) },
    { title: "Is", cell: (token) => <StateTag token={token} /> },
    { title: "Made", isMinor: true, cell: ({ created_at_ms }) => <Instant at_ms={created_at_ms} ago /> },
    {
      title: "Ends",
      isMinor: true,
      cell: ({ expires_at_ms }) => (expires_at_ms === undefined ? "never" : <Instant at_ms={expires_at_ms} />),
    },
    {
      title: "Do",
      cell: (token) =>
        isGood(token) && (
          <button type="button" aria-label={`Revoke ${token.name}`} onClick={() => setRevoked(token)}>
            Revoke
          </button>
        ),
    },
  ];
  return (
    <Panel
      title="Tokens"
      actions={
        <button type="button" class="primary" onClick={() => setMaking(true)}>
          Make a token
        </button>
      }
    >
      {error !== undefined && <Trouble error={error} retry={reload} />}
      {lasting === undefined ? (
        isLoading && <Loading what="the tokens" />
      ) : lasting.length === 0 ? (
        <Empty title="There is no token yet">
          <p>Workers and CI jobs need one each. Make it here; its secret is shown once.</p>
        </Empty>
      ) : (
        <>
          <Table
            caption="All tokens"
            columns={columns}
            rows={lasting.slice(page * size, (page + 1) * size)}
            keyOf={({ id }) => id}
          />
          <Pager page={page} size={size} total={lasting.length} onPage={setPage} what="tokens" />
        </>
      )}
      {isMaking && (
        <MakeDialog
          onClose={() => {
            setMaking(false);
            reload();
          }}
        />
      )}
      {revoked !== undefined && (
        <RevokeDialog
          token={revoked}
          onClose={() => {
            setRevoked(undefined);
            reload();
          }}
        />
      )}
    </Panel>
  );
}

function isGood({ revoked, expires_at_ms }: TokenInfo): boolean {
  return !revoked && (expires_at_ms === undefined || expires_at_ms > serverNow_ms());
}

function StateTag({ token }: { readonly token: TokenInfo }) {
  if (token.revoked) return <Tag tone="failed">revoked</Tag>;
  return isGood(token) ? <Tag tone="passed">good</Tag> : <Tag>over</Tag>;
}

const scopes: readonly (readonly [Scope, string])[] = [
  ["read", "read: look, and nothing else"],
  ["submit", "submit: run suites, cancel, quarantine"],
  ["worker", "worker: run tests"],
  ["job", "job: submit and run tests"],
  ["admin", "admin: everything"],
];

function MakeDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Scope>("read");
  const [project, setProject] = useState("");
  const [days, setDays] = useState("90");
  const [made, setMade] = useState<CreateTokenResponse>();
  const { run, isRunning, error } = useAction(async () => {
    const request = {
      name,
      scope,
      ...(project.trim() !== "" && { project: project.trim() }),
      ...(days !== "" && { days: Number(days) }),
    };
    setMade(await post<CreateTokenResponse>("tokens", request));
  });
  if (made !== undefined)
    return (
      <Confirm title={`The token ${made.name}`} action="I have it" onConfirm={onClose} onClose={onClose}>
        <p>Keep it safe: it is not shown again.</p>
        <code class="secret">{made.secret}</code>
      </Confirm>
    );
  return (
    <Confirm
      title="Make a token"
      action="Make it"
      isRunning={isRunning}
      error={error}
      onConfirm={() => void run().then((isMade) => isMade && say("The token is made; its secret is shown once"))}
      onClose={onClose}
    >
      <Input label="Whose it is" value={name} onInput={setName} isRequired maxLength={128} />
      <div class="form-field">
        <label for="token-scope">What it may do</label>
        <select id="token-scope" value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
          {scopes.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <Input label="Only for the project" value={project} onInput={setProject} note="Leave it empty for all projects." />
      <Input label="For how many days" isNumber value={days} onInput={setDays} note="Leave it empty for ever." />
    </Confirm>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: TokenInfo; readonly onClose: () => void }) {
  const { run, isRunning, error } = useAction(() => remove(`tokens/${token.id}`));
  const confirm = async () => {
    if (!(await run())) return;
    say(`${token.name} is revoked`);
    onClose();
  };
  return (
    <Confirm
      title={`Revoke ${token.name}?`}
      action="Revoke it"
      isDangerous
      isRunning={isRunning}
      error={error}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>Whoever uses it is turned away at once. It cannot be taken back; make another one.</p>
    </Confirm>
  );
}
