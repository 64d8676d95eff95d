const foreignFrame = /^\s*at .*(?:node_modules|node:|\(native\)|\(<anonymous>\)$)/;

/**
 * What happened outside of all cases has no case to keep its stack: it follows the message, without the frames that are not the
 * project's own, and without what the message says already.
 * @param stack as V8 prints one, with causes or a diff behind it
 */
export function withOwnFrames(message: string, stack: string): string {
  const said = new Set(message.split("\n").flatMap((line) => [line.trim(), `Error: ${line.trim()}`]));
  const rest = stack.split("\n").filter((line) => line.trim() !== "" && !foreignFrame.test(line) && !said.has(line.trim()));
  return [message, ...rest].join("\n");
}
