/** The style sheet of the page. Light and dark by the reader's preference, light on paper. */
import { fontFamily, properties } from "../theme.ts"

export const style = `
:root{color-scheme:light dark;${properties("light")}}
@media screen and (prefers-color-scheme:dark){
  :root{${properties("dark")}}
  .ramp{filter:invert(.87) hue-rotate(180deg)}
}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--surface);color:var(--ink);font:17px/1.55 ${fontFamily}}
.page{max-width:1080px;margin:0 auto;padding:0 40px}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:4px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:16px;top:16px;background:var(--surface);padding:8px 14px;z-index:1}
.hero{background:var(--tint);border-bottom:1px solid var(--grid);padding:52px 0 34px}
.kicker{margin:0 0 14px;color:var(--muted);font-size:15px;letter-spacing:.02em}
.kicker b{color:var(--accent);font-weight:700}
h1,.h1{margin:0;font-size:44px;line-height:1.14;letter-spacing:-.018em;font-weight:750;text-wrap:balance;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:4px 0;margin:20px 0 0;padding:0;list-style:none;color:var(--muted);font-size:16px}
.facts li:not(:last-child)::after{content:"·";margin:0 .6em}
.headlines{display:grid;grid-template-columns:repeat(auto-fit,minmax(280px,1fr));gap:30px 44px;margin:38px 0 0;padding:0}
.headlines div{border-top:3px solid var(--accent);padding-top:12px}
.headlines dt{margin:0}
.headlines .value{display:block;font-size:46px;line-height:1.1;font-weight:750;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.headlines .label{display:block;font-weight:600;margin-top:4px;line-height:1.35}
.headlines dd{margin:6px 0 0;color:var(--muted);font-size:15px;line-height:1.45}
nav ul{display:flex;flex-wrap:wrap;gap:8px;margin:38px 0 0;padding:0;list-style:none}
nav a{display:block;padding:5px 14px;border:1px solid var(--grid);border-radius:99px;background:var(--surface);color:var(--ink);text-decoration:none;font-size:15px}
nav a:hover{border-color:var(--accent);color:var(--accent)}
section{padding:56px 0 0}
h2{margin:0;font-size:31px;line-height:1.2;letter-spacing:-.012em;font-weight:720}
.lead{margin:8px 0 0;color:var(--muted);max-width:46em}
.figures{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:52px 20px;margin-top:34px}
figure{margin:0;grid-column:1/-1;min-width:0;break-inside:avoid}
figure.half{grid-column:auto}
h3{margin:0 0 14px;font-size:20px;line-height:1.3;font-weight:680}
figure>.scroll{margin:0 0 10px}
.scroll{overflow-x:auto;overflow-y:hidden}
.scroll svg{display:block;width:100%;height:auto}
figure:not(.half) .scroll svg{min-width:700px}
.caption{margin:0;color:var(--muted);font-size:15.5px;max-width:52em}
.tables{margin-top:40px}
.tables h3{font-size:17px;margin:28px 0 10px}
table{border-collapse:collapse;width:100%;font-size:14.5px;line-height:1.35;font-variant-numeric:tabular-nums}
caption{text-align:left;max-width:calc(100vw - 40px);font-weight:680;font-size:17px;padding:0 0 10px}
th,td{padding:7px 9px;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid)}
thead th{vertical-align:bottom;color:var(--muted);font-weight:600;font-size:13px;border-bottom:2px solid var(--axis)}
tbody th{font-weight:600}
.n{text-align:right}
tbody th,td{white-space:nowrap}
.wrap{min-width:700px}
.wrap td,.wrap tbody th{white-space:normal}
details{margin-top:18px;border:1px solid var(--grid);border-radius:8px;padding:0 18px}
summary{cursor:pointer;padding:11px 0;font-weight:600;font-size:15.5px}
details[open]{padding-bottom:16px}
details caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.notes{margin:22px 0 0;padding-left:1.2em}
.notes li{margin:8px 0;max-width:52em}
.notes b{font-weight:650}
.warning{margin:34px 0 0;border-left:4px solid var(--orange);padding:2px 0 2px 18px}
.warning p{margin:0;font-weight:650}
.warning ul{margin:6px 0 0}
.origins{display:grid;grid-template-columns:minmax(10em,15em) 1fr;gap:9px 24px;margin:26px 0 0;font-size:15.5px}
.origins dt{color:var(--muted)}
.origins dd{margin:0;overflow-wrap:anywhere}
pre{margin:0;overflow-x:auto;font:13.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
footer{margin:64px 0 0;border-top:1px solid var(--grid);padding:22px 0 48px;color:var(--muted);font-size:14.5px}
@media screen and (max-width:820px){
  .page{padding:0 20px}
  .hero{padding:34px 0 26px}
  h2{font-size:26px}
  h1,.h1{font-size:31px}
  .headlines .value{font-size:38px}
  .headlines{gap:24px}
  section{padding-top:44px}
  figure.half{grid-column:1/-1}
  .figures{gap:40px 0}
  .origins{grid-template-columns:1fr;gap:2px}
  .origins dd{margin-bottom:12px}
}
@media screen and (max-width:740px){
  figure:not(.half) figcaption::before{content:"\\2194  scroll sideways";display:block;color:var(--accent);font-size:14px;margin:0 0 6px}
}
@page{margin:14mm}
@media print{
  body{font-size:11pt}
  .page{max-width:none;padding:0}
  .hero{background:none;padding-top:0}
  nav,.skip,details:not([open]){display:none}
  section{padding-top:28pt}
  h1,.h1{font-size:26pt}
  h2,h3,.lead{break-after:avoid;break-inside:avoid}
  .figures{display:block;margin-top:18pt}
  figure{margin-bottom:26pt}
  figure.half{display:inline-block;width:48.5%;vertical-align:top}
  tr{break-inside:avoid}
  .scroll{overflow:visible}
  figure:not(.half) .scroll svg,.wrap{min-width:0}
}
`.trim()
