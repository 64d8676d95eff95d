import { JestAsymmetricMatchers, JestChaiExpect, JestExtend, type ExpectStatic } from "@vitest/expect";
import * as chai from "chai";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** The matchers that Jest's and Vitest's users know. Vitest's are a tenth of the size of Jest's own package, and stand alone as well. */
export const expect = chai.expect as unknown as ExpectStatic;
