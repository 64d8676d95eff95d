const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;" };

/** Escapes a text for an attribute; what XML 1.0 forbids is left out. */
function escape(text) {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replace(/[&<>"\n]/g, (character) => entities[character]);
}

/** The results as JUnit XML, one suite. */
export function toJunit(suite, results) {
  const cases = results.map(({ name, problem, skip, seconds }) => {
    const attributes = `classname="${escape(suite)}" name="${escape(name)}" time="${seconds.toFixed(6)}"`;
    if (problem !== undefined)
      return `    <testcase ${attributes}>\n      <failure message="${escape(problem)}"/>\n    </testcase>`;
    if (skip !== undefined) return `    <testcase ${attributes}>\n      <skipped message="${escape(skip)}"/>\n    </testcase>`;
    return `    <testcase ${attributes}/>`;
  });
  const failures = results.filter((result) => result.problem !== undefined).length;
  const skipped = results.filter((result) => result.skip !== undefined).length;
  const counts = `tests="${results.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite name="${escape(suite)}" ${counts}>`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}
