import { type Artifact, formatBytes } from "@shardwright/core";
import { useEffect, useState } from "preact/hooks";
import { request } from "../../data/api.ts";
import { base } from "../../router/location.ts";

/** Pictures that browsers show; others, and larger ones, are there to be fetched. SVG is none: it can do more than be looked at. */
const pictures: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
};
const videos: Readonly<Record<string, string>> = { webm: "video/webm", mp4: "video/mp4" };
const pictureLimit_bytes = 10 * 1024 * 1024;
const picturesShown = 24;

/** Files that an attempt left behind; screenshots and videos are shown. */
export function Artifacts({ artifacts }: { readonly artifacts: readonly Artifact[] }) {
  const shown = artifacts.filter((artifact) => typeOf(artifact) !== undefined).slice(0, picturesShown);
  return (
    <>
      {shown.length > 0 && (
        <ul class="pictures">
          {shown.map((artifact) => (
            <li key={artifact.name}>
              <Shown artifact={artifact} type={typeOf(artifact) ?? ""} />
            </li>
          ))}
        </ul>
      )}
      <ul class="faults">
        {artifacts.map((artifact) => (
          <li key={artifact.name}>
            <a href={`${base}api/v1/blobs/${artifact.sha256}`} download={artifact.name.split("/").at(-1)}>
              {artifact.name}
            </a>{" "}
            <span class="help">
              {formatBytes(artifact.bytes)}
              {artifact.shared && ", may be of another test that ran in the same folder"}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function typeOf({ name, bytes }: Artifact): string | undefined {
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  return bytes > pictureLimit_bytes ? videos[ending] : (pictures[ending] ?? videos[ending]);
}

/** Fetched by its hash and shown from memory: the coordinator gives blobs out as what nobody shows. */
function Shown({ artifact, type }: { readonly artifact: Artifact; readonly type: string }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const abort = new AbortController();
    let made: string | undefined;
    request("GET", `blobs/${artifact.sha256}`, undefined, { signal: abort.signal })
      .then(async (response) => {
        made = URL.createObjectURL(new Blob([await response.arrayBuffer()], { type }));
        if (abort.signal.aborted) URL.revokeObjectURL(made);
        else setAddress(made);
      })
      // Its line below says that it is there, and a click why it cannot be had.
      .catch(() => undefined);
    return () => {
      abort.abort();
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [artifact.sha256]);
  if (address === undefined) return <span class="help">{artifact.name} …</span>;
  return (
    <figure>
      {type.startsWith("video/") ? (
        <video src={address} aria-label={`Video ${artifact.name}`} controls preload="metadata" />
      ) : (
        <img src={address} alt={`Screenshot ${artifact.name}`} loading="lazy" />
      )}
      <figcaption>{artifact.name}</figcaption>
    </figure>
  );
}
