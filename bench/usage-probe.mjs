// Loaded into a measured process beside its program: answers its parent's question with what the process uses.
import { monitorEventLoopDelay } from "node:perf_hooks";

const resolution_ms = 5;
const delays = monitorEventLoopDelay({ resolution: resolution_ms });
delays.enable();

// By the processor time of this thread alone: what others on the machine take of it is no matter of the program.
let held_ms = 0;
let last = process.threadCpuUsage();
const look = () => {
  const now = process.threadCpuUsage();
  held_ms = Math.max(held_ms, (now.user - last.user + now.system - last.system) / 1000);
  last = now;
};
setInterval(look, resolution_ms).unref();

process.on("message", ({ collect, reset }) => {
  look();
  const { user, system } = process.cpuUsage();
  if (collect) globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  const peak_bytes = process.resourceUsage().maxRSS * 1024;
  const stall_ms = delays.count === 0 ? 0 : Math.max(0, delays.max / 1e6 - resolution_ms);
  process.send({ heap_bytes: heapUsed, rss_bytes: rss, peak_bytes, cpu_ms: (user + system) / 1000, stall_ms, held_ms });
  if (!reset) return;
  delays.reset();
  held_ms = 0;
  last = process.threadCpuUsage();
});
// The question may come or not: it is no reason to stay.
process.channel.unref();
