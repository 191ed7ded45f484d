// Draws the tables of figures as charts. The tables stay: for those who listen to the page, and for exact numbers.
(() => {
  "use strict";
  const language = document.documentElement.lang;
  const pesos = new Intl.NumberFormat(language, { style: "currency", currency: "MXN" });
  const round = new Intl.NumberFormat(language, { style: "currency", currency: "MXN", notation: "compact", maximumFractionDigits: 1 });
  const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const whole = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const hour = (n) => `${String(n).padStart(2, "0")}:00`;

  // The theme's colours as the page computes them: canvas knows neither variables nor light-dark().
  const inks = () => Object.fromEntries(["ink", "rule", "mark", "fill"].map((name) => {
    return [name, getComputedStyle(document.querySelector(`.inks .${name}`)).color];
  }));

  const draw = (place) => {
    const table = document.getElementById(place.dataset.table);
    const rows = [...table.tBodies[0].rows];
    const x = rows.map((row) => Number(row.dataset.x));
    const y = rows.map((row) => Number(row.dataset.y));
    const days = place.dataset.chart === "days";
    const color = inks();
    const axis = { stroke: color.ink, grid: { stroke: color.rule, width: 1 }, ticks: { stroke: color.rule, width: 1 }, font: "12px system-ui, sans-serif" };
    const bars = uPlot.paths.bars({ size: [days && x.length > 45 ? 0.9 : 0.66, 40], radius: 0.15 });
    const step = days ? 86400 : 1;
    return new uPlot({
      width: place.clientWidth,
      height: 260,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      scales: {
        x: { time: days, range: [x[0] - step * 0.6, x[x.length - 1] + step * 0.6] },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 100] },
      },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      legend: { live: true },
      axes: [
        { ...axis, space: 64, values: (_, splits) => splits.map((n) => (days ? day.format(n * 1000) : hour(n))), incrs: days ? [1, 2, 7, 14, 28, 56].map((n) => n * 86400) : [1, 2, 3, 6] },
        { ...axis, size: 68, values: (_, splits) => splits.map((n) => round.format(n)) },
      ],
      series: [
        { label: place.dataset.x, value: (_, n) => (n == null ? "–" : days ? whole.format(n * 1000) : hour(n)) },
        { label: place.dataset.y, value: (_, n) => (n == null ? "–" : pesos.format(n)), stroke: color.mark, fill: color.mark, width: 0, paths: bars, points: { show: false } },
      ],
    }, [x, y], place);
  };

  const places = [...document.querySelectorAll("[data-chart]")];
  const charts = new Map();
  const redraw = (place) => {
    charts.get(place)?.destroy();
    charts.set(place, draw(place));
  };
  for (const place of places) {
    place.hidden = false;
    redraw(place);
    let width = place.clientWidth;
    new ResizeObserver(() => {
      if (place.clientWidth === width) return;
      width = place.clientWidth;
      charts.get(place).setSize({ width, height: 260 });
    }).observe(place);
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => places.forEach(redraw));
})();
