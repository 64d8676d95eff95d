/** What a command line of `go test` asks for, sorted by whom it is for. */
export interface GoLine {
  /** Flags for building: `["-race", "-tags=integration"]`; values joined to their names. */
  readonly build: readonly string[];
  /** What the test binary is told as `-test.NAME=VALUE`. */
  readonly tests: ReadonlyMap<string, string>;
  /** The project's own arguments of the test binary. */
  readonly rest: readonly string[];
  /** Patterns of packages it names. */
  readonly packages: readonly string[];
  /** The program that test binaries are run with, and its arguments. */
  readonly exec: readonly string[];
  /** How many packages may run at the same time on a machine: `-p`, by which projects keep those apart that share a database. */
  readonly places: number | undefined;
  /** Where the coverage profile of the whole run is wanted. */
  readonly coverProfile: string | undefined;
}

const words = (text: string) => text.split(/\s+/);

/** Flags for building that stand alone, or take their value only after `=`. */
const switches = new Set(words("a n x v work race msan asan linkshared modcacherw trimpath buildvcs cover i json c"));
const valued = new Set(
  words(
    "p asmflags buildmode compiler gccgoflags gcflags installsuffix ldflags mod modfile overlay pgo pkgdir tags toolexec vet covermode coverpkg exec o C",
  ),
);
/** Flags that `go test` hands to the binary as `-test.NAME`. */
const binarySwitches = new Set(words("benchmem failfast fullpath short artifacts"));
const binaryValued = new Set(
  words(
    `bench benchtime blockprofile blockprofilerate count coverprofile cpu cpuprofile fuzz fuzzminimizetime fuzztime list memprofile
     memprofilerate mutexprofile mutexprofilefraction outputdir parallel run shuffle skip timeout trace`,
  ),
);

/**
 * What decides about a run as a whole or about how it is shown, and so is not for one package: results are reported by us, and every
 * test counts.
 */
const forTheRun = new Set(words("n x v work i json c o list failfast outputdir artifacts fuzzminimizetime fuzztime"));

/** What `go test` itself does with one package at a time only. */
const forOnePackage = new Set(words("fuzz cpuprofile memprofile blockprofile mutexprofile trace"));

interface Flag {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Reads the arguments of `go test` as the go command itself does.
 * @param flags what GOFLAGS holds, before the arguments
 * @throws Error with a sentence for what cannot be done here
 */
export function parseGoLine(args: readonly string[], flags: readonly string[] = []): GoLine {
  const line = { build: [] as string[], tests: new Map<string, string>(), rest: [] as string[], packages: [] as string[] };
  let exec: string[] = [];
  let places: number | undefined;
  const take = ({ name, value = "true" }: Flag) => {
    if (forOnePackage.has(name)) throw new Error(`-${name} is for one package at a time: run \`go test\` itself for it`);
    if (name === "C") throw new Error("-C changes the folder: name the suite's folder instead");
    if (forTheRun.has(name)) return;
    if (name === "p") places = placesIn(value) ?? places;
    if (name === "exec") exec = splitQuoted(value);
    else if (binarySwitches.has(name) || binaryValued.has(name)) line.tests.set(name, value);
    else line.build.push(switches.has(name) && value === "true" ? `-${name}` : `-${name}=${value}`);
  };
  // The environment's own flags for building reach the go command anyway.
  for (const flag of flags) {
    const { name, value } = parseFlag(flag);
    if (isForTests(name)) take({ name, value });
    else if (name === "p") places = placesIn(value) ?? places;
  }
  let takesPackages = true;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      // After a flag of the project's own, a word may be its value.
      if (takesPackages) line.packages.push(arg);
      else line.rest.push(arg);
      continue;
    }
    if (arg === "-args" || arg === "--args") {
      line.rest.push(...args.slice(index + 1));
      break;
    }
    if (arg === "--") {
      line.rest.push(...args.slice(index));
      break;
    }
    const { name, value } = parseFlag(arg);
    const isSwitch = switches.has(name) || binarySwitches.has(name);
    if (!isSwitch && !valued.has(name) && !binaryValued.has(name)) {
      takesPackages = false;
      line.rest.push(arg);
    } else if (isSwitch || value !== undefined) take({ name, value });
    else {
      index += 1;
      if (index >= args.length) throw new Error(`-${name} needs a value`);
      take({ name, value: args[index] ?? "" });
    }
  }
  const coverProfile = line.tests.get("coverprofile");
  line.tests.delete("coverprofile");
  if (coverProfile !== undefined) line.build.push("-cover");
  return { ...line, exec, places, coverProfile };
}

function placesIn(value = ""): number | undefined {
  return /^[1-9]\d*$/.test(value) ? Number(value) : undefined;
}

/** Whether a flag of GOFLAGS is for `go test` alone. */
export function isForTests(name: string): boolean {
  return binarySwitches.has(name) || binaryValued.has(name) || forTheRun.has(name) || name === "exec";
}

/** `-run=X`, `--run=X` and `-test.run=X` are one flag. */
export function parseFlag(arg: string): Flag {
  const [, name = "", value] = /^--?(?:test\.)?([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
  return { name, value };
}

/** Splits as the go command splits GOFLAGS and -exec: whole words may be quoted, and nothing is escaped. */
export function splitQuoted(text: string): string[] {
  return Array.from(text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, single, double, plain]) => single ?? double ?? plain ?? "");
}
