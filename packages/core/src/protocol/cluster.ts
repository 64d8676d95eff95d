import { z } from "zod";

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
  /** Entries on its disk, as its leader knows; absent where this node does not lead. */
  match: z.int().optional(),
  /** When it was last heard, in milliseconds before now; absent for this node itself, and for one that was never heard. */
  last_contact_ms: z.int().optional(),
});

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
  /** How many more voters may be lost with the cluster going on; those that a leader does not hear count as lost. */
  tolerates: z.int(),
  elections: z.int(),
});
export type ClusterStatus = z.infer<typeof clusterStatusSchema>;

export const transferRequestSchema = z.strictObject({ to: memberIdSchema.optional() });
