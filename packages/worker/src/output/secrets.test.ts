import { expect, test } from "vitest";
import { secretsOf } from "./secrets.ts";

test("finds the values of variables that are named like secrets, and leaves settings alone", () => {
  const secret = {
    GITHUB_TOKEN: "ghp_0123456789",
    AWS_SECRET_ACCESS_KEY: "/not/a/file/but/a/key",
    DB_PASSWORD: "pass word",
    STRIPE_APIKEY: "sk_live_1",
    SIGNING_KEY: "0123456789",
    npm_config__auth: "dXNlcjpwYXNz",
  };
  const harmless = {
    PATH: "/usr/bin",
    PWD: "/somewhere",
    KEYBOARD: "us-intl",
    COMMIT_AUTHOR: "Somebody",
    npm_config_private: "true",
    SSH_KEY_PATH: import.meta.filename,
    UNSET_TOKEN: undefined,
  };
  expect(secretsOf({ ...secret, ...harmless })).toEqual(Object.values(secret));
});
