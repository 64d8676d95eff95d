import { z } from "zod";

/** What a token may do. `admin` may do everything; `submit` may also read; `worker` runs tasks; `job` submits and runs tasks. */
export const scopeSchema = z.enum(["admin", "submit", "worker", "read", "job"]);
export type Scope = z.infer<typeof scopeSchema>;

const grants: Record<Scope, readonly Scope[]> = {
  admin: ["admin", "submit", "worker", "read"],
  submit: ["submit", "read"],
  worker: ["worker"],
  read: ["read"],
  job: ["submit", "worker", "read"],
};

export function allows(held: Scope, needed: Scope): boolean {
  return grants[held].includes(needed);
}
