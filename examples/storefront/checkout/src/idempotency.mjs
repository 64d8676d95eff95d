/** Makes an action safe to repeat: calls with one key share the first one's result. A failed call may be tried again. */
export function idempotent(action) {
  const results = new Map();
  return (key, argument) => {
    const known = results.get(key);
    if (known !== undefined) {
      if (known.argument !== JSON.stringify(argument)) throw new Error(`key ${key} was used for something else`);
      return known.result;
    }
    const result = Promise.resolve().then(() => action(argument));
    results.set(key, { argument: JSON.stringify(argument), result });
    result.catch(() => results.delete(key));
    return result;
  };
}
