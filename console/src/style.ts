// One style sheet, inlined and named in the content security policy by its hash: colours, type, then each part.
export const STYLE = `
:root { color-scheme: light dark; --ink: #17202b; --soft: #566270; --line: #dde2e8; --edge: #87919d; --paper: #f4f5f7; --card: #fff; --sunk: #f4f6f8;
  --accent: #1f4fc4; --on-accent: #fff; --bad: #a8261c; --on-bad: #fff; --good: #12623d; --warn: #7a4d00;
  --bad-wash: #fcefee; --good-wash: #e9f5ee; --warn-wash: #fdf3e0; --accent-wash: #ecf1fd; --shade: 0 1px 2px rgb(23 32 43 / .05); }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf2; --soft: #a3afbd; --line: #2c3744; --edge: #75818f; --paper: #0f151c; --card: #171f29; --sunk: #10171f;
  --accent: #8fb1ff; --on-accent: #0a1428; --bad: #ff9d94; --on-bad: #2b0704; --good: #85dcae; --warn: #f2c26b;
  --bad-wash: #351b1a; --good-wash: #14291f; --warn-wash: #30260f; --accent-wash: #1a2740; --shade: none; } }
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
a { color: var(--accent); text-underline-offset: 2px; }
.skip { position: absolute; left: -9999px; } .skip:focus { position: static; display: inline-block; padding: 10px 16px; }
h1 { scroll-margin-top: 20px; font-size: 1.55rem; line-height: 1.2; letter-spacing: -.012em; margin: 0 0 8px; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 10px; overflow-wrap: anywhere; }
h3 { font-size: 1rem; line-height: 1.35; margin: 0 0 6px; overflow-wrap: anywhere; }
p { margin: 0 0 12px; overflow-wrap: anywhere; } p:last-child { margin-bottom: 0; }
.soft { color: var(--soft); } .small { font-size: .9rem; } .lead { font-size: 1.05rem; color: var(--soft); }
.prose { white-space: pre-line; }
.seen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

body > header { background: var(--card); border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; align-items: center; column-gap: 20px; padding: 0 20px; }
.brand { color: var(--ink); font-weight: 650; text-decoration: none; display: inline-flex; align-items: center; gap: 10px; min-height: 56px; letter-spacing: -.01em; }
.mark { width: 20px; height: 20px; border-radius: 6px; background: var(--accent); display: inline-block; position: relative; }
.mark::after { content: ""; position: absolute; left: 5px; top: 5.5px; width: 10px; height: 5px; border: solid var(--on-accent); border-width: 0 0 2.5px 2.5px; transform: rotate(-45deg); }
header nav { display: flex; gap: 4px; order: 3; width: calc(100% + 40px); overflow-x: auto; margin: 0 -20px; padding: 0 8px; scrollbar-width: none; }
header nav a { color: var(--soft); text-decoration: none; font-weight: 550; padding: 0 11px; min-height: 46px; display: inline-flex; align-items: center; gap: 7px; white-space: nowrap; border-bottom: 3px solid transparent; }
header nav a:hover { color: var(--ink); } header nav a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); }
header nav a:focus-visible { outline-offset: -3px; }
.count { background: var(--accent); color: var(--on-accent); border-radius: 999px; font-size: .8rem; font-weight: 650; min-width: 22px; line-height: 22px; padding: 0 7px; text-align: center; }
.who { margin-left: auto; color: var(--soft); font-size: .92rem; max-width: 50vw; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (min-width: 760px) { header nav { order: 0; width: auto; margin: 0; padding: 0; } header nav a { min-height: 56px; padding-top: 3px; } .who { max-width: 260px; } }

main { max-width: 600px; margin: 0 auto; padding: 24px 16px 64px; }
main.wide { max-width: 980px; }
main.narrow { max-width: 470px; padding-top: max(24px, 7vh); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px; margin: 0 0 16px; box-shadow: var(--shade); }
.card > :last-child { margin-bottom: 0; }
.card.claim { background: transparent; border: 1.5px dashed var(--edge); box-shadow: none; }
.card.state { border-left: 5px solid var(--edge); } .card.state.good { border-left-color: var(--good); } .card.state.bad { border-left-color: var(--bad); } .card.state.warn { border-left-color: var(--warn); }
.title { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; margin-bottom: 6px; } .title > * { margin: 0; }
.head { margin: 0 0 20px; } main > h1 { margin-bottom: 16px; }
.card:has(> p:last-child > a.tile) { padding-bottom: 6px; } details.card { padding-block: 8px; } details.card[open] { padding-bottom: 20px; }
blockquote { margin: 0 0 12px; padding: 2px 0 2px 14px; border-left: 3px solid var(--edge); white-space: pre-wrap; overflow-wrap: anywhere; max-height: 18em; overflow-y: auto; }

.badge { display: inline-flex; align-items: center; gap: 6px; border-radius: 999px; padding: 2px 10px; font-size: .85rem; font-weight: 600; line-height: 1.5; background: var(--sunk); color: var(--soft); border: 1px solid var(--line); white-space: nowrap; }
.badge::before { content: ""; width: 7px; height: 7px; border-radius: 50%; background: currentColor; flex: none; }
.badge.good { color: var(--good); background: var(--good-wash); border-color: transparent; }
.badge.bad { color: var(--bad); background: var(--bad-wash); border-color: transparent; } .badge.bad::before { border-radius: 1px; }
.badge.warn { color: var(--warn); background: var(--warn-wash); border-color: transparent; } .badge.warn::before { border-radius: 1px; transform: rotate(45deg); }
.badge.accent { color: var(--accent); background: var(--accent-wash); border-color: transparent; }

dl { margin: 0 0 12px; } dt { color: var(--soft); font-size: .9rem; } dd { margin: 0 0 12px; overflow-wrap: anywhere; }
dl > :last-child { margin-bottom: 0; }
@media (min-width: 560px) { dl.facts { display: grid; grid-template-columns: minmax(120px, 30%) 1fr; gap: 10px 18px; } dl.facts > dt { padding-top: 1px; font-size: .95rem; } dl.facts > dd { margin: 0; } }
dl.values { border: 1px solid var(--line); border-radius: 10px; background: var(--sunk); }
dl.values > dt { padding: 10px 14px 0; font: .86rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
dl.values > dd { padding: 0 14px 10px; margin: 0; border-bottom: 1px solid var(--line); } dl.values > dd:last-child { border-bottom: 0; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; font-weight: 550; }
pre.value, code, pre { font: .88rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre.value { margin: 0; font-weight: 400; overflow: visible; } .value.tall { max-height: 17em; overflow: auto; border: 1px solid var(--edge); border-radius: 6px; padding: 6px 10px; margin: 4px 0; background: var(--card); }
code { overflow-wrap: anywhere; } pre { overflow-x: auto; margin: 0 0 12px; }
pre.command { background: var(--sunk); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; white-space: pre-wrap; }
mark { background: var(--warn-wash); color: var(--warn); border-radius: 4px; padding: 0 3px; font: .82em ui-monospace, Menlo, Consolas, monospace; }

ul.plain, ol.plain { list-style: none; margin: 0; padding: 0; }
ul.rows > li { border-top: 1px solid var(--line); padding: 14px 0; } ul.rows > li:first-child { border-top: 0; padding-top: 2px; } ul.rows > li:last-child { padding-bottom: 0; }
.row { display: flex; gap: 4px 14px; align-items: baseline; justify-content: space-between; flex-wrap: wrap; } .row > :first-child { flex: 1 1 170px; min-width: 0; overflow-wrap: anywhere; }
a.go { display: block; color: inherit; text-decoration: none; } a.go h2, a.go h3 { color: var(--accent); } a.go:hover h2, a.go:hover h3 { text-decoration: underline; }
a.card.go:hover { border-color: var(--edge); }
a.tile { display: flex; align-items: center; min-height: 44px; font-weight: 600; }
.modes { display: grid; gap: 12px; } @media (min-width: 640px) { .modes { grid-template-columns: repeat(3, 1fr); } }
.mode { border: 1px solid var(--line); border-top: 4px solid var(--edge); border-radius: 10px; padding: 12px 14px; background: var(--sunk); min-width: 0; } .mode.auto { border-top-color: var(--good); } .mode.approval { border-top-color: var(--warn); } .mode.never { border-top-color: var(--bad); }
.mode h4 { margin: 0 0 6px; font-size: .95rem; } .mode li { padding: 3px 0; overflow-wrap: anywhere; }
.target + .target { margin-top: 26px; } .modes + p { margin-top: 10px; } .target p { margin-bottom: 4px; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th { text-align: left; font-size: .9rem; font-weight: 600; color: var(--soft); padding: 8px 14px 8px 0; } td { padding: 12px 14px 12px 0; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; } td a { display: inline-flex; min-height: 44px; margin: -10px 0; align-items: center; font-weight: 600; }
@media (max-width: 639px) { table.stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } table.stack, table.stack tbody, table.stack tr, table.stack td, table.stack th { display: block; } table.stack tr { border-top: 1px solid var(--line); padding: 12px 0; } table.stack tr:first-child { border-top: 0; padding-top: 0; } table.stack td, table.stack tbody th { border: 0; padding: 2px 0; } table.stack td::before { content: attr(data-label) " "; color: var(--soft); font-size: .9rem; } table.stack td[data-label=""]::before { content: none; } }

label, legend { display: block; font-weight: 600; margin: 0 0 5px; padding: 0; } .field { margin: 0 0 16px; } .hint { font-weight: 400; color: var(--soft); }
input, select, textarea { width: 100%; min-height: 46px; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: 9px; padding: 10px 12px; }
.check { display: flex; align-items: center; gap: 10px; } .check input { width: 22px; height: 22px; min-height: 22px; flex: none; accent-color: var(--accent); } .check label { margin: 0; font-weight: 400; min-height: 44px; display: flex; align-items: center; }
textarea { min-height: 76px; resize: vertical; display: block; }
.filters { display: grid; gap: 0 14px; } @media (min-width: 640px) { .filters { grid-template-columns: repeat(3, 1fr); } } @media (min-width: 900px) { .filters { grid-template-columns: repeat(5, 1fr); } }
button, a.button { font: inherit; font-weight: 650; border: 1px solid transparent; border-radius: 10px; padding: 11px 18px; min-height: 48px; cursor: pointer; background: var(--accent); color: var(--on-accent); text-decoration: none; display: inline-flex; align-items: center; justify-content: center; text-align: center; }
button:hover, a.button:hover { filter: brightness(1.07); }
button.quiet, a.button.quiet { background: var(--card); color: var(--ink); border-color: var(--edge); }
button.refuse { background: var(--card); color: var(--bad); border-color: var(--bad); }
button.danger { background: var(--bad); color: var(--on-bad); }
.actions { display: flex; gap: 12px; flex-wrap: wrap; } .actions > * { flex: 1 1 130px; } .actions.start > * { flex: 0 1 auto; }
.answer { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 16px; margin: 0 0 16px; }
.answer details { margin-bottom: 12px; }
@media (max-width: 639px) { .answer { position: sticky; bottom: 0; margin: 0 -16px; border-radius: 16px 16px 0 0; border-width: 1px 0 0; padding: 12px 16px calc(12px + env(safe-area-inset-bottom)); box-shadow: 0 -6px 18px rgb(10 16 24 / .12); z-index: 2; } main:has(.answer) { padding-bottom: 0; } }
.notice { border-left: 4px solid var(--bad); background: var(--bad-wash); border-radius: 8px; padding: 11px 14px; margin: 0 0 16px; } .notice.good { border-left-color: var(--good); background: var(--good-wash); } .notice.warn { border-left-color: var(--warn); background: var(--warn-wash); }
body > .news { position: sticky; top: 0; z-index: 3; display: flex; flex-wrap: wrap; align-items: center; justify-content: center; gap: 8px 16px; padding: 8px 16px; background: var(--warn-wash); border-bottom: 1px solid var(--line); font-weight: 600; }
main:focus { outline: none; }
details > summary { cursor: pointer; min-height: 44px; display: flex; align-items: center; gap: 9px; font-weight: 600; list-style: none; } details > summary::-webkit-details-marker { display: none; }
details > summary::before { content: ""; width: 7px; height: 7px; border: solid currentColor; border-width: 0 2px 2px 0; transform: rotate(-45deg); flex: none; margin: 0 2px; } details[open] > summary::before { transform: rotate(45deg); }
.small > summary { color: var(--soft); font-weight: 500; }
.empty { text-align: center; padding: 34px 20px; } .empty p { max-width: 44ch; margin-inline: auto; }
.big { font-size: 1.35rem; font-weight: 650; letter-spacing: -.01em; }
@media (prefers-reduced-motion: no-preference) { a, button { transition: filter .12s, border-color .12s; } }
`
