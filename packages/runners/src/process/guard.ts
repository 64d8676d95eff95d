import { spawn, type ChildProcess } from "node:child_process";

/** Keeps the process groups it is told of, and ends those that are left when nobody can tell it any more. */
const script = `
groups=" "
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`;

const groups = new Set<number>();
let guard: ChildProcess | undefined;

/**
 * Sees to it that a process group ends when this process does, even by SIGKILL: one small shell for all groups waits for that. For
 * systems that have process groups.
 * @returns what to call when the group has ended by itself, so that its number may be another's
 */
export function guardGroup(group: number): () => void {
  groups.add(group);
  if (guard === undefined) startGuard();
  else tell("+", group);
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
  for (const group of groups) tell("+", group);
}

function tell(sign: "+" | "-", group: number): void {
  guard?.stdin?.write(`${sign} ${group}\n`);
}
