import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { annotationsOf } from "../reports/annotations.ts";
import { reportFromCases } from "../reports/from-cases.ts";
import { locateCases } from "./locate-cases.ts";
import { projectFiles } from "./project-files.ts";
import { junitFiles, readJunit } from "./read-junit.ts";

const names = [
  "cart/cart_test.go",
  "go/other/cart_test.go",
  "native/cart_test.cc",
  "shop.py",
  "spec/cart_spec.rb",
  "src/cart.rs",
  "src/cart.spec.js",
  "src/cart.test.js",
  "src/main/java/com/acme/Stock.java",
  "src/node.mjs",
  "src/test/java/com/acme/CartTest.java",
  "src/test/java/org/other/CartTest.java",
  "test/Shop.Tests/CartTests.cs",
  "tests/CartTest.php",
  "tests/cart.mocha.js",
  "tests/unit/test_cart.py",
];
const shop = (more: Partial<Parameters<typeof projectFiles>[0]> = {}) =>
  projectFiles({ names, roots: ["/home/runner/work/shop/shop"], prefixes: [], folder: "", ...more });

async function annotated(producer: string, files = shop()) {
  const text = readFileSync(join(import.meta.dirname, "producers", `${producer}.xml`), "utf8");
  const located = junitFiles(locateCases(await readJunit(text, { path: producer }), files));
  const annotations = annotationsOf(reportFromCases({ name: producer, files: located }));
  return {
    files: located.map(({ file }) => file),
    places: annotations.map(({ path, line, title }) => `${path}:${line} ${title}`),
  };
}

describe("what each producer's failures are shown beside", () => {
  test.each([
    ["jest-junit-file", ["src/cart.test.js:4 cart removes"], ["src/cart.test.js"]],
    ["mocha", ["tests/cart.mocha.js:6 cart empty removes"], ["tests/cart.mocha.js"]],
    ["vitest", ["src/cart.spec.js:5 cart > removes"], ["src/cart.spec.js"]],
    ["node", ["src/node.mjs:6 removes"], ["src/node.mjs"]],
    [
      "pytest",
      [
        "tests/unit/test_cart.py:10 tests.unit.test_cart.TestCart > test_removes",
        "tests/unit/test_cart.py:15 tests.unit.test_cart > test_setup",
      ],
      ["tests/unit/test_cart.py"],
    ],
    [
      "surefire",
      [
        "src/test/java/com/acme/CartTest.java:14 removes",
        "src/test/java/com/acme/CartTest.java:27 com.acme.CartTest$WhenFull > empties",
      ],
      ["src/test/java/com/acme/CartTest.java"],
    ],
    ["phpunit", ["tests/CartTest.php:18 Tests.CartTest > testRemoves"], ["tests/CartTest.php"]],
    ["dotnet", ["test/Shop.Tests/CartTests.cs:14 Acme.Shop.Tests.CartTests > Removes"], ["test/Shop.Tests/CartTests.cs"]],
    ["rspec", ["spec/cart_spec.rb:9 spec.cart_spec > Cart removes"], ["spec/cart_spec.rb"]],
  ])("%s", async (producer, places, files) => {
    expect(await annotated(producer)).toEqual({ places, files });
  });

  test("where no case names a file, the stack of what failed does", async () => {
    expect((await annotated("jest-junit")).places).toEqual(["src/cart.test.js:4 cart removes"]);
    expect((await annotated("ctest")).places).toEqual(["native/cart_test.cc:12 cart.removes"]);
    expect((await annotated("cargo-nextest")).places).toEqual(["src/cart.rs:21 cart::tests::removes"]);
    expect((await annotated("gotestsum")).places[0]).toBe("cart/cart_test.go:9 TestRemoves/empty");
  });

  test("the lines that pytest counts from 0 are counted from 1", async () => {
    const text = readFileSync(join(import.meta.dirname, "producers", "pytest-xunit1.xml"), "utf8");
    const { suites } = locateCases(await readJunit(text, { path: "x" }), shop());
    expect(suites[0]?.cases.map(({ result }) => result.line)).toEqual([4, 10, 15]);
  });
});

describe("which file is meant", () => {
  test("a path of another machine, of another system, of a folder below", () => {
    const files = shop();
    expect(files.find("/builds/acme/shop/src/node.mjs")).toBe("src/node.mjs");
    expect(files.find("D:\\a\\shop\\shop\\tests\\cart.mocha.js")).toBe("tests/cart.mocha.js");
    expect(files.find("file:///home/runner/work/shop/shop/src/node.mjs")).toBe("src/node.mjs");
    expect(shop({ folder: "src" }).find("./node.mjs")).toBe("src/node.mjs");
    expect(files.find("node.mjs")).toBe("src/node.mjs");
  });

  test("what could be two files, or is none, is not guessed", () => {
    const files = shop();
    expect(files.find("CartTest.java")).toBeUndefined();
    expect(files.find("com/acme/CartTest.java")).toBe("src/test/java/com/acme/CartTest.java");
    expect(files.find("elsewhere/cart.test.js")).toBeUndefined();
    expect(files.find("")).toBeUndefined();
    expect(projectFiles({ names: [], roots: [], prefixes: [], folder: "" }).find("a.js")).toBeUndefined();
  });

  test("without a checkout, prefixes and known roots are taken off", async () => {
    const none = shop({ names: [], prefixes: ["/app/"] });
    expect((await annotated("phpunit", none)).places).toEqual(["tests/CartTest.php:18 Tests.CartTest > testRemoves"]);
    expect(shop({ names: [], prefixes: ["C:\\Work"] }).tidy("c:/work/src/a.cs")).toBe("src/a.cs");
  });

  test("a class without a package of the project's is not taken for a file that is only called alike", async () => {
    const { suites } = locateCases(
      await readJunit(
        `<testsuite name="s"><testcase classname="shop" name="a"/><testcase classname="org.missing.Cart" name="b"/></testsuite>`,
        {
          path: "x",
        },
      ),
      shop(),
    );
    expect(suites[0]?.cases.map(({ file }) => file)).toEqual([undefined, undefined]);
  });
});
