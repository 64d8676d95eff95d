import { detectProvider, type Environment } from "@shardwright/ci";

/**
 * Whether this job was started by another one's end, to show its results with rights that it had not. What lies around such a job came from
 * there, and may be anything.
 */
export function followsAnother(environment: Environment): boolean {
  return detectProvider(environment).describeTrigger?.(environment) !== undefined;
}
