// Loaded into a measured process beside its program: answers its parent's question with what the process uses.
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolution_ms = 5;
const delays = monitorEventLoopDelay({ resolution: resolution_ms });
delays.enable();

process.on("message", ({ collect, reset }) => {
  const { user, system } = process.cpuUsage();
  if (collect) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  const peak_bytes = process.resourceUsage().maxRSS * 1024;
  const stall_ms = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - resolution_ms);
  if (reset) delays.reset();
  process.send({ heap_bytes: heapUsed, rss_bytes: rss, peak_bytes, cpu_ms: (user + system) / 1000, stall_ms });
});
// The question may come or not: it is no reason to stay.
process.channel.unref();
