import type { FailureText } from "./fingerprint.ts";

type RealFailure = Pick<FailureText, "file" | "message"> & { readonly path: readonly string[]; readonly details: string };

/**
 * What the runners report of one small shop in each language: of two files, each with a fault in `load` and one in `price`, which both
 * files run into with values of their own, and with a comparison of its own. The second file ran in another folder.
 */
export const realFailures: Readonly<Record<string, readonly RealFailure[]>> = {
  vitest: [
    {
      file: "test/a.test.mjs",
      path: ["orders", "loads one"],
      message: "order 17 not found in /tmp/orders-8698/data.json after 51 ms",
      details:
        "Error: order 17 not found in /tmp/orders-8698/data.json after 51 ms\n    at load (/home/ada/shop/src/store.js:3:9)\n    at /home/ada/shop/test/a.test.mjs:4:27\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:2864:26\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3402:20\n    at new Promise (<anonymous>)\n    at runWithCancel (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3397:10)\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3381:20\n    at new Promise (<anonymous>)\n    at runWithTimeout (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3339:10)",
    },
    {
      file: "test/a.test.mjs",
      path: ["orders", "prices one"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (/home/ada/shop/src/store.js:6:22)\n    at /home/ada/shop/test/a.test.mjs:5:28\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:2864:26\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3402:20\n    at new Promise (<anonymous>)\n    at runWithCancel (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3397:10)\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3381:20\n    at new Promise (<anonymous>)\n    at runWithTimeout (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3339:10)",
    },
    {
      file: "test/a.test.mjs",
      path: ["orders", "adds"],
      message: "AssertionError: expected 2 to be 3 // Object.is equality",
      details:
        "AssertionError: expected 2 to be 3 // Object.is equality\n    at /home/ada/shop/test/a.test.mjs:6:36\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:2864:26\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3402:20\n    at new Promise (<anonymous>)\n    at runWithCancel (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3397:10)\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3381:20\n    at new Promise (<anonymous>)\n    at runWithTimeout (file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3339:10)\n    at file:///home/ada/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3989:64\n\n- Expected\n+ Received\n\n- 3\n+ 2",
    },
    {
      file: "test/b.test.mjs",
      path: ["loads another"],
      message: "order 4711 not found in /tmp/orders-8690/data.json after 14133 ms",
      details:
        "Error: order 4711 not found in /tmp/orders-8690/data.json after 14133 ms\n    at load (/builds/7/shop/src/store.js:3:9)\n    at /builds/7/shop/test/b.test.mjs:3:60\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/b.test.mjs",
      path: ["prices another"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (/builds/7/shop/src/store.js:6:22)\n    at /builds/7/shop/test/b.test.mjs:4:30\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:2864:26\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3402:20\n    at new Promise (<anonymous>)\n    at runWithCancel (file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3397:10)\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3381:20\n    at new Promise (<anonymous>)\n    at runWithTimeout (file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3339:10)",
    },
    {
      file: "test/b.test.mjs",
      path: ["concatenates"],
      message: "AssertionError: expected 'ab' to be 'abc' // Object.is equality",
      details:
        "AssertionError: expected 'ab' to be 'abc' // Object.is equality\n    at /builds/7/shop/test/b.test.mjs:5:46\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:1695:35\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:2864:26\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3402:20\n    at new Promise (<anonymous>)\n    at runWithCancel (file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3397:10)\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3381:20\n    at new Promise (<anonymous>)\n    at runWithTimeout (file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3339:10)\n    at file:///builds/7/shop/node_modules/vitest/dist/chunks/run.zBhXlcZQ.js:3989:64\n\nExpected: \"abc\"\nReceived: \"ab\"",
    },
  ],
  jest: [
    {
      file: "test/a.test.js",
      path: ["orders", "loads one"],
      message: "order 17 not found in /tmp/orders-8964/data.json after 51 ms",
      details:
        "Error: order 17 not found in /tmp/orders-8964/data.json after 51 ms\n    at load (/home/ada/shop/src/store.js:3:9)\n    at Object.load (/home/ada/shop/test/a.test.js:4:27)\n    at new Promise (<anonymous>)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "prices one"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at amount (/home/ada/shop/src/store.js:6:22)\n    at Object.price (/home/ada/shop/test/a.test.js:5:28)\n    at new Promise (<anonymous>)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "adds"],
      message: "expect(received).toBe(expected) // Object.is equality\n\nExpected: 3\nReceived: 2",
      details:
        "Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: 3\nReceived: 2\n    at Object.toBe (/home/ada/shop/test/a.test.js:6:36)\n    at new Promise (<anonymous>)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/b.test.js",
      path: ["loads another"],
      message: "order 4711 not found in /tmp/orders-8963/data.json after 14133 ms",
      details:
        "Error: order 4711 not found in /tmp/orders-8963/data.json after 14133 ms\n    at load (/builds/7/shop/src/store.js:3:9)\n    at Object.load (/builds/7/shop/test/b.test.js:3:60)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/b.test.js",
      path: ["prices another"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at amount (/builds/7/shop/src/store.js:6:22)\n    at Object.price (/builds/7/shop/test/b.test.js:4:30)\n    at new Promise (<anonymous>)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)",
    },
    {
      file: "test/b.test.js",
      path: ["concatenates"],
      message: 'expect(received).toBe(expected) // Object.is equality\n\nExpected: "abc"\nReceived: "ab"',
      details:
        'Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: "abc"\nReceived: "ab"\n    at Object.toBe (/builds/7/shop/test/b.test.js:5:46)\n    at new Promise (<anonymous>)\n    at processTicksAndRejections (node:internal/process/task_queues:104:5)',
    },
  ],
  mocha: [
    {
      file: "test/a.test.js",
      path: ["orders", "loads one"],
      message: "order 17 not found in /tmp/orders-9350/data.json after 51 ms",
      details:
        "Error: order 17 not found in /tmp/orders-9350/data.json after 51 ms\n    at load (src/store.js:3:9)\n    at Context.<anonymous> (test/a.test.js:4:27)\n    at process.processImmediate (node:internal/timers:574:21)",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "prices one"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (src/store.js:6:22)\n    at Context.<anonymous> (test/a.test.js:5:28)\n    at process.processImmediate (node:internal/timers:574:21)",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "adds"],
      message: "Expected values to be strictly equal:\n\n2 !== 3",
      details:
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n2 !== 3\n\n    at Context.<anonymous> (test/a.test.js:6:29)\n    at process.processImmediate (node:internal/timers:574:21)\n\n\n      + expected - actual\n\n      -2\n      +3",
    },
    {
      file: "test/b.test.js",
      path: ["loads another"],
      message: "order 4711 not found in /tmp/orders-9332/data.json after 14133 ms",
      details:
        "Error: order 4711 not found in /tmp/orders-9332/data.json after 14133 ms\n    at load (src/store.js:3:9)\n    at Context.<anonymous> (test/b.test.js:3:60)",
    },
    {
      file: "test/b.test.js",
      path: ["prices another"],
      message: "TypeError: Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (src/store.js:6:22)\n    at Context.<anonymous> (test/b.test.js:4:30)\n    at process.processImmediate (node:internal/timers:574:21)",
    },
    {
      file: "test/b.test.js",
      path: ["concatenates"],
      message: "Expected values to be strictly equal:\n\n'ab' !== 'abc'",
      details:
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n'ab' !== 'abc'\n\n    at Context.<anonymous> (test/b.test.js:5:35)\n    at process.processImmediate (node:internal/timers:574:21)\n\n\n      + expected - actual\n\n      -ab\n      +abc",
    },
  ],
  "node-test": [
    {
      file: "test/a.test.js",
      path: ["orders", "loads one"],
      message: "order 17 not found in /tmp/orders-9437/data.json after 51 ms",
      details:
        "Error: order 17 not found in /tmp/orders-9437/data.json after 51 ms\n    at load (/home/ada/shop/src/store.js:3:9)\n    at TestContext.<anonymous> (/home/ada/shop/test/a.test.js:4:27)\n    at Test.runInAsyncScope (node:async_hooks:227:14)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at Test.start (node:internal/test_runner/test:1262:17)\n    at node:internal/test_runner/test:1903:71\n    at node:internal/per_context/primordials:504:82\n    at new Promise (<anonymous>)\n    at new SafePromise (node:internal/per_context/primordials:478:3)\n    at node:internal/per_context/primordials:504:9",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "prices one"],
      message: "Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (/home/ada/shop/src/store.js:6:22)\n    at TestContext.<anonymous> (/home/ada/shop/test/a.test.js:5:28)\n    at Test.runInAsyncScope (node:async_hooks:227:14)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at Suite.processPendingSubtests (node:internal/test_runner/test:974:18)\n    at Test.postRun (node:internal/test_runner/test:1542:19)\n    at Test.run (node:internal/test_runner/test:1467:12)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)\n    at async Promise.all (index 0)\n    at async Suite.run (node:internal/test_runner/test:1905:7)",
    },
    {
      file: "test/a.test.js",
      path: ["orders", "adds"],
      message: "Expected values to be strictly equal:\n\n2 !== 3",
      details:
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n2 !== 3\n\n    at TestContext.<anonymous> (/home/ada/shop/test/a.test.js:6:29)\n    at Test.runInAsyncScope (node:async_hooks:227:14)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at Suite.processPendingSubtests (node:internal/test_runner/test:974:18)\n    at Test.postRun (node:internal/test_runner/test:1542:19)\n    at Test.run (node:internal/test_runner/test:1467:12)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)\n    at async Suite.processPendingSubtests (node:internal/test_runner/test:974:7) {\n  generatedMessage: true,\n  code: 'ERR_ASSERTION',\n  actual: 2,\n  expected: 3,\n  operator: 'strictEqual',\n  diff: 'simple'\n}",
    },
    {
      file: "test/b.test.js",
      path: ["loads another"],
      message: "order 4711 not found in /tmp/orders-9436/data.json after 14133 ms",
      details:
        "Error: order 4711 not found in /tmp/orders-9436/data.json after 14133 ms\n    at load (/builds/7/shop/src/store.js:3:9)\n    at TestContext.<anonymous> (/builds/7/shop/test/b.test.js:3:60)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)\n    at async Test.run (node:internal/test_runner/test:1409:7)\n    at async startSubtestAfterBootstrap (node:internal/test_runner/harness:387:3)",
    },
    {
      file: "test/b.test.js",
      path: ["prices another"],
      message: "Cannot read properties of undefined (reading 'amount')",
      details:
        "TypeError: Cannot read properties of undefined (reading 'amount')\n    at price (/builds/7/shop/src/store.js:6:22)\n    at TestContext.<anonymous> (/builds/7/shop/test/b.test.js:4:30)\n    at Test.runInAsyncScope (node:async_hooks:227:14)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at Test.processPendingSubtests (node:internal/test_runner/test:974:18)\n    at Test.postRun (node:internal/test_runner/test:1542:19)\n    at Test.run (node:internal/test_runner/test:1467:12)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)\n    at async startSubtestAfterBootstrap (node:internal/test_runner/harness:387:3)",
    },
    {
      file: "test/b.test.js",
      path: ["concatenates"],
      message: "Expected values to be strictly equal:\n\n'ab' !== 'abc'",
      details:
        "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n'ab' !== 'abc'\n\n    at TestContext.<anonymous> (/builds/7/shop/test/b.test.js:5:35)\n    at Test.runInAsyncScope (node:async_hooks:227:14)\n    at Test.run (node:internal/test_runner/test:1402:25)\n    at Test.processPendingSubtests (node:internal/test_runner/test:974:18)\n    at Test.postRun (node:internal/test_runner/test:1542:19)\n    at Test.run (node:internal/test_runner/test:1467:12)\n    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)\n    at async Test.processPendingSubtests (node:internal/test_runner/test:974:7) {\n  generatedMessage: true,\n  code: 'ERR_ASSERTION',\n  actual: 'ab',\n  expected: 'abc',\n  operator: 'strictEqual',\n  diff: 'simple'\n}",
    },
  ],
  pytest: [
    {
      file: "tests/test_a.py",
      path: ["test_loads_one"],
      message: "shop.store.Missing: order 17 not found in /tmp/orders-9599/data.json",
      details:
        'def test_loads_one():\n>       load(17)\n\ntests/test_a.py:5:\n_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n\nnumber = 17\n\n    def load(number):\n>       raise Missing(f"order {number} not found in /tmp/orders-{os.getpid()}/data.json")\nE       shop.store.Missing: order 17 not found in /tmp/orders-9599/data.json\n\nshop/store.py:9: Missing',
    },
    {
      file: "tests/test_a.py",
      path: ["test_prices_one"],
      message: "KeyError: 'total'",
      details:
        "def test_prices_one():\n>       price({})\n\ntests/test_a.py:9:\n_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n\norder = {}\n\n    def price(order):\n>       return order[\"total\"]\n               ^^^^^^^^^^^^^^\nE       KeyError: 'total'\n\nshop/store.py:13: KeyError",
    },
    {
      file: "tests/test_a.py",
      path: ["test_adds"],
      message: "assert (1 + 1) == 3",
      details: "def test_adds():\n>       assert 1 + 1 == 3\nE       assert (1 + 1) == 3\n\ntests/test_a.py:13: AssertionError",
    },
    {
      file: "tests/test_b.py",
      path: ["TestOther", "test_loads_another"],
      message: "shop.store.Missing: order 4711 not found in /tmp/orders-9598/data.json",
      details:
        'self = <test_b.TestOther object at 0x7fc64be52310>\n\n    def test_loads_another(self):\n>       load(4711)\n\ntests/test_b.py:6:\n_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n\nnumber = 4711\n\n    def load(number):\n>       raise Missing(f"order {number} not found in /tmp/orders-{os.getpid()}/data.json")\nE       shop.store.Missing: order 4711 not found in /tmp/orders-9598/data.json\n\nshop/store.py:9: Missing',
    },
    {
      file: "tests/test_b.py",
      path: ["TestOther", "test_prices_another"],
      message: "KeyError: 'total'",
      details:
        "self = <test_b.TestOther object at 0x7fc64be5cb90>\n\n    def test_prices_another(self):\n>       price({\"id\": 5})\n\ntests/test_b.py:9:\n_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _\n\norder = {'id': 5}\n\n    def price(order):\n>       return order[\"total\"]\n               ^^^^^^^^^^^^^^\nE       KeyError: 'total'\n\nshop/store.py:13: KeyError",
    },
    {
      file: "tests/test_b.py",
      path: ["TestOther", "test_concatenates"],
      message: "AssertionError: assert 'ab' == 'abc'\n\n  - abc\n  ?   -\n  + ab",
      details:
        'self = <test_b.TestOther object at 0x7fc64be5cd50>\n\n    def test_concatenates(self):\n>       assert "a" + "b" == "abc"\nE       AssertionError: assert \'ab\' == \'abc\'\nE\nE         - abc\nE         ?   -\nE         + ab\n\ntests/test_b.py:12: AssertionError',
    },
  ],
  go: [
    {
      file: "cart/cart_test.go",
      path: ["TestLoadsAnother"],
      message: "order 4711 not found after 14133ms",
      details: "    cart_test.go:11: order 4711 not found after 14133ms",
    },
    {
      file: "cart/cart_test.go",
      path: ["TestPricesAnother"],
      message: "panic: runtime error: invalid memory address or nil pointer dereference",
      details:
        "panic: runtime error: invalid memory address or nil pointer dereference [recovered]\n\tpanic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4f52c2]\n\ngoroutine 19 [running]:\ntesting.tRunner.func1.2({0x508da0, 0x5fdad0})\n\t/usr/lib/go-1.19/src/testing/testing.go:1396 +0x24e\ntesting.tRunner.func1()\n\t/usr/lib/go-1.19/src/testing/testing.go:1399 +0x39f\npanic({0x508da0, 0x5fdad0})\n\t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212\nexample.test/shop/store.Price(...)\n\t/home/ada/shop/store/store.go:13\nexample.test/shop/cart.TestPricesAnother(0xc000096680?)\n\t/home/ada/shop/cart/cart_test.go:16 +0x2\ntesting.tRunner(0xc0000969c0, 0x52f330)\n\t/usr/lib/go-1.19/src/testing/testing.go:1446 +0x10b\ncreated by testing.(*T).Run\n\t/usr/lib/go-1.19/src/testing/testing.go:1493 +0x35f",
    },
    {
      file: "store/store_test.go",
      path: ["TestLoadsOne"],
      message: "order 17 not found after 51ms",
      details: "    store_test.go:7: order 17 not found after 51ms",
    },
    {
      file: "store/store_test.go",
      path: ["TestAdds"],
      message: "got 2, want 3",
      details: "    store_test.go:13: got 2, want 3",
    },
    {
      file: "store/store_test.go",
      path: ["TestPricesOne"],
      message: "panic: runtime error: invalid memory address or nil pointer dereference",
      details:
        "panic: runtime error: invalid memory address or nil pointer dereference [recovered]\n\tpanic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4f5362]\n\ngoroutine 8 [running]:\ntesting.tRunner.func1.2({0x508da0, 0x5feab0})\n\t/usr/lib/go-1.19/src/testing/testing.go:1396 +0x24e\ntesting.tRunner.func1()\n\t/usr/lib/go-1.19/src/testing/testing.go:1399 +0x39f\npanic({0x508da0, 0x5feab0})\n\t/usr/lib/go-1.19/src/runtime/panic.go:884 +0x212\nexample.test/shop/store.Price(...)\n\t/builds/7/shop/store/store.go:13\nexample.test/shop/store.TestPricesOne(0xc000007ba0?)\n\t/builds/7/shop/store/store_test.go:18 +0x2\ntesting.tRunner(0xc000007d40, 0x52f348)\n\t/usr/lib/go-1.19/src/testing/testing.go:1446 +0x10b\ncreated by testing.(*T).Run\n\t/usr/lib/go-1.19/src/testing/testing.go:1493 +0x35f",
    },
  ],
};
