// The program of a process that runs one file. It does nothing else: node:test loads its reporter within what it counts as a test.
import { serve } from "./test-process.mjs";

serve();
