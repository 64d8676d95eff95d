import { makeId } from "@shardwright/core";
import { randomBytes } from "node:crypto";

export type NewId = (prefix: "r" | "w" | "t" | "a") => string;

export const randomId: NewId = (prefix) => makeId(prefix, randomBytes(16));
