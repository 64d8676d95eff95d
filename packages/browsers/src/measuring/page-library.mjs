// `window.shardwright`: put into each page before its own scripts. It runs in browsers alone, so that it is a script of its own and no module.
(() => {
  if (globalThis.shardwright !== undefined) return;
  const send = (message) => globalThis.__shardwright?.(JSON.stringify(message)) ?? Promise.resolve();

  const record = (name, value, { unit = "", better = "lower", replicates, dimensions } = {}) =>
    send({ type: "metric", metric: { name, value, unit, better, replicates, dimensions } });
  const compute = (name, values, tolerance = { absolute: 0, relative: 1e-4 }) =>
    send({ type: "computed", computed: { name, values: Array.from(values), tolerance } });

  /** Times a function: its own number of milliseconds where it returns one, else how long it took. */
  async function time(work, { warmup = 1, repetitions = 10 } = {}) {
    const times = [];
    for (let turn = -warmup; turn < repetitions; turn += 1) {
      const begun = performance.now();
      const said = await work();
      const took_ms = typeof said === "number" ? said : performance.now() - begun;
      if (turn >= 0) times.push(took_ms);
    }
    return times;
  }

  async function measure(name, work, options = {}) {
    const times = await time(work, options);
    await send({ type: "measured", name, unit: options.unit ?? "ms", better: options.better ?? "lower", values: times });
    return times;
  }

  function describeAdapter(adapter) {
    const info = adapter.info ?? {};
    const isSoftware = info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
    return {
      vendor: info.vendor ?? "",
      architecture: info.architecture ?? "",
      device: info.device ?? "",
      description: info.description ?? "",
      software:
        isSoftware ||
        /swiftshader|llvmpipe|lavapipe|basic render/i.test(`${info.architecture} ${info.description} ${info.device}`),
      features: [...adapter.features].sort((first, second) => (first < second ? -1 : 1)),
    };
  }

  /** @returns the device, its adapter and what it is; a device that is lost later fails the case */
  async function requestDevice({ adapterOptions = {}, requiredFeatures = [], requiredLimits = {} } = {}) {
    if (navigator.gpu === undefined)
      throw new Error(`WebGPU is not in this browser${isSecureContext ? "" : ", or not on this page: it is no secure context"}.`);
    const adapter = await navigator.gpu.requestAdapter(adapterOptions);
    if (adapter === null) {
      await send({ type: "adapter", info: null });
      throw new Error("WebGPU has no adapter here: requestAdapter() gave null.");
    }
    const info = describeAdapter(adapter);
    const wanted = [...requiredFeatures, ...(adapter.features.has("timestamp-query") ? ["timestamp-query"] : [])];
    const device = await adapter.requestDevice({ requiredFeatures: [...new Set(wanted)], requiredLimits });
    void device.lost.then(({ reason, message }) => {
      if (reason !== "destroyed") void send({ type: "lost", reason, message });
    });
    await send({ type: "adapter", info });
    return { adapter, device, info };
  }

  const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  function textOf(bytes) {
    let text = "";
    // In pieces: a call takes only so many arguments.
    for (let begin = 0; begin < bytes.length; begin += 32768)
      text += String.fromCharCode(...bytes.subarray(begin, begin + 32768));
    return btoa(text);
  }

  /**
   * Runs a compute shader. Inputs are bound from 0 on, in their order, the output after them. Making the pipeline, the first run and those
   * that are repeated are timed apart; the processor of the graphics card tells its own time where it can.
   */
  async function dispatch({
    code,
    entryPoint = "main",
    inputs,
    output_bytes,
    workgroups,
    warmup = 1,
    repetitions = 1,
    constants,
    requiredFeatures,
  }) {
    const { device, info } = await requestDevice({ requiredFeatures });
    try {
      const errors = [];
      device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
      const { STORAGE, COPY_DST, COPY_SRC, MAP_READ, QUERY_RESOLVE } = GPUBufferUsage;
      const buffers = inputs.map((input) => {
        const bytes =
          typeof input === "string" ? bytesOf(input) : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
        const buffer = device.createBuffer({ size: Math.max(4, Math.ceil(bytes.length / 4) * 4), usage: STORAGE | COPY_DST });
        device.queue.writeBuffer(buffer, 0, bytes);
        return buffer;
      });
      const result = device.createBuffer({ size: output_bytes, usage: STORAGE | COPY_SRC });
      const read = device.createBuffer({ size: output_bytes, usage: MAP_READ | COPY_DST });
      const compileBegun = performance.now();
      const module = device.createShaderModule({ code });
      const complaints = (await module.getCompilationInfo()).messages.filter(({ type }) => type === "error");
      if (complaints.length > 0)
        throw new Error(
          `The shader does not compile: ${complaints.map(({ lineNum, message }) => `line ${lineNum}: ${message}`).join("; ")}`,
        );
      const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module, entryPoint, constants } });
      const compile_ms = performance.now() - compileBegun;
      const entries = [...buffers, result].map((buffer, binding) => ({ binding, resource: { buffer } }));
      const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      const stamps = device.features.has("timestamp-query")
        ? makeStamps(device, { QUERY_RESOLVE, COPY_SRC, MAP_READ, COPY_DST })
        : undefined;
      const once = async () => {
        const begun = performance.now();
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass(stamps === undefined ? {} : { timestampWrites: stamps.writes });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(...workgroups);
        pass.end();
        encoder.copyBufferToBuffer(result, 0, read, 0, output_bytes);
        stamps?.resolve(encoder);
        device.queue.submit([encoder.finish()]);
        await read.mapAsync(GPUMapMode.READ);
        const bytes = new Uint8Array(read.getMappedRange().slice(0));
        read.unmap();
        const wall_ms = performance.now() - begun;
        return { bytes, wall_ms, gpu_ms: await stamps?.read() };
      };
      const first = await once();
      for (let turn = 0; turn < warmup; turn += 1) await once();
      const runs = [];
      let last = first;
      for (let turn = 0; turn < repetitions; turn += 1) runs.push((last = await once()));
      if (errors.length > 0) throw new Error(`WebGPU says: ${errors.join("; ")}`);
      return {
        output: textOf(last.bytes),
        adapter: info,
        compile_ms,
        first_ms: first.wall_ms,
        run_ms: runs.map(({ wall_ms }) => wall_ms),
        // A clock that was reset, or is kept from being exact, says nothing.
        gpu_ms: runs.map(({ gpu_ms }) => gpu_ms).filter((value) => value !== undefined && value > 0),
      };
    } finally {
      device.destroy();
    }
  }

  function makeStamps(device, { QUERY_RESOLVE, COPY_SRC, MAP_READ, COPY_DST }) {
    const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
    const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
    const read = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
    return {
      writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
      resolve(encoder) {
        encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, read, 0, 16);
      },
      async read() {
        await read.mapAsync(GPUMapMode.READ);
        const [begin, end] = new BigUint64Array(read.getMappedRange().slice(0));
        read.unmap();
        return Number(end - begin) / 1e6;
      },
    };
  }

  /** @throws Error with the browser's reason where WebNN is not there, or has nothing behind it */
  async function requestWebNn(deviceType = "cpu") {
    if (navigator.ml === undefined) throw new Error("WebNN is not in this browser: navigator.ml is not there.");
    return navigator.ml.createContext({ deviceType });
  }

  /** What the browser can do on this page: by trying, as the mere presence of an API says nothing. */
  async function supports(feature) {
    if (feature === "wasm") return typeof WebAssembly === "object";
    if (feature === "webgpu") return ((await navigator.gpu?.requestAdapter()) ?? null) !== null;
    if (feature === "webnn")
      return requestWebNn().then(
        () => true,
        () => false,
      );
    const canvas = document.createElement("canvas");
    return canvas.getContext("webgl2") !== null || canvas.getContext("webgl") !== null;
  }

  /** Milliseconds between frames. */
  function frames(count = 60) {
    return new Promise((resolve) => {
      const intervals = [];
      let before;
      const onFrame = (now) => {
        if (before !== undefined) intervals.push(now - before);
        before = now;
        if (intervals.length < count) requestAnimationFrame(onFrame);
        else resolve(intervals);
      };
      requestAnimationFrame(onFrame);
    });
  }

  /** Bytes that scripts use, where the browser tells: Chromium does. */
  const heap_bytes = () => performance.memory?.usedJSHeapSize;

  let queue = Promise.resolve();
  let isQueued = false;
  let isFinished = false;
  const errorOf = (error) => ({
    message: String(error?.message ?? error),
    details: error?.stack === undefined ? undefined : String(error.stack),
  });
  const report = (result) => send({ type: "report", result });
  const finish = (error) => {
    isFinished = true;
    return send({ type: "finish", ...(error === undefined ? {} : { error: errorOf(error) }) });
  };

  /** A case of a page that is a test by itself. They run one after the other; with the last of them the page is done. */
  function test(name, work) {
    isQueued = true;
    const own = queue.then(async () => {
      const begun = performance.now();
      const outcome = await Promise.resolve()
        .then(work)
        .then(
          () => ({ status: "passed" }),
          (error) => ({ status: "failed", ...errorOf(error) }),
        );
      await report({ name, ...outcome, duration_ms: performance.now() - begun });
    });
    queue = own;
    void own.then(() => {
      if (queue === own && document.readyState === "complete" && !isFinished) void finish();
    });
  }

  addEventListener("load", () => {
    if (globalThis.__shardwright === undefined) return;
    if (isQueued) {
      const last = queue;
      // A test that the load's own listeners define comes later still.
      void last.then(() => setTimeout(() => queue === last && !isFinished && void finish(), 0));
    } else if (globalThis.result !== undefined && !(globalThis.result instanceof Node))
      void Promise.resolve(globalThis.result).then(
        (value) => (isFinished ? undefined : finish(value === false ? new Error("window.result is false.") : undefined)),
        (error) => (isFinished ? undefined : finish(error)),
      );
  });

  globalThis.shardwright = {
    record,
    measure,
    time,
    compute,
    requestDevice,
    dispatch,
    requestWebNn,
    supports,
    frames,
    heap_bytes,
    test,
    report,
    finish,
  };
})();
