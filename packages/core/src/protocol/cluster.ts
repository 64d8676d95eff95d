import { z } from "zod";
import { coordinatorHealthSchema } from "../model/coordinator-health.ts";
import { sha256Schema } from "../model/ids.ts";
import { electionReasonSchema } from "../model/incident.ts";

/** A coordinator's name in its cluster: what it was called, and the disk it was given that name on. */
export const memberIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.[0-9a-f]{8}$/);

export const joinRequestSchema = z.strictObject({
  id: memberIdSchema,
  /** Where the others reach it: `https://a.example:7070`. */
  address: z.url({ protocol: /^https?$/ }).max(512),
  /** It votes, but keeps neither tables nor blobs. */
  witness: z.boolean().default(false),
});
export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const memberStatusSchema = z.object({
  id: memberIdSchema,
  address: z.string(),
  role: z.enum(["voter", "learner", "witness"]),
  /** Entries on its disk, as its leader knows; absent where this node does not lead, or has not heard it since it does. */
  match: z.int().optional(),
  /** When it was last heard, in milliseconds before now; absent for this node itself, and for one that was never heard. */
  last_contact_ms: z.int().optional(),
  /** Of its program, as it said when it connected. */
  version: z.string().optional(),
  /** The highest version of facts that it can apply; absent while it is not connected to the node that tells this. */
  facts: z.int().optional(),
  /** How well it is, and its disk, as it told its leader; absent where this node does not lead, and of one that has not told. */
  health: coordinatorHealthSchema.optional(),
  disk: z.object({ free_bytes: z.number(), size_bytes: z.number() }).optional(),
});
export type MemberStatus = z.infer<typeof memberStatusSchema>;

export const electionRecordSchema = z.object({
  /** When it was known, by the clock of the node that tells it: ISO 8601. */
  at: z.string(),
  term: z.int(),
  /** Whether the node that tells it won or lost it, or learned who leads now. */
  outcome: z.enum(["won", "lost", "followed"]),
  leader: z.string().optional(),
  /** Why there was one, as far as that node can tell. */
  reason: electionReasonSchema,
  /** How long nobody led before, as far as that node knows. */
  without_leader_ms: z.int(),
});
export type ElectionRecord = z.infer<typeof electionRecordSchema>;

export const repairSchema = z.object({
  at: z.string(),
  /**
   * `tail-cut`: a write that a crash had cut short was left out; `entries-lost`: damaged entries are fetched from the others;
   * `entries-regained`: they are here again; `tables-restored`: from the last copy; `tables-rebuilt`: from the ledger; `upgraded`: a ledger of
   * the first version.
   */
  kind: z.enum(["tail-cut", "entries-lost", "entries-regained", "tables-restored", "tables-rebuilt", "upgraded"]),
  what: z.string(),
});
export type Repair = z.infer<typeof repairSchema>;
/** A cluster's name, and a part that no other cluster has had. */
export const clusterIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\.[0-9a-f]{8}$/);

export const addRequestSchema = z.strictObject({
  /** Of a coordinator that was started with `--coordinator-addresses`. */
  address: z.url({ protocol: /^https?$/ }).max(512),
});
export const addedSchema = z.object({ id: memberIdSchema });

export const clusterStatusSchema = z.object({
  cluster: z.string(),
  id: memberIdSchema,
  version: z.string(),
  role: z.enum(["leader", "follower", "candidate"]),
  term: z.int(),
  leader: z.object({ id: z.string(), address: z.string() }).optional(),
  /** Indexes of the log. */
  first: z.int(),
  last: z.int(),
  commit: z.int(),
  applied: z.int(),
  /** Position of the last fact applied. */
  position: z.int(),
  members: z.array(memberStatusSchema),
  /** It votes, or will, and keeps no tables. */
  is_witness: z.boolean().default(false),
  /** How many more voters may be lost with the cluster going on; those that a leader does not hear count as lost. */
  tolerates: z.int(),
  elections: z.int(),
  // What follows a coordinator of an earlier version does not tell.
  /** The last entry that is on its own disk for certain. */
  stable: z.int().optional(),
  /** How long it has known no leader; absent while it knows one. */
  without_leader_ms: z.int().optional(),
  /** The latest that it saw, oldest first; 20 at most. */
  recent_elections: z.array(electionRecordSchema).optional(),
  /** Of the state directory. */
  disk: z
    .object({
      free_bytes: z.int(),
      size_bytes: z.int(),
      ledger_bytes: z.int(),
      tables_bytes: z.int(),
      snapshots_bytes: z.int(),
      blobs_bytes: z.int(),
      /** How long a write has been waiting for the disk already, when that is too long. */
      stalled_ms: z.int().optional(),
    })
    .optional(),
  /** What waits at this node. */
  queues: z
    .object({
      /** Decided facts that a majority does not have yet. */
      proposals: z.int(),
      /** Writes that wait for the log. */
      log: z.int(),
      /** Facts that wait to be written into the tables. */
      tables: z.int(),
      /** Reads that wait to know how far the others are. */
      reads: z.int(),
      /** Logs and artifacts that are still to be fetched. */
      blobs: z.int(),
    })
    .optional(),
  /** A copy of the tables that is being fetched. */
  receiving: z.object({ bytes: z.int(), of_bytes: z.int() }).optional(),
  /** Copies of the tables that are being handed to others. */
  sending: z.int().optional(),
  /** What had to be repaired in the ledger since it was opened. */
  repairs: z.array(repairSchema).optional(),
  /** The last entry of those that its disk lost, until they are here again; so long it takes no part in elections. */
  lost_up_to: z.int().optional(),
  /** The version of facts that the cluster writes: all its members can apply it. */
  facts: z.int().default(1),
  /** The highest that this node can apply. */
  known_facts: z.int().default(1),
});
export type ClusterStatus = z.infer<typeof clusterStatusSchema>;

/** Whether a coordinator may be stopped now, as its leader sees it. */
export const updateReadinessSchema = z.object({
  ready: z.boolean(),
  /** Why not, one sentence each. */
  reasons: z.array(z.string()),
  leader: z.string(),
  commit: z.int(),
  /** The version of facts that the cluster writes. */
  facts: z.int(),
  members: z.array(memberStatusSchema),
});
export type UpdateReadiness = z.infer<typeof updateReadinessSchema>;

/** How the members are, as their leader sees it. */
export const clusterHealthSchema = z.object({
  leader: memberIdSchema,
  members: z.array(memberStatusSchema.pick({ id: true, health: true, disk: true })),
});
export type ClusterHealth = z.infer<typeof clusterHealthSchema>;

export const transferRequestSchema = z.strictObject({ to: memberIdSchema.optional() });

/** What a coordinator's tables are, after one entry of the log. */
export const tablesDigestSchema = z.object({
  /** The last entry, and the last fact, that they hold. */
  entry: z.int(),
  position: z.int(),
  /** Of all tables, by the digests below. */
  sha256: sha256Schema,
  tables: z.array(z.object({ name: z.string(), rows: z.int(), sha256: sha256Schema })),
});
export type TablesDigest = z.infer<typeof tablesDigestSchema>;

export const comparisonSchema = z.object({
  cluster: z.string(),
  /** Of every member with tables: its digest, or why there is none. */
  members: z.array(
    z.object({ id: memberIdSchema, address: z.string(), digest: tablesDigestSchema.optional(), problem: z.string().optional() }),
  ),
});
export type Comparison = z.infer<typeof comparisonSchema>;
