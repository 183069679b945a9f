/** Of every page: light or dark as the browser is set, one column on a narrow screen. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --surface: #ffffff; --text: #1b1f27; --muted: #5c6675; --grid: #e2e5ea; --line: #d5d9e0;
  --low: 196 78 60; --high: 42 113 178; --heat: 0.65;
  --series-0: #2a71b2; --series-1: #d9731a; --series-2: #2e8b57; --series-3: #b3406e;
  --series-4: #7a58b5; --series-5: #8a6d1f; --series-6: #1a8f9c; --series-7: #5c6675;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --surface: #1d2128; --text: #e7eaef; --muted: #a2acba; --grid: #323842; --line: #3a414d;
    --low: 226 110 90; --high: 90 160 226; --heat: 0.55;
    --series-0: #6cb0f0; --series-1: #f5a25c; --series-2: #66c58f; --series-3: #ec86ae;
    --series-4: #b79cf0; --series-5: #d6b85a; --series-6: #5cc9d6; --series-7: #a2acba;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 80rem;
  background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 0.4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.9rem; }
p { margin: 0.3rem 0; max-width: 60rem; }
.lead, figcaption, .note { color: var(--muted); }
.charts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
figure { margin: 0 0 1rem; padding: 1rem; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; min-width: 0; }
figure h3 { margin: 0 0 0.5rem; font-size: 1rem; }
figcaption { margin-top: 0.5rem; font-size: 0.87rem; }
.charts figure { margin: 0; }
.chart { position: relative; height: 20rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.93rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { padding: 0.35rem 0.6rem; text-align: left; border-bottom: 1px solid var(--grid); white-space: nowrap; }
thead th { color: var(--muted); font-weight: 600; vertical-align: bottom; white-space: normal; }
td.figure, th.figure { text-align: right; }
tbody tr:last-child > * { border-bottom: 0; }
.matrix { width: auto; }
.matrix th, .matrix td { border: 0; }
.matrix td { text-align: center; min-width: 4.2rem; border: 2px solid var(--surface); border-radius: 6px; }
.matrix tbody th { text-align: right; font-weight: 500; }
.matrix thead th { text-align: center; font-weight: 500; color: var(--text); }
.matrix small { display: block; opacity: 0.9; font-size: 0.72rem; }
`
