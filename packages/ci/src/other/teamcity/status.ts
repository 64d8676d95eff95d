import type { Channel } from "../../publishing/channel.ts";
import { cutCharacters } from "../../publishing/cut.ts";
import { serviceMessage } from "./message.ts";

/** https://www.jetbrains.com/help/teamcity/service-messages.html#Reporting+Build+Problems */
const problemLimit = 4000;
const identityLimit = 60;

/** The build's own line; and why it is no success, where no failed test says so. */
export const statusChannel: Channel = {
  name: "status",
  title: "status text of the build",
  limits: "4,000 characters",
  unavailable: () => undefined,
  publish({ verdict, title, sentence }, { name, write }) {
    write(serviceMessage("buildStatus", { text: cutCharacters(`{build.status.text}; ${name}: ${title}`, problemLimit) }));
    if (verdict !== "passed" && verdict !== "failed")
      write(
        serviceMessage("buildProblem", {
          description: cutCharacters(`${name}: ${sentence}`, problemLimit),
          identity: `${verdict}${name}`.replaceAll(/\W/g, "_").slice(0, identityLimit),
        }),
      );
    return Promise.resolve(undefined);
  },
};
