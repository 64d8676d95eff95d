import { test } from "@shardwright/browsers/test";

const size = 64;

const code = `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
override size: u32;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= size || id.y >= size) { return; }
  var sum = 0.0;
  for (var k = 0u; k < size; k++) { sum += a[id.y * size + k] * b[k * size + id.x]; }
  c[id.y * size + id.x] = sum;
}`;

test("multiplies two matrices as JavaScript does", async ({ device, compute, expect, metrics, page }) => {
  const a = Float32Array.from({ length: size * size }, (_, index) => ((index * 7919) % 13) / 13 - 0.5);
  const b = Float32Array.from({ length: size * size }, (_, index) => ((index * 104_729) % 17) / 17 - 0.5);
  const { output } = await device.benchmark("matmul", {
    code,
    inputs: [a, b],
    outputLength: size * size,
    workgroups: [size / 8, size / 8],
    constants: { size },
    repetitions: 20,
    // Floating point operations of one run.
    operations: 2 * size ** 3,
  });
  let worst = 0;
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let k = 0; k < size; k += 1) sum += (a[row * size + k] ?? 0) * (b[k * size + column] ?? 0);
      worst = Math.max(worst, Math.abs(sum - (output[row * size + column] ?? Number.NaN)));
    }
  expect(worst).toBeLessThan(1e-4);
  metrics.record("matmul.error", worst);
  await metrics.heap(page);
  compute("matmul", output.subarray(0, 16), { absolute: 1e-4 });
});
