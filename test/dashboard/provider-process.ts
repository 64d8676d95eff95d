/**
 * An identity provider in a process of its own: `oidc-provider`, certified by the OpenID Foundation, with pages to sign in on. Whoever writes
 * a name there is that person, in the groups that the name lists after a dot: `ada.testers`.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export interface ProviderOrder {
  /** 0 takes any free one. */
  readonly port: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly signOutUris: readonly string[];
}

const order = JSON.parse(process.argv[2] ?? "{}") as ProviderOrder;
const server = createServer();
server.listen(order.port, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  // Another site than 127.0.0.1, as far as browsers and their cookies are concerned.
  const address = `http://localhost:${port}`;
  const provider = new Provider(address, {
    clients: [
      {
        client_id: order.clientId,
        client_secret: order.clientSecret,
        redirect_uris: order.redirectUris,
        post_logout_redirect_uris: order.signOutUris,
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
    scopes: ["openid", "email", "profile", "groups"],
    pkce: { required: () => true },
    cookies: { keys: ["only for tests"] },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: id,
        email: `${id.split(".")[0]}@example.com`,
        email_verified: true,
        groups: id.split(".").slice(1),
      }),
    }),
  });
  server.on("request", provider.callback());
  process.stdout.write(`${address}\n`);
});
