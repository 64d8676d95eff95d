import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

export function sign(body, secret) {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** Takes the payment provider's messages: signed, at most `limit_bytes`, each id handled once however often it comes. */
export function createWebhook({ secret, handle, limit_bytes = 10_000 }) {
  const seen = new Set();
  return createServer(async (request, response) => {
    const answer = (status) => response.writeHead(status).end();
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size <= limit_bytes) chunks.push(chunk);
    }
    if (size > limit_bytes) return answer(413);
    const body = Buffer.concat(chunks);
    const given = Buffer.from(String(request.headers["x-signature"] ?? ""));
    const wanted = Buffer.from(sign(body, secret));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return answer(401);
    const message = parse(body);
    if (message === undefined) return answer(400);
    if (!seen.has(message.id)) {
      seen.add(message.id);
      handle(message);
    }
    answer(204);
  });
}

function parse(body) {
  try {
    const message = JSON.parse(body.toString("utf8"));
    return typeof message?.id === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
