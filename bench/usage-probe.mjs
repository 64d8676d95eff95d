// Loaded into a measured process beside its program: answers its parent's question with what the process uses.
process.on("message", ({ collect }) => {
  const { user, system } = process.cpuUsage();
  if (collect) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  const peak_bytes = process.resourceUsage().maxRSS * 1024;
  process.send({ heap_bytes: heapUsed, rss_bytes: rss, peak_bytes, cpu_ms: (user + system) / 1000 });
});
// The question may come or not: it is no reason to stay.
process.channel.unref();
