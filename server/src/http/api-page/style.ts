/** Of the API's page. Light or dark, as the reader's system is. */
export const style = `
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--back:#fff;--raised:#f6f8fa;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--back:#0d1117;--raised:#151b23;--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
header,main,nav{max-width:68rem;margin:0 auto;padding:0 1rem}
h1{font-size:1.6rem;margin:1.5rem 0 .5rem}
h2{font-size:1.2rem;margin:2rem 0 .5rem}
h3{font-size:.9rem;margin:1rem 0 .25rem;color:var(--soft)}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--back);padding:.25rem .5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0}
code{font:.875em/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
small{color:var(--soft)}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:0 .75rem;background:var(--raised)}
details:target{border-color:var(--link)}
summary{padding:.5rem 0;cursor:pointer}
summary .what{display:block;color:var(--soft);padding-left:1.1rem}
details ul{padding-left:1.2rem;margin:.25rem 0}
details li{overflow-wrap:anywhere}
.method{font:600 .8rem ui-monospace,monospace;display:inline-block;min-width:3.6rem}
`;
