// One small style sheet, inlined and named in the content security policy by its hash.
export const STYLE = `
:root { --ink: #16202c; --soft: #55606e; --line: #dfe4ea; --paper: #f5f7f9; --card: #fff; --accent: #0b5fff; --on-accent: #fff; --bad: #b3261e; --good: #146c43; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf3; --soft: #9aa7b5; --line: #2b3643; --paper: #10161d; --card: #18212b; --accent: #6ea0ff; --on-accent: #08111f; --bad: #ff8a80; --good: #7bd8a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header { padding: 16px 20px; }
.brand { color: var(--ink); font-weight: 650; text-decoration: none; display: inline-flex; align-items: center; gap: 10px; }
.mark { width: 18px; height: 18px; border-radius: 5px; background: var(--accent); display: inline-block; }
main { max-width: 440px; margin: 4vh auto 48px; padding: 0 16px; }
main.wide { max-width: 860px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 24px; margin-bottom: 16px; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 1.05rem; margin: 20px 0 6px; }
p { margin: 0 0 12px; } .soft { color: var(--soft); }
label { display: block; font-weight: 550; margin: 14px 0 4px; }
input { width: 100%; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 11px 12px; }
input:focus-visible, button:focus-visible, a:focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 45%, transparent); outline-offset: 1px; }
button { font: inherit; font-weight: 600; border: 0; border-radius: 10px; padding: 12px 16px; min-height: 46px; cursor: pointer; background: var(--accent); color: var(--on-accent); }
button.plain { background: transparent; color: var(--ink); border: 1px solid var(--line); }
button.danger { background: var(--bad); color: var(--card); }
.actions { display: flex; gap: 10px; margin-top: 20px; flex-wrap: wrap; } .actions > * { flex: 1 1 140px; }
form.inline { display: inline; }
.notice { border-left: 4px solid var(--bad); background: color-mix(in srgb, var(--bad) 9%, transparent); border-radius: 8px; padding: 10px 12px; margin: 0 0 14px; }
dl { margin: 12px 0; display: grid; grid-template-columns: max-content 1fr; gap: 6px 14px; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 0.9em ui-monospace, SFMono-Regular, Menlo, monospace; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 1px 5px; overflow-wrap: anywhere; }
pre { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 12px; overflow-x: auto; } pre code { border: 0; padding: 0; background: none; }
ul { padding-left: 20px; } li { margin: 4px 0; } a { color: var(--accent); }
`
