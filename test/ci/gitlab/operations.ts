import { z } from "zod";

/** One operation of GitLab's REST API: what it takes, each name and limit as GitLab's documentation has it. */
export interface Operation {
  readonly name: "set status" | "list statuses" | "list notes" | "create note" | "edit note" | "current user";
  readonly method: "GET" | "POST" | "PUT";
  readonly path: RegExp;
  readonly query: z.ZodType;
  /** Undefined where there is none. */
  readonly body?: z.ZodType;
  /** A job token may use it: https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access */
  readonly jobToken: boolean;
}

const page = { page: z.coerce.number().int().min(1).optional(), per_page: z.coerce.number().int().min(1).max(100).optional() };
const nothing = z.strictObject({});
const short = z.string().max(255, "is too long (maximum is 255 characters)");
const text = z.string().trim().min(1, "can't be blank").max(1_000_000, "is too long (maximum is 1000000 characters)");

/** https://docs.gitlab.com/api/commits/#commit-status, https://docs.gitlab.com/api/notes/#merge-requests, https://docs.gitlab.com/api/users/ */
export const operations: readonly Operation[] = [
  {
    name: "set status",
    method: "POST",
    path: /^\/projects\/([^/]+)\/statuses\/([^/]+)$/,
    query: nothing,
    body: z.strictObject({
      state: z.enum(["pending", "running", "success", "failed", "canceled", "skipped"]),
      ref: short.optional(),
      target_url: short.and(z.url()).optional(),
      description: short.optional(),
      name: z.string().min(1).max(255).optional(),
      context: z.string().min(1).max(255).optional(),
      coverage: z.number().optional(),
      pipeline_id: z.int().positive().optional(),
    }),
    jobToken: false,
  },
  {
    name: "list statuses",
    method: "GET",
    path: /^\/projects\/([^/]+)\/repository\/commits\/([^/]+)\/statuses$/,
    query: z.strictObject({ ref: z.string(), stage: z.string(), name: z.string(), all: z.stringbool(), ...page }).partial(),
    jobToken: false,
  },
  {
    name: "list notes",
    method: "GET",
    path: /^\/projects\/([^/]+)\/merge_requests\/(\d+)\/notes$/,
    query: z
      .strictObject({
        order_by: z.enum(["created_at", "updated_at"]),
        sort: z.enum(["asc", "desc"]),
        activity_filter: z.enum(["all_notes", "only_comments", "only_activity"]),
        ...page,
      })
      .partial(),
    jobToken: true,
  },
  {
    name: "create note",
    method: "POST",
    path: /^\/projects\/([^/]+)\/merge_requests\/(\d+)\/notes$/,
    query: nothing,
    body: z.strictObject({
      body: text,
      internal: z.boolean().optional(),
      created_at: z.iso.datetime().optional(),
      merge_request_diff_head_sha: z.string().optional(),
    }),
    jobToken: false,
  },
  {
    name: "edit note",
    method: "PUT",
    path: /^\/projects\/([^/]+)\/merge_requests\/(\d+)\/notes\/(\d+)$/,
    query: nothing,
    body: z.strictObject({ body: text.optional() }),
    jobToken: false,
  },
  { name: "current user", method: "GET", path: /^\/user$/, query: nothing, jobToken: false },
];
