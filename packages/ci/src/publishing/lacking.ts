import type { Channel, ChannelName } from "./channel.ts";

/** Stands where a CI system has no such place, so that who asks for it by name is told why and what there is instead. */
export function lackingChannel(name: ChannelName, title: string, reason: string): Channel {
  return {
    name,
    title,
    limits: "none there",
    unavailable: () => reason,
    publish: () => Promise.reject(new Error(reason)),
  };
}
