import { test } from "@shardwright/browsers/test";

test("what is added is listed", async ({ page, expect }) => {
  await page.goto("./site/todo.html");
  await page.getByLabel("What").fill("buy milk");
  await page.getByRole("button", { name: "Add" }).click();
  expect(await page.getByRole("listitem").allTextContents()).toEqual(["buy milk"]);
  expect(await page.getByLabel("What").inputValue()).toBe("");
});

test("nothing is not listed", async ({ page, expect }) => {
  await page.goto("./site/todo.html");
  await page.getByRole("button", { name: "Add" }).click();
  expect(await page.getByRole("listitem").count()).toBe(0);
});
