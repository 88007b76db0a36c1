/** How the chart looks: the brand's colours and font, as the page has them now. */

/** Where the values of a bar would cover the bars: they are shown while one is pointed at. */
const NARROW = "(max-width: 640px)";

export function styles() {
  const page = getComputedStyle(document.documentElement);
  const read = (name: string) => page.getPropertyValue(`--${name}`).trim();
  const [rise = "", fall = "", muted = "", text = "", surface = "", family = ""] = ["rise", "fall", "muted", "text", "surface", "font-figures"].map(read);
  const both = { upColor: rise, downColor: fall, noChangeColor: muted };
  const line = { color: `${muted}33` };
  const words = { color: muted, family, size: 11 };
  const mark = { line: { color: muted }, text: { color: surface, backgroundColor: text, borderColor: text, family, size: 11 } };
  // The bar is told by the buttons above; of the library's words only the market is wanted.
  const tooltip = { title: { ...words, template: "{ticker}" }, legend: words, ...(matchMedia(NARROW).matches ? { showRule: "follow_cross" as const } : {}) };
  return {
    grid: { horizontal: line, vertical: line },
    candle: {
      bar: {
        ...both,
        upBorderColor: rise,
        downBorderColor: fall,
        upWickColor: rise,
        downWickColor: fall,
        noChangeBorderColor: muted,
        noChangeWickColor: muted,
      },
      priceMark: {
        high: { color: muted, textFamily: family },
        low: { color: muted, textFamily: family },
        last: { ...both, text: { color: surface, family, size: 11 } },
      },
      tooltip,
    },
    indicator: { bars: [{ ...both, upColor: `${rise}88`, downColor: `${fall}88` }], tooltip },
    xAxis: { axisLine: line, tickText: words, tickLine: line },
    yAxis: { axisLine: line, tickText: words, tickLine: line },
    separator: line,
    crosshair: { horizontal: mark, vertical: mark },
  };
}
