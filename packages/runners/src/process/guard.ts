import { spawn, type ChildProcess } from "node:child_process";

/** For how long a group may clear up that has learnt of our end by itself. */
const grace_s = 5;

/** Keeps the process groups it is told of, and ends those that are left when nobody can tell it any more: some at once, the others later. */
const script = `
groups=" "
later=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    =) later="$later$group " ;;
    -) case $groups in
         *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;;
         *) later="\${later%% $group *} \${later#* $group }" ;;
       esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
[ "$later" = " " ] || sleep ${grace_s}
for group in $later; do kill -s KILL -- "-$group" 2>/dev/null; done`;

type Sign = "+" | "=";

const groups = new Map<number, Sign>();
let guard: ChildProcess | undefined;

/**
 * Sees to it that a process group ends when this process does, even by SIGKILL: one small shell for all groups waits for that. For
 * systems that have process groups.
 * @param when at once, or after some seconds in which it may clear up
 * @returns what to call when the group has ended by itself, so that its number may be another's
 */
export function guardGroup(group: number, when: "at once" | "later"): () => void {
  const sign = when === "at once" ? "+" : "=";
  groups.set(group, sign);
  if (guard === undefined) startGuard();
  else tell(sign, group);
  return () => {
    if (groups.delete(group)) tell("-", group);
  };
}

function startGuard(): void {
  // In a session of its own: a signal to our group must not take it along.
  const child = spawn("/bin/sh", ["-c", script], { detached: true, stdio: ["pipe", "ignore", "ignore"], env: {}, cwd: "/" });
  guard = child;
  const forget = () => {
    if (guard === child) guard = undefined;
  };
  // Without it a group outlives us at worst.
  child.once("error", forget);
  child.once("exit", forget);
  child.stdin.on("error", forget);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  for (const [group, sign] of groups) tell(sign, group);
}

function tell(sign: Sign | "-", group: number): void {
  guard?.stdin?.write(`${sign} ${group}\n`);
}
