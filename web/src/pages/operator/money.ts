/** What the pages about money share: assets with their decimals, brands by name, and fields read exactly. */

import { Asked } from "../../lib/asked.svelte";
import { amount, type Amount } from "../../lib/money";
import { fractionOf, rate } from "../../lib/percent";
import { say } from "../../lib/texts.svelte";

export interface Asset {
  asset: string;
  scale: number;
  instruments: string[];
  new_asset: string;
  numerator: number;
  denominator: number;
  split_ns: string;
}
export interface Brand {
  brand: string;
  name: string;
  title: string;
}

export const assets = new Asked<Asset[]>(() => "/host/v1/assets");
export const brands = new Asked<Brand[]>(() => "/host/v1/brands");

export const REASON_MOST = 200;

/** An amount as it was typed; null where it is none of the asset's. */
export function typed(text: string, asset: string): Amount | null {
  const found = assets.data?.find((one) => one.asset === asset);
  return found ? amount(text.trim(), found.scale) : null;
}

/** What is wrong with an amount; "" of an empty field, which only is not there yet. */
export function wrongAmount(text: string, asset: string, signed = false): string {
  if (text.trim() === "") return "";
  const value = typed(text, asset);
  const scale = assets.data?.find((one) => one.asset === asset)?.scale ?? 0;
  if (value === null) return say("op-amount-wrong", { asset, scale });
  return value === 0n || (value < 0n && !signed) ? say("op-amount-zero") : "";
}

export const choices = (): { value: string; title: string }[] =>
  (assets.data ?? []).filter((one) => one.new_asset === "").map((one) => ({ value: one.asset, title: one.asset }));

/** Per cent as typed, in hundred-millionths: a share, no money, and small enough for a number. Null: none, or not 0 to 100 %. */
export function shareE8(percent: string): number | null {
  const fraction = fractionOf(percent);
  const value = fraction === null ? null : rate(fraction);
  return value === null || value < 0n || value > 100_000_000n ? null : Number(value);
}

export const wrongShare = (percent: string): string => (percent.trim() === "" || shareE8(percent) !== null ? "" : say("op-share-wrong"));

/** The day after today in UTC: the first from which terms may change. */
export const tomorrow = (): string => dayAfter(1);
export const dayAfter = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
