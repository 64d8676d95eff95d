import { writeFileSync } from "node:fs";

/** The program of a process that only says, in the file it is named, what environment it has. */
writeFileSync(process.argv[2] ?? "", JSON.stringify(process.env));
