/** Where a broker and those whom it has brought in stand, and where the picture puts them. Pure. */

import { difference, percentOf, sum } from "./amounts";

export interface PlaceOf {
  from_hour: number;
  from_time: string;
  pool: string;
  users: string;
}
export interface OwnPlace {
  broker: string;
  code: string;
  parent: string;
  depth: number;
  places: PlaceOf[];
  sub_brokers_most: number;
}
export interface SubBroker {
  broker: string;
  code: string;
  state: string;
  why: string;
  from_hour: number;
  removed_hour: number | null;
  places: PlaceOf[];
}

export interface Box {
  code: string;
  kind: "parent" | "own" | "sub" | "users";
  note: string;
  x: number;
  y: number;
}
export interface Edge {
  from: Box;
  to: Box;
  share: string;
}

/** The place in an hour, and the next one where it is agreed already. Places come oldest first. */
export function placeIn(places: PlaceOf[], hour: number): { now: PlaceOf | null; next: PlaceOf | null } {
  const begun = places.filter((one) => one.from_hour <= hour);
  return { now: begun.at(-1) ?? null, next: places.find((one) => one.from_hour > hour) ?? null };
}

/** Rows from the top: whose one comes under, oneself, those below; x and y are columns and rows. */
export function picture(own: OwnPlace, subs: SubBroker[], hour: number, words: { users: string }): { boxes: Box[]; edges: Edge[]; width: number } {
  const active = subs.filter((one) => one.removed_hour === null || one.removed_hour > hour);
  const mine = placeIn(own.places, hour).now ?? own.places.at(-1) ?? null;
  const children: Omit<Box, "x" | "y">[] = active.map((one) => ({ code: one.code, kind: "sub", note: one.code }));
  if (mine && mine.users !== "0") children.push({ code: words.users, kind: "users", note: words.users });
  const width = Math.max(children.length, 1);
  const top = own.parent ? 1 : 0;
  const middle = (width - 1) / 2;
  const me: Box = { code: own.code, kind: "own", note: "", x: middle, y: top };
  const below: Box[] = children.map((one, x) => ({ ...one, x, y: top + 1 }));
  const above: Box[] = own.parent ? [{ code: own.parent, kind: "parent", note: "", x: middle, y: 0 }] : [];
  const share = (code: string) => active.find((one) => one.code === code)?.places;
  const edges: Edge[] = [
    ...above.map((one) => ({ from: one, to: me, share: mine?.pool ?? "" })),
    ...below.map((one) => {
      const places = share(one.code) ?? [];
      return { from: me, to: one, share: one.kind === "users" ? (mine?.users ?? "") : ((placeIn(places, hour).now ?? places.at(-1))?.pool ?? "") };
    }),
  ];
  return { boxes: [...above, me, ...below], edges, width };
}

/** How a pool is shared out: what each has of it in per cent of the base, and what is left. */
export function shares(pool: string, given: { code: string; points: string }[]): { code: string; points: string; part: string }[] {
  const rest = difference(pool, sum(given.map((one) => one.points)));
  return [...given, { code: "", points: rest }].map((one) => ({ ...one, part: percentOf(one.points, pool) }));
}
