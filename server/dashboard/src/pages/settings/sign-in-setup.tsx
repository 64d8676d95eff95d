import type { SignInInfo } from "@shardwright/core";
import { Empty } from "../../components/empty.tsx";
import { Facts, Panel } from "../../components/page.tsx";
import { Table } from "../../components/table.tsx";

/** By way of whom people sign in without a token, and what each may do. */
export function SignInSetup({ of }: { readonly of: SignInInfo | undefined }) {
  return (
    <Panel title="Signing in" note="without a token">
      {of === undefined ? (
        <Empty title="People sign in with tokens alone">
          <p>
            With an identity provider they use the account that they have anyway, and nobody hands out tokens. Keycloak, Okta,
            Entra ID, Google, GitLab: whatever speaks OpenID Connect. Name it and its rules in a file:
          </p>
          <pre tabIndex={0}>SHARDWRIGHT_SIGN_IN_SECRET=… shardwright coordinator --sign-in sign-in.yml</pre>
        </Empty>
      ) : (
        <>
          <Facts
            of={[
              ["Provider", `${of.name} (${of.issuer})`],
              ["Client", `${of.client_id}, ${of.has_secret ? "with a secret" : "without a secret"}`],
              ["Redirect URIs", of.redirect_uris.join(" ")],
              ["Scopes asked for", of.scopes.join(" ")],
              ["Only from", of.allowed_domains?.join(", ") ?? "any domain"],
              ["A session lasts", `${of.session_hours} h`],
            ]}
          />
          <Table
            caption="Who may do what: the first that fits decides"
            rows={of.rules.map((rule, index) => ({ ...rule, place: index + 1 }))}
            keyOf={({ place }) => place}
            columns={[
              { title: "Rule", cell: ({ place }) => place },
              { title: "Who", cell: ({ claims }) => whoIs(claims) },
              { title: "May", cell: ({ scope }) => scope },
              { title: "In", cell: ({ project }) => (project === "*" ? "all projects" : project) },
            ]}
          />
        </>
      )}
    </Panel>
  );
}

function whoIs(claims: SignInInfo["rules"][number]["claims"]): string {
  const all = Object.entries(claims).map(([claim, patterns]) => `${claim}: ${patterns.join(" or ")}`);
  return all.length === 0 ? "everybody of these domains" : all.join(", and ");
}
