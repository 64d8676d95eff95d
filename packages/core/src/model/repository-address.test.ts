import { expect, test } from "vitest";
import type { RunContext } from "./run.ts";
import { repositoryAddress } from "./repository-address.ts";

test.each([
  ["github", "acme/shop", "https://github.com/acme/shop/actions/runs/12", "https://github.com/acme/shop"],
  ["gitlab", "acme/web/shop", "https://example.com/gitlab/acme/web/shop/-/jobs/3", "https://example.com/gitlab/acme/web/shop"],
  ["azure", "shop", "https://dev.azure.com/acme/web/_build/results?buildId=4", "https://dev.azure.com/acme/web/_git/shop"],
])("a build's page on %s tells where its repository is", (provider, repository, build_url, address) => {
  expect(repositoryAddress({ provider, repository, build_url })).toBe(address);
});

test.each<[RunContext, string]>([
  [{}, "nothing is told"],
  [{ provider: "github", repository: "acme/shop" }, "there is no build"],
  [{ provider: "jenkins", repository: "acme/shop", build_url: "https://ci.example/job/shop/1/" }, "builds are elsewhere"],
  [{ provider: "github", repository: "acme/shop", build_url: "http://github.com/acme/shop/actions/runs/1" }, "it is not https"],
  [{ provider: "github", repository: "acme/shop", build_url: "javascript:alert(1)//acme/shop/" }, "it is a script"],
  [{ provider: "github", repository: "acme/shop", build_url: 'https://x"><img src=x>/acme/shop/' }, "it has HTML"],
  [{ provider: "github", repository: "acme/shop", build_url: "https://ada:secret@github.com/acme/shop/1" }, "it has a password"],
  [
    { provider: "azure", repository: "acme/shop", build_url: "https://dev.azure.com/a/b/_build/results" },
    "it is another system's",
  ],
])("of %o no address is made: %s", (context) => {
  expect(repositoryAddress(context)).toBeUndefined();
});
