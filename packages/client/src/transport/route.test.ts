import { expect, test } from "vitest";
import { readAddresses } from "./addresses.ts";
import { Route, type FailoverStrategy } from "./route.ts";

/** A route whose clock and chance the test holds. */
function routeOver(strategy: FailoverStrategy, texts = ["http://a:1", "http://b:1", "http://c:1"], random = 0) {
  const addresses = readAddresses(texts);
  let now_ms = 0;
  const route = new Route({ addresses, strategy, random: () => random, now_ms: () => now_ms });
  const named = (text: string) => readAddresses([text])[0] as (typeof addresses)[number];
  return {
    order: () => route.order().map(({ text }) => text),
    answered: (text: string, leader?: string) => route.answered(named(text), leader),
    failed: (text: string) => route.failed(named(text)),
    toProbe: () => route.toProbe()?.text,
    probed: (text: string, answers: boolean) => route.probed(named(text), answers),
    pass: (duration_ms: number) => (now_ms += duration_ms),
  };
}

test("ordered: the first that answers, and back to an earlier one once a probe was answered", () => {
  const route = routeOver("ordered");
  expect(route.order()).toEqual(["http://a:1", "http://b:1", "http://c:1"]);
  route.failed("http://a:1");
  route.failed("http://b:1");
  route.answered("http://c:1");
  expect(route.order()).toEqual(["http://c:1", "http://a:1", "http://b:1"]);
  expect(route.toProbe()).toBeUndefined();
  route.pass(1000);
  expect(route.toProbe()).toBe("http://a:1");
  // One at a time for each address.
  expect(route.toProbe()).toBe("http://b:1");
  expect(route.toProbe()).toBeUndefined();
  route.probed("http://b:1", true);
  expect(route.order()[0]).toBe("http://b:1");
  route.probed("http://a:1", true);
  expect(route.order()).toEqual(["http://a:1", "http://b:1", "http://c:1"]);
  expect(route.toProbe()).toBeUndefined();
});

test("an address that stays away is probed ever more rarely, within bounds", () => {
  const route = routeOver("ordered");
  route.failed("http://a:1");
  const waits: number[] = [];
  for (let probe = 0; probe < 8; probe += 1) {
    let waited_ms = 0;
    while (route.toProbe() === undefined) {
      route.pass(500);
      waited_ms += 500;
    }
    waits.push(waited_ms);
    route.probed("http://a:1", false);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]);
});

test("random: begins by chance, goes around, and stays where it is answered", () => {
  const route = routeOver("random", undefined, 0.5);
  expect(route.order()).toEqual(["http://b:1", "http://c:1", "http://a:1"]);
  route.failed("http://b:1");
  route.answered("http://c:1", "http://a:1");
  expect(route.order()[0]).toBe("http://c:1");
  route.pass(60_000);
  expect(route.toProbe()).toBeUndefined();
});

test("leader: goes at once where answers say the leader is, and around when it fails", () => {
  const route = routeOver("leader");
  route.answered("http://a:1", "http://c:1/");
  expect(route.order()).toEqual(["http://c:1", "http://a:1", "http://b:1"]);
  route.answered("http://a:1");
  expect(route.order()[0]).toBe("http://c:1");
  route.failed("http://c:1");
  // The others have not noticed yet: nobody waits for the dead leader a second time.
  route.answered("http://a:1", "http://c:1");
  expect(route.order()).toEqual(["http://a:1", "http://b:1", "http://c:1"]);
  route.answered("http://a:1", "http://b:1");
  expect(route.order()[0]).toBe("http://b:1");
  route.pass(60_000);
  expect(route.toProbe()).toBeUndefined();
});

test("a leader outside the list is gone to once it answered a probe, and left when it fails", () => {
  const route = routeOver("leader");
  route.answered("http://a:1", "http://new:1");
  expect(route.order()[0]).toBe("http://a:1");
  expect(route.toProbe()).toBe("http://new:1");
  route.probed("http://new:1", true);
  expect(route.order()).toEqual(["http://new:1", "http://a:1", "http://b:1", "http://c:1"]);
  route.failed("http://new:1");
  expect(route.order()).toEqual(["http://a:1", "http://b:1", "http://c:1", "http://new:1"]);
  route.answered("http://b:1");
  expect(route.order()[0]).toBe("http://b:1");
});

test("no answer leads from https to http, to another scheme, or to an address with a password", () => {
  const texts = ["https://a", "http://b"];
  for (const leader of ["http://evil:1", "evil:1", "ftp://evil", "https://user:pass@evil", "no address", ""]) {
    const route = routeOver("leader", texts);
    route.answered("https://a", leader);
    expect(route.toProbe()).toBeUndefined();
    expect(route.order()).toEqual(texts);
  }
  const route = routeOver("leader", texts);
  route.answered("https://a", "https://c:8443");
  expect(route.toProbe()).toBe("https://c:8443");
  // What is in the list was chosen by its owner.
  route.answered("https://a", "http://b");
  expect(route.order()[0]).toBe("http://b");
});

test("few leaders outside the list are remembered, however many are named", () => {
  const route = routeOver("leader");
  for (let count = 0; count < 1000; count += 1) {
    route.answered("http://a:1", `http://new-${count}:1`);
    const probed = route.toProbe();
    expect(probed).toBe(`http://new-${count}:1`);
    route.probed(probed ?? "", true);
    expect(route.order()[0]).toBe(probed);
    route.failed(probed ?? "");
    route.answered("http://a:1");
  }
  expect(route.order()).toHaveLength(3);
});

test("every bad address is named at once, and one that is named twice counts once", () => {
  expect(() => readAddresses(["http://fine", "ftp://one", "http://me:secret@two", "http://three?x"])).toThrow(
    /ftp:\/\/one[^]*http:\/\/\*\*\*@two[^]*http:\/\/three/,
  );
  expect(() => readAddresses(["http://me:secret@two"])).not.toThrow("secret");
  expect(readAddresses(["a:1", "http://a:1/", " http://A:1 "]).map(({ text }) => text)).toEqual(["http://a:1"]);
  expect(() => readAddresses(Array.from({ length: 65 }, (_, index) => `http://a:${index + 1}`))).toThrow("65 coordinator");
});
