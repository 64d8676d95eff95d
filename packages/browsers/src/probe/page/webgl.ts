import type { BrowserCapabilities } from "../capabilities.ts";

interface WebGl {
  readonly COLOR_BUFFER_BIT: number;
  readonly RENDERER: number;
  readonly RGBA: number;
  readonly UNSIGNED_BYTE: number;
  clearColor(red: number, green: number, blue: number, alpha: number): void;
  clear(mask: number): void;
  readPixels(x: number, y: number, width: number, height: number, format: number, type: number, into: Uint8Array): void;
  getParameter(name: number): unknown;
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number; loseContext?(): void } | null;
}
interface Canvas {
  addEventListener(type: string, listener: (event: { statusMessage?: string }) => void): void;
  getContext(name: string): WebGl | null;
}

/** Runs in the page: draws and reads what was drawn. Uses nothing from outside of itself. */
export function probeWebGl(name: "webgl" | "webgl2"): BrowserCapabilities["webgl"] {
  const { document } = globalThis as unknown as { document: { createElement(name: "canvas"): Canvas } };
  const canvas = document.createElement("canvas");
  let reason = "";
  canvas.addEventListener("webglcontextcreationerror", ({ statusMessage }) => (reason = statusMessage ?? ""));
  const context = canvas.getContext(name);
  if (context === null) return { available: false, reason: reason === "" ? "no context" : reason.slice(0, 300) };
  context.clearColor(0, 1, 0, 1);
  context.clear(context.COLOR_BUFFER_BIT);
  const pixel = new Uint8Array(4);
  context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, pixel);
  const extension = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(context.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext?.();
  if (pixel.join() !== "0,255,0,255") return { available: false, reason: `it drew ${pixel.join()} in place of green` };
  return { available: true, renderer };
}
