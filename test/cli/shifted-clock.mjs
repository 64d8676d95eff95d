// Loaded before a program by `NODE_OPTIONS=--import …`: its wall clock, and that of all it starts, is wrong by CLOCK_SHIFT_MS.
const trueDate = Date;
const now = () => trueDate.now() + Number(process.env.CLOCK_SHIFT_MS);

globalThis.Date = new Proxy(trueDate, {
  apply: () => new trueDate(now()).toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name) => (name === "now" ? now : Reflect.get(target, name)),
});
