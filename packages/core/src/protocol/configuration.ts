import { z } from "zod";
import { settingValueSchema, sharedKeys } from "../model/shared-setting.ts";

export const sharedKeySchema = z.enum(sharedKeys, `there is no such setting: ${sharedKeys.join(", ")}`);

export const settingInfoSchema = z.object({
  key: z.string(),
  /** What the leader goes by. */
  value: settingValueSchema,
  /** Set for all coordinators; else a flag that the leader was started with, or what holds without one. */
  origin: z.enum(["shared", "flag", "default"]),
  /** When it was set. */
  set_at_ms: z.int().optional(),
});
export type SettingInfo = z.infer<typeof settingInfoSchema>;

export const configurationSchema = z.object({ settings: z.array(settingInfoSchema) });

export const setSettingRequestSchema = z.strictObject({ value: settingValueSchema });
export type SetSettingRequest = z.infer<typeof setSettingRequestSchema>;
