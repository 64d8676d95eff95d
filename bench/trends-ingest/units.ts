export function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

export function seconds(duration_ms: number): string {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}
