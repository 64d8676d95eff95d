// @ts-check
import { definePlugin } from "@shardwright/plugin";

/**
 * Publishes to a topic of ntfy (https://docs.ntfy.sh/publish/).
 * @param {string} topic its whole address
 * @returns {import("@shardwright/plugin").Notifier}
 */
export const ntfyNotifier = (topic) => ({
  name: "ntfy",
  async send({ title, text, url, report }, signal) {
    if (report.verdict === "passed") return;
    const response = await fetch(topic, {
      method: "POST",
      body: text,
      // A header takes no more than ASCII.
      headers: { title: encodeURIComponent(title).replaceAll("%20", " "), priority: "high", ...(url && { click: url }) },
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the topic has answered ${response.status}`);
  },
});

export default definePlugin({
  name: "shardwright-plugin-ntfy",
  version: "1.0.0",
  shardwright: "^0.1",
  setup(api) {
    const { topic } = api.options;
    if (typeof topic !== "string" || !URL.canParse(topic))
      throw new Error("options.topic: give the topic's address, such as https://ntfy.sh/ours");
    api.notifier(ntfyNotifier(topic));
  },
});
