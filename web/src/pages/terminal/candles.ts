/**
 * The candle chart, by klinecharts: candles, indicators, drawings that are kept in this browser, and where prices are.
 * A chart needs plain numbers to draw; no amount is ever made of one of them.
 */

import { dispose, init, registerLocale, type Chart, type KLineData, type OverlayCreate, type Period } from "klinecharts";
import { okx } from "../../lib/api";
import { onceAFrame } from "../../lib/frame";
import { live } from "../../lib/live.svelte";
import { scalesOf, type Instrument } from "../../lib/market.svelte";
import { kept, keep } from "../../lib/kept";
import { say, texts } from "../../lib/texts.svelte";
import { styles } from "./look";

const PERIODS: Record<string, Period> = {
  "1m": { type: "minute", span: 1 },
  "5m": { type: "minute", span: 5 },
  "15m": { type: "minute", span: 15 },
  "1H": { type: "hour", span: 1 },
  "4H": { type: "hour", span: 4 },
  "1D": { type: "day", span: 1 },
};
// What turns the order of a language that is written from the right; on a canvas it would turn the figures.
const MARKS = /[\u200e\u200f\u061c]/g;
/** What the library calls the language of the page. */
const OURS = "ours";
const BATCH = 300;
/** A candle that changes is drawn four times a second: each time the whole chart is, with all its indicators. */
const APART_MS = 250;
const CANDLES = "candle_pane";
/** Indicators that are drawn over the candles; others have a pane of their own below. */
const OVER = new Set(["MA", "EMA", "BOLL"]);
interface Drawing {
  name: string;
  points: { timestamp?: number; value?: number }[];
}

export class Candles {
  readonly #chart: Chart;
  readonly #watching: ResizeObserver;
  readonly #instrument: string;
  #ends: (() => void) | null = null;
  #ended = false;
  #shown = new Set<string>();

  /** Drawn into an element until `end` is called. */
  constructor(
    private readonly into: HTMLElement,
    instrument: Instrument,
    bar: string,
  ) {
    registerLocale(OURS, words());
    const chart = init(into, { locale: OURS, styles: styles() });
    if (chart === null) throw new Error("the chart could not be made");
    this.#chart = chart;
    // It would stand before everything else in the order of the Tab key.
    for (const one of into.querySelectorAll<HTMLElement>("[tabindex]")) one.tabIndex = -1;
    this.#instrument = instrument.instId;
    const scales = scalesOf(instrument);
    const format = clock(bar);
    chart.setFormatter({ formatDate: ({ timestamp }) => format.format(timestamp).replace(MARKS, "") });
    chart.setDataLoader({
      getBars: async ({ type, timestamp, callback }) => {
        if (type === "backward") return callback([], false);
        const query: Record<string, string> = { instId: instrument.instId, bar, limit: String(BATCH) };
        if (type === "forward" && timestamp !== null) query["after"] = String(timestamp);
        const answer = await okx<string[]>("GET", "/market/history-candles", query);
        const found = answer.ok ? answer.data.map(candle).reverse() : [];
        callback(found, { forward: found.length > 0, backward: false });
        if (type === "init") this.#drawKept();
      },
      subscribeBar: ({ callback }) => {
        // By its time: of the open bar the newest counts, and one that has closed is not lost.
        const fresh = new Map<string, string[]>();
        const draw = onceAFrame(() => {
          const rows = [...fresh.values()];
          fresh.clear();
          if (!this.#ended) for (const row of rows) callback(candle(row));
        }, APART_MS, 2);
        this.#ends = live.business().listen<string[]>({ channel: `candle${bar}`, instId: instrument.instId }, (push) => {
          for (const row of push.data) fresh.set(row[0] ?? "", row);
          draw();
        });
      },
      unsubscribeBar: () => this.#ends?.(),
    });
    chart.setSymbol({ ticker: instrument.instId, pricePrecision: scales.price, volumePrecision: Math.min(scales.size, 4) });
    chart.setPeriod(PERIODS[bar] ?? { type: "minute", span: 1 });
    // Its right end stays where it is: there the newest candle is.
    this.#watching = new ResizeObserver(() => {
      const gap = chart.getOffsetRightDistance();
      chart.resize();
      chart.setOffsetRightDistance(gap);
    });
    this.#watching.observe(into);
  }

  /** Exactly these indicators. */
  indicate(wanted: readonly string[]): void {
    for (const name of [...this.#shown]) {
      if (wanted.includes(name)) continue;
      this.#chart.removeIndicator({ name });
      this.#shown.delete(name);
    }
    for (const name of wanted) {
      if (this.#shown.has(name)) continue;
      this.#shown.add(name);
      const shortName = say(`chart-indicator-${name.toLowerCase()}`);
      if (OVER.has(name)) this.#chart.createIndicator({ name, shortName, paneId: CANDLES }, true);
      else this.#chart.createIndicator({ name, shortName });
      // The library has no word of its own for it.
      for (const { figures } of this.#chart.getIndicators({ name })) for (const one of figures) if (one.key === "volume") one.title = `${say("candle-volume")}: `;
    }
  }

  /** Let the reader draw one figure; it is kept once it is done. */
  drawBy(name: string): void {
    this.#chart.createOverlay(this.#kept({ name }));
  }
  wipe(): void {
    this.#chart.removeOverlay();
    keep(this.#key, []);
  }

  /** Where a price is, in pixels from the top of the element; null where it is not to be seen. */
  heightOf(price: number): number | null {
    const found = this.#chart.convertToPixel([{ value: price }], { paneId: CANDLES, absolute: true }) as { y?: number }[];
    const pane = this.#chart.getSize(CANDLES);
    const y = found[0]?.y;
    return y === undefined || pane === null || y < pane.top || y > pane.top + pane.height ? null : y;
  }
  /** What price is at this height. */
  priceAt(y: number): number | null {
    const found = this.#chart.convertFromPixel([{ x: 0, y }], { paneId: CANDLES, absolute: true }) as { value?: number }[];
    return found[0]?.value ?? null;
  }

  end(): void {
    this.#ended = true;
    this.#watching.disconnect();
    this.#ends?.();
    dispose(this.into);
  }

  get #key(): string {
    return `drawings-${this.#instrument}`;
  }
  #kept(overlay: OverlayCreate): OverlayCreate {
    const done = () => this.#keep();
    return { ...overlay, onDrawEnd: done, onPressedMoveEnd: done, onRemoved: () => setTimeout(done) };
  }
  #keep(): void {
    const drawn = this.#chart.getOverlays();
    const told = drawn.map(({ name, points }) => ({
      name,
      points: points.map(({ timestamp, value }) => ({
        ...(timestamp === undefined ? {} : { timestamp }),
        ...(value === undefined ? {} : { value }),
      })),
    }));
    keep(this.#key, told);
  }
  #drawKept(): void {
    for (const { name, points } of kept<Drawing[]>(this.#key, [])) this.#chart.createOverlay(this.#kept({ name, points }));
  }
}

function candle(row: string[]): KLineData {
  const [timestamp = 0, open = 0, high = 0, low = 0, close = 0, volume = 0] = row.slice(0, 6).map(Number);
  return { timestamp, open, high, low, close, volume };
}

/** What a bar's values are called; what we do not show has no word. */
const words = () => ({
  time: `${say("time")}: `,
  open: `${say("candle-open")}: `,
  high: `${say("candle-high")}: `,
  low: `${say("candle-low")}: `,
  close: `${say("candle-close")}: `,
  volume: `${say("candle-volume")}: `,
  change: "",
  turnover: "",
  second: "",
  minute: "",
  hour: "",
  day: "",
  week: "",
  month: "",
  year: "",
});

const clock = (bar: string) =>
  new Intl.DateTimeFormat(
    texts.language,
    bar === "1D"
      ? { dateStyle: "short" }
      : { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  );
