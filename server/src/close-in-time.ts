/** How long closing may take beside the requests that are under way. */
export const closeLimit_ms = 10_000;

/** What is closed, one after the other, and what it is called if it does not end. */
export type ClosingStep = readonly [name: string, close: () => unknown];

/**
 * Closes one thing after the other, for so long and no longer. What fails does not keep the others from being closed.
 * @param tell called with the name of what has not ended in time, or of what failed
 * @throws what the first that failed threw
 */
export async function closeInTime(
  steps: readonly ClosingStep[],
  limit_ms: number,
  tell: (name: string, error?: unknown) => void,
): Promise<void> {
  let current = "";
  const failures: unknown[] = [];
  const closeAll = async (): Promise<void> => {
    for (const [name, close] of steps) {
      current = name;
      try {
        await close();
      } catch (error) {
        tell(name, error);
        failures.push(error);
      }
    }
  };
  let timer: NodeJS.Timeout | undefined;
  // It keeps the process alive: nobody else may, and who waits for this has something to say in the end.
  const limit = new Promise<"late">((resolve) => (timer = setTimeout(resolve, limit_ms, "late")));
  const end = await Promise.race([closeAll(), limit]);
  clearTimeout(timer);
  if (end === "late") tell(current);
  if (failures.length > 0) throw failures[0];
}
