import { expect, test } from "vitest";
import { webAddress } from "./repository-url.ts";

test.each([
  ["git@github.com:acme/shop.git", "https://github.com/acme/shop"],
  ["https://github.com/acme/shop.git", "https://github.com/acme/shop"],
  ["https://user:secret@gitlab.example.com:8443/a/b/c.git", "https://gitlab.example.com:8443/a/b/c"],
  ["ssh://git@git.example.com:2222/acme/shop.git", "https://git.example.com/acme/shop"],
  ["git@ssh.dev.azure.com:v3/acme/web/shop", "https://dev.azure.com/acme/web/_git/shop"],
  ["https://acme@dev.azure.com/acme/web/_git/shop", "https://dev.azure.com/acme/web/_git/shop"],
  ["/srv/git/shop.git", undefined],
  ["../shop", undefined],
  ["C:\\shop", undefined],
  ["file:///srv/shop", undefined],
  ["javascript:alert(1)", undefined],
])("the remote %s is looked at at %s", (remote, address) => {
  expect(webAddress(remote)).toBe(address);
});
