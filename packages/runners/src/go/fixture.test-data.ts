/** A module with a package for everything that can happen to a package's tests. */
export const module = { "go.mod": "module example.test/fixture\n\ngo 1.19\n" };

const file = (name: string, imports: readonly string[], body: string) =>
  `package ${name}\n\nimport (\n${[...imports, "testing"].map((path) => `\t"${path}"`).join("\n")}\n)\n\n${body.trim()}\n`;

export const packages: Readonly<Record<string, string>> = {
  "kinds/kinds_test.go": file(
    "kinds",
    ["fmt", "os"],
    `
func TestPasses(t *testing.T) {
	t.Log("logged")
	fmt.Println("printed")
	fmt.Fprintln(os.Stderr, "warned")
}

func TestSubtests(t *testing.T) {
	t.Run("two words", func(t *testing.T) {})
	t.Run("a/slash", func(t *testing.T) {})
	t.Run("(signs) [a-z]+ $1 ^x|y \\\\d 'q' \\"dq\\" *", func(t *testing.T) {})
	t.Run("héllo €", func(t *testing.T) {})
	t.Run("", func(t *testing.T) {})
	t.Run("twice", func(t *testing.T) {})
	t.Run("twice", func(t *testing.T) {})
	t.Run("fails", func(t *testing.T) {
		t.Log("before")
		t.Errorf("got %d, want %d\\nover two lines", 1, 2)
	})
	t.Run("skipped", func(t *testing.T) { t.Skip("not here") })
	t.Run("deep", func(t *testing.T) { t.Run("deeper", func(t *testing.T) {}) })
}

func TestParallel(t *testing.T) {
	for _, name := range []string{"x", "y"} {
		name := name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log("in " + name)
		})
	}
}

func TestFirstOfTwo(t *testing.T) { t.Parallel() }

func TestSecondOfTwo(t *testing.T) { t.Parallel() }

func TestQuotes(t *testing.T) {
	t.Log("=== RUN   TestQuoted")
	fmt.Println("--- FAIL: TestQuoted (0.00s)")
	fmt.Println("FAIL")
}

func TestWithoutNewline(t *testing.T) { fmt.Print("no newline") }

func Example_good() {
	fmt.Println("one")
	// Output: one
}

func Example_bad() {
	fmt.Println("one")
	// Output: two
}

func FuzzSeeds(f *testing.F) {
	f.Add("a")
	f.Fuzz(func(t *testing.T, text string) {})
}`,
  ),
  "kinds/testdata/fuzz/FuzzSeeds/kept": 'go test fuzz v1\nstring("b")\n',
  "external/inside_test.go": file("external", [], "func TestSame(t *testing.T) {}\n\nfunc TestInside(t *testing.T) {}"),
  "external/outside_test.go": file("external_test", [], `func TestSame(t *testing.T) { t.Fatal("outside") }`),
  "nested/nested_test.go": file(
    "nested",
    [],
    `
func everything(_, _ string) (bool, error) { return true, nil }

func TestRunsOthers(t *testing.T) {
	inner := func(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Error("inner") }) }
	if testing.RunTests(everything, []testing.InternalTest{{Name: "TestRunsOthers", F: inner}, {Name: "inner", F: inner}}) {
		t.Error("they should fail")
	}
	t.Run("own", func(t *testing.T) {})
}

func TestAfter(t *testing.T) {}`,
  ),
  "panics/panics_test.go": file(
    "panics",
    [],
    `
func TestBefore(t *testing.T) {}

func TestPanics(t *testing.T) {
	t.Run("inner", func(t *testing.T) { panic("out of order") })
}

func TestNever(t *testing.T) {}`,
  ),
  "exits/exits_test.go": file(
    "exits",
    ["fmt", "os"],
    `
func TestExits(t *testing.T) {
	fmt.Println("last words")
	os.Exit(3)
}

func TestNever(t *testing.T) {}`,
  ),
  "exitszero/exits_test.go": file("exitszero", ["os"], "func TestExits(t *testing.T) { os.Exit(0) }"),
  "silent/silent_test.go": file(
    "silent",
    ["syscall"],
    "func TestBefore(t *testing.T) {}\n\nfunc TestExits(t *testing.T) { syscall.Exit(0) }",
  ),
  "mainzero/main_test.go": file(
    "mainzero",
    ["os"],
    "func TestMain(m *testing.M) { os.Exit(0) }\n\nfunc TestNever(t *testing.T) {}",
  ),
  "swallows/main_test.go": file(
    "swallows",
    ["os"],
    `
func TestMain(m *testing.M) {
	m.Run()
	os.Exit(0)
}

func TestFails(t *testing.T) { t.Error("unheard") }`,
  ),
  "mainfails/main_test.go": file(
    "mainfails",
    ["fmt", "os"],
    `
func TestMain(m *testing.M) {
	m.Run()
	fmt.Println("cannot tear down")
	os.Exit(1)
}

func TestPasses(t *testing.T) {}`,
  ),
  "mainstops/main_test.go": file(
    "mainstops",
    ["fmt", "os"],
    `
func TestMain(m *testing.M) {
	fmt.Println("no database")
	os.Exit(2)
}

func TestNever(t *testing.T) {}`,
  ),
  "skips/skips_test.go": file("skips", [], `func TestSkips(t *testing.T) { t.Skip("all of it") }`),
  "slow/slow_test.go": file("slow", ["time"], "func TestSleeps(t *testing.T) { time.Sleep(time.Hour) }"),
  "broken/broken_test.go": file("broken", [], "func TestBroken(t *testing.T) { missingFunction() }"),
  "uses/uses_test.go": file("uses", ["example.test/fixture/badlib"], "func TestUses(t *testing.T) { badlib.F() }"),
  "badlib/badlib.go": 'package badlib\n\nfunc F() int { return "text" }\n',
  "vetted/vetted_test.go": file("vetted", [], `func TestVetted(t *testing.T) { t.Logf("%d", "text") }`),
  "unparsable/unparsable_test.go": "package unparsable\n\nfunc {\n",
  "tagged/tagged_test.go": `//go:build special\n\n${file("tagged", [], "func TestTagged(t *testing.T) {}")}`,
  "tagged/tagged.go": "package tagged\n",
  "excluded/excluded_test.go": `//go:build special\n\n${file("excluded", [], "func TestExcluded(t *testing.T) {}")}`,
  "without/without.go": "package without\n",
  "testdata/ignored/ignored_test.go": file("ignored", [], "func TestIgnored(t *testing.T) {}"),
  "_ignored/ignored_test.go": file("ignored", [], "func TestIgnored(t *testing.T) {}"),
  "other/go.mod": "module example.test/other\n\ngo 1.19\n",
  "other/other_test.go": file("other", [], "func TestOther(t *testing.T) {}"),
};

/** Not to be run in passing. */
export const special: Readonly<Record<string, string>> = {
  "killed/killed_test.go": file(
    "killed",
    ["syscall"],
    "func TestKilled(t *testing.T) { syscall.Kill(syscall.Getpid(), syscall.SIGKILL); select {} }",
  ),
  "surroundings/surroundings_test.go": file(
    "surroundings",
    ["flag", "fmt", "os", "sort"],
    `
var update = flag.Bool("update", false, "")

func TestSurroundings(t *testing.T) {
	variables := os.Environ()
	sort.Strings(variables)
	for _, variable := range variables {
		fmt.Println("has", variable)
	}
	folder, _ := os.Getwd()
	fmt.Println("in", folder)
	fmt.Println("short", testing.Short(), "update", *update, "left", flag.Args())
}`,
  ),
  "groups/groups_test.go": file(
    "groups",
    ["os"],
    `
func note(name string) {
	file, err := os.OpenFile("ran.txt", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	file.WriteString(name + "\\n")
}

func TestA(t *testing.T)   { note(t.Name()) }
func TestAB(t *testing.T)  { note(t.Name()) }
func TestABC(t *testing.T) { note(t.Name()) }
func TestÄ(t *testing.T)   { note(t.Name()) }

func TestTree(t *testing.T) {
	for _, name := range []string{"a", "a b", "a+b", "a|b", "(a)", "a.b", "a*", "$HOME \\"x\\" 'y'", "a"} {
		t.Run(name, func(t *testing.T) { note(t.Name()) })
	}
}

func ExampleNote() {
	note("ExampleNote")
	// Output:
}

func FuzzA(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, text string) { note(t.Name()) })
}

func BenchmarkA(b *testing.B) {
	b.ReportMetric(3.5, "frobs/op")
	b.Run("size-10", func(b *testing.B) {})
}

func BenchmarkBad(b *testing.B) { b.Fatal("bad") }`,
  ),
  "groups/note.go": "package groups\n\n// Note is what the example is of.\nfunc Note() {}\n",
  "groups/more_test.go": file("groups", [], "func TestMore(t *testing.T) { note(t.Name()) }"),
};
