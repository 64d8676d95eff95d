/** Cuts a text to what a case may carry and says so. */
export function cut(value: string, limit: number): string {
  if (value.length <= limit) return value;
  const end = /[\uD800-\uDBFF]/.test(value[limit - 1] ?? "") ? limit - 1 : limit;
  return `${value.slice(0, end)}\n… ${value.length - end} more characters`;
}
