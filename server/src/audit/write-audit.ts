import { type Actor, type ErrorCode, type actionNames, ShardwrightError, cutText } from "@shardwright/core";
import type { Logger } from "pino";
import type { Ledger } from "../ledger/ledger.ts";
import type { NewId } from "../security/random.ts";
import type { Grant } from "../security/tokens.ts";

/** What the audit log is told of something that is done. */
export interface Audited {
  readonly name: (typeof actionNames)[number];
  /** What it is done to, in words: nothing that is secret. */
  readonly object: string;
  readonly project?: string | undefined;
}

/** An entry of the audit log, as it begins. */
export interface AuditedAction extends Audited {
  readonly actor: Actor;
  /** `POST /api/v1/tokens` */
  readonly route: string;
}

export interface AuditParts {
  readonly ledger: Pick<Ledger, "append">;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Of what it is done to, so many characters are kept. */
const objectLimit = 900;

/**
 * Does something between two entries in the audit log: nothing is done that could not be written down before. What came of it is left open
 * where this coordinator does not lead any more by then, as after it has handed over.
 */
export async function audited<T>(about: AuditedAction, { ledger, newId, log }: AuditParts, act: () => Promise<T>): Promise<T> {
  const action = newId("a");
  await ledger.append([{ type: "ActionBegun", action, ...begunOf(about) }]);
  const end = async (outcome: "done" | "refused", code?: ErrorCode): Promise<void> => {
    try {
      await ledger.append([{ type: "ActionEnded", action, outcome, ...(code !== undefined && { code }) }]);
    } catch (error) {
      log.warn({ err: error, action, name: about.name, outcome }, "the audit log does not say what came of an action");
    }
  };
  try {
    const answer = await act();
    await end("done");
    return answer;
  } catch (error) {
    await end("refused", error instanceof ShardwrightError ? error.code : "internal");
    throw error;
  }
}

/** Writes down what was asked for and not done. */
export async function auditRefused(about: AuditedAction, code: ErrorCode, { ledger, newId }: AuditParts): Promise<void> {
  const action = newId("a");
  await ledger.append([
    { type: "ActionBegun", action, ...begunOf(about) },
    { type: "ActionEnded", action, outcome: "refused", code },
  ]);
}

function begunOf({ name, actor, route, object, project }: AuditedAction) {
  return { name, actor, route, object: cutText(object, objectLimit), ...(project !== undefined && { project }) };
}

export function actorOf({ name, scope, token, project }: Grant): Actor {
  return { name, scope, ...(token !== undefined && { token }), ...(project !== undefined && { project }) };
}
