import { a as object, d as getState, f as info, i as int, n as states, o as string, r as array, s as prettifyError, u as getInput } from "./part-CbejMZfP.js";
import "node:path";
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
// packages/core/src/errors/shardwright-error.ts
/** The shortest true account of anything that was thrown. */
function reasonOf(thrown) {
	if (thrown instanceof Error) return thrown.message || thrown.name;
	return String(thrown);
}
// packages/core/src/reports/format.ts
/** "1,204" */
function formatCount(value) {
	return value.toLocaleString("en-US");
}
// packages/ci/src/description.ts
/** A run's key may have 256 characters: this leaves room for what tells the runs of one pipeline apart. */
const keyLimit = 200;
const digestLength = 16;
/** The key of a pipeline from what names it; none where less than two of the parts are known. */
function pipelineKey(provider, parts) {
	const known = parts.filter((part) => part !== void 0 && part !== "");
	if (known.length < 2) return {};
	const whole = [provider, ...known].join(":");
	if (whole.length <= keyLimit) return { pipelineKey: whole };
	const digest = createHash("sha256").update(whole).digest("hex").slice(0, digestLength);
	return { pipelineKey: `${whole.slice(0, 183)}~${digest}` };
}
/** Leaves out what is absent or empty. */
function contextOf(context) {
	return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== void 0 && value !== ""));
}
/** A whole number from 1, else nothing. */
function positive(text) {
	const value = Number(text);
	return Number.isSafeInteger(value) && value > 0 ? value : void 0;
}
`${4096 .toLocaleString("en-US")}`;
// packages/ci/src/http/polite-fetch.ts
const defaultPoliteness = {
	timeout_ms: 2e4,
	attempts: 6,
	total_ms: 12e4,
	answer_bytes: 8388608
};
/** The answer that stands, or that none came. */
var HttpRefusal = class extends Error {
	name = "HttpRefusal";
	/** 0 where no answer came. */
	status;
	/** The start of what it said. */
	text;
	constructor(message, { status, text, cause }) {
		super(message, { cause });
		this.status = status;
		this.text = text;
	}
};
const firstPause_ms = 500;
const longestPause_ms = 3e4;
const shown = 300;
/**
* Makes a `fetch` that waits as long as a system says (`Retry-After`, `x-ratelimit-reset` at `x-ratelimit-remaining: 0`), else longer each
* time, with full jitter; an answer of 429 or a secondary limit (403 with either header) was not carried out and may always be sent again, a
* broken connection or an answer over 499 only where the request is repeatable.
*/
function politeFetch({ politeness, signal, now_ms, wait, random }) {
	const { timeout_ms, attempts, total_ms, answer_bytes } = {
		...defaultPoliteness,
		...politeness
	};
	return async (url, request) => {
		const until_ms = now_ms() + total_ms;
		const where = `${request.method} ${new URL(url).pathname}`;
		for (let attempt = 1;; attempt += 1) {
			let refusal;
			let asked_ms;
			let again;
			try {
				const answer = await once(url, request, AbortSignal.any([signal, AbortSignal.timeout(timeout_ms)]), answer_bytes);
				const { status, text, headers } = answer;
				if (status < 300) return answer;
				refusal = new HttpRefusal(`${where} was answered with ${status}: ${sayOf(text)}`, {
					status,
					text: text.slice(0, 65536)
				});
				asked_ms = askedWait_ms(headers, now_ms());
				again = status === 429 || status === 403 && asked_ms !== void 0 || status >= 500 && request.repeatable;
			} catch (error) {
				signal.throwIfAborted();
				refusal = new HttpRefusal(`${where} had no answer: ${reasonOf(error.cause ?? error)}`, {
					status: 0,
					text: "",
					cause: error
				});
				again = request.repeatable;
			}
			const pause_ms = asked_ms ?? random() * Math.min(longestPause_ms, firstPause_ms * 2 ** attempt);
			if (!again || attempt >= attempts || now_ms() + pause_ms > until_ms) throw refusal;
			await wait(pause_ms, signal);
		}
	};
}
async function once(url, { method, headers, body }, signal, limit) {
	const response = await fetch(url, {
		method,
		headers,
		...body !== void 0 && { body },
		signal,
		redirect: "manual"
	});
	const pieces = [];
	let bytes = 0;
	for await (const piece of response.body ?? []) {
		bytes += piece.length;
		if (bytes > limit) throw new Error(`the answer has more than ${limit} bytes`);
		pieces.push(piece);
	}
	return {
		status: response.status,
		headers: response.headers,
		text: Buffer.concat(pieces).toString("utf8")
	};
}
function askedWait_ms(headers, now_ms) {
	const after = headers.get("retry-after");
	if (after !== null) {
		const seconds = Number(after);
		const wait_ms = Number.isFinite(seconds) ? seconds * 1e3 : Date.parse(after) - now_ms;
		if (Number.isFinite(wait_ms)) return Math.max(0, wait_ms);
	}
	const reset_s = Number(headers.get("x-ratelimit-reset") ?? NaN);
	if (headers.get("x-ratelimit-remaining") !== "0" || !Number.isFinite(reset_s)) return void 0;
	return Math.max(0, reset_s * 1e3 - now_ms);
}
/** What an answer says, as a line. */
function sayOf(text) {
	try {
		const { message, error } = JSON.parse(text);
		const said = message ?? error;
		if (said !== void 0) return (typeof said === "string" ? said : JSON.stringify(said)).slice(0, shown);
	} catch {}
	return text.replaceAll(/\s+/g, " ").trim().slice(0, shown) || "nothing";
}
// packages/ci/src/github/api.ts
const version = "2022-11-28";
/** What is missing for GitHub's API, for people; undefined where all is there. */
function missingForApi({ env, token }) {
	if (!env.GITHUB_REPOSITORY) return "GITHUB_REPOSITORY is not set";
	if (tokenOf({
		env,
		token
	}) === void 0) return "no token is given: actions/run takes the job's own, and in a `run:` step GITHUB_TOKEN has to be set";
}
/** @throws Error where something is missing */
function githubApi(session) {
	const missing = missingForApi(session);
	if (missing !== void 0) throw new Error(missing);
	const root = (session.env.GITHUB_API_URL || "https://api.github.com").replace(/\/+$/, "");
	const headers = {
		accept: "application/vnd.github+json",
		authorization: `Bearer ${tokenOf(session) ?? ""}`,
		"user-agent": "shardwright",
		"x-github-api-version": version
	};
	const send = ({ method, body, repeatable }, url) => session.fetch(url, {
		method,
		headers: body === void 0 ? headers : {
			...headers,
			"content-type": "application/json"
		},
		...body !== void 0 && { body: JSON.stringify(body) },
		repeatable
	});
	const below = `${root}/repos/${session.env.GITHUB_REPOSITORY ?? ""}`;
	return {
		async ask(request, path, schema) {
			const { text } = await send(request, `${below}${path}`);
			return parsed(text, schema, path);
		},
		async *list(path, item, limit) {
			const list = array(item);
			for (let page = 1; page <= limit; page += 1) {
				const query = `${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`;
				const { text, headers: answered } = await send({
					method: "GET",
					repeatable: true
				}, `${below}${path}${query}`);
				yield* parsed(text, list, path);
				if (!(answered.get("link") ?? "").includes("rel=\"next\"")) return;
			}
		},
		async login() {
			try {
				const { text } = await send({
					method: "GET",
					repeatable: true
				}, `${root}/user`);
				return parsed(text, object({ login: string() }), "/user").login;
			} catch (error) {
				if (error instanceof HttpRefusal && error.status === 403) return void 0;
				throw error;
			}
		}
	};
}
/** Whether a request was carried out is not known. */
function isOpen(error) {
	return error instanceof HttpRefusal && (error.status === 0 || error.status >= 500);
}
function tokenOf({ env, token }) {
	return token || env.GITHUB_TOKEN || void 0;
}
function parsed(text, schema, path) {
	let value;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new Error(`${path} was not answered in JSON: is GITHUB_API_URL right?`, { cause: error });
	}
	const read = schema.safeParse(value);
	if (read.success) return read.data;
	throw new Error(`${path} was answered with what GitHub never says: ${prettifyError(read.error)}`);
}
// packages/ci/src/github/describe.ts
/** GitHub's own limit for the payload of an event is 25 MB. */
const eventLimit_bytes = 33554432;
const side = object({
	ref: string(),
	sha: string(),
	repo: object({ full_name: string() }).nullish()
});
const followedSchema = object({
	id: int(),
	head_sha: string(),
	head_branch: string().nullish(),
	html_url: string().optional(),
	repository: object({ full_name: string() }).nullish(),
	head_repository: object({
		full_name: string(),
		owner: object({ login: string() })
	}).nullish(),
	pull_requests: array(object({ number: int() })).nullish()
});
const eventSchema = object({
	pull_request: object({
		number: int(),
		head: side,
		base: side
	}).optional(),
	workflow_run: followedSchema.optional()
});
/** By the environment and the event's file: for a pull request `GITHUB_SHA` is a merge commit that nobody made and nobody looks at. */
function describeGithub(env) {
	const server = env.GITHUB_SERVER_URL ?? "https://github.com";
	const repository = env.GITHUB_REPOSITORY;
	const { pull_request: pull, workflow_run: event } = readEvent(env.GITHUB_EVENT_PATH) ?? {};
	const followed = env.GITHUB_EVENT_NAME === "workflow_run" ? event : void 0;
	const number = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
	return {
		context: contextOf({
			provider: "github",
			commit: pull?.head.sha ?? followed?.head_sha ?? env.GITHUB_SHA,
			branch: pull?.head.ref || followed?.head_branch || env.GITHUB_HEAD_REF || env.GITHUB_REF_NAME,
			pull_request: pull?.number.toString() ?? followed?.pull_requests?.[0]?.number.toString() ?? number,
			actor: env.GITHUB_ACTOR,
			build_url: repository && env.GITHUB_RUN_ID ? `${server}/${repository}/actions/runs/${env.GITHUB_RUN_ID}` : void 0,
			attempt: positive(env.GITHUB_RUN_ATTEMPT),
			repository,
			base_branch: pull?.base.ref || env.GITHUB_BASE_REF,
			base_commit: pull?.base.sha,
			fork: forkOf(pull, followed)
		}),
		...pipelineKey("github", [
			repository,
			env.GITHUB_RUN_ID,
			env.GITHUB_WORKFLOW,
			env.GITHUB_JOB
		])
	};
}
function forkOf(pull, followed) {
	if (pull !== void 0) return pull.head.repo?.full_name !== pull.base.repo?.full_name;
	return followed && followed.head_repository?.full_name !== followed.repository?.full_name;
}
function readEvent(path) {
	if (path === void 0 || path === "") return void 0;
	try {
		if (statSync(path).size > eventLimit_bytes) return void 0;
		return eventSchema.parse(JSON.parse(readFileSync(path, "utf8")));
	} catch {
		return;
	}
}
// packages/ci/src/github/comment.ts
/** GitHub takes 65,536; so much is more than anybody reads there. */
const textLimit$1 = 6e4;
object({
	id: int(),
	body: string().nullish(),
	user: object({
		login: string(),
		type: string()
	}).nullish()
});
object({
	number: int(),
	head: object({ sha: string() })
});
`${textLimit$1.toLocaleString("en-US")}`;
// packages/ci/src/github/check-run.ts
const checkRunSchema = object({
	id: int(),
	status: string().nullish(),
	external_id: string().nullish(),
	output: object({ annotations_count: int() })
});
const listSchema = object({ check_runs: array(checkRunSchema) });
/** Pages that are searched: of one name GitHub keeps 1,000 in a suite. */
const pageLimit = 10;
/** How often one is made, or added to, when it stays unknown whether it is there. */
const tries = 3;
/** Names the pipeline: the same for all its jobs and attempts, another for another one of the same commit. */
function externalId(session) {
	return describeGithub(session.env).pipelineKey ?? "shardwright";
}
/** @param commit the one that people look at, not the merge commit that GitHub tests */
function checkRuns(session, commit) {
	const api = githubApi(session);
	const external_id = externalId(session);
	const find = async () => {
		for (let page = 1; page <= pageLimit; page += 1) {
			const query = new URLSearchParams({
				check_name: session.name,
				filter: "all",
				per_page: String(100),
				page: String(page)
			});
			const path = `/commits/${encodeURIComponent(commit)}/check-runs?${query.toString()}`;
			const { check_runs } = await api.ask({
				method: "GET",
				repeatable: true
			}, path, listSchema);
			const own = check_runs.filter((run) => run.external_id === external_id);
			if (own.length > 0) return own.reduce((newest, run) => run.id > newest.id ? run : newest);
			if (check_runs.length < 100) return void 0;
		}
	};
	return {
		find,
		async create(body) {
			const known = (await find())?.id;
			for (let attempt = 1;; attempt += 1) try {
				const whole = {
					name: session.name,
					head_sha: commit,
					external_id,
					...body
				};
				return await api.ask({
					method: "POST",
					repeatable: false,
					body: whole
				}, "/check-runs", checkRunSchema);
			} catch (error) {
				if (!isOpen(error)) throw error;
				const made = await find();
				if (made !== void 0 && made.id !== known) return made;
				if (attempt >= tries) throw error;
			}
		},
		update: (id, body) => api.ask({
			method: "PATCH",
			repeatable: true,
			body
		}, `/check-runs/${id}`, checkRunSchema),
		async add(id, count, body, added) {
			for (let attempt = 1;; attempt += 1) try {
				await api.ask({
					method: "PATCH",
					repeatable: false,
					body
				}, `/check-runs/${id}`, checkRunSchema);
				return;
			} catch (error) {
				if (!isOpen(error)) throw error;
				const { output } = await api.ask({
					method: "GET",
					repeatable: true
				}, `/check-runs/${id}`, checkRunSchema);
				if (output.annotations_count >= count + added) return;
				if (attempt >= tries) throw error;
			}
		}
	};
}
`${formatCount(1e3)}`;
// packages/ci/src/github/left-behind.ts
/**
* Ends the check run of a job that was killed while it showed how far it was: it would be in progress for ever, and a pull request wait for it.
* @returns whether there was one
*/
async function endGithubStatus(session, reason) {
	const { commit } = describeGithub(session.env).context;
	if (commit === void 0 || missingForApi(session) !== void 0) return false;
	const checks = checkRuns(session, commit);
	const found = await checks.find();
	if (found?.status !== "in_progress") return false;
	await checks.update(found.id, {
		status: "completed",
		conclusion: "cancelled",
		completed_at: new Date(session.now_ms()).toISOString(),
		output: {
			title: "Ended without a verdict",
			summary: reason
		}
	});
	return true;
}
// actions/src/post.ts
/** The end of a step is no place for patience. */
const politeness = {
	timeout_ms: 5e3,
	attempts: 3,
	total_ms: 15e3
};
if (getState(states.begun) === "true" && getState(states.ended) !== "true") {
	const signal = AbortSignal.timeout(politeness.total_ms);
	const session = {
		env: process.env,
		token: getInput("token"),
		name: getState(states.name) || "Shardwright",
		fetch: politeFetch({
			politeness,
			signal,
			now_ms: () => Date.now(),
			wait: (ms, stopped) => setTimeout(ms, void 0, { signal: stopped }),
			random: Math.random
		}),
		write: (line) => void process.stdout.write(`${line}\n`),
		now_ms: () => Date.now(),
		signal
	};
	try {
		if (await endGithubStatus(session, "The job was killed before the run had a verdict.")) info("The check run that was still in progress is cancelled.");
	} catch (error) {
		info(`The check run could not be ended: ${reasonOf(error)}`);
	}
}
export {};
