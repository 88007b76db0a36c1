/** Where a notice leads: pure. */

import type { Notice } from "../../lib/inbox.svelte";

export interface Address {
  /** "": nowhere. */
  path: string;
  /** A page of the app, which needs no loading. */
  isOurs: boolean;
}

export function addressOf({ concern, kind, details }: Pick<Notice, "concern" | "kind" | "details">): Address {
  const ours = (path: string): Address => ({ path, isOurs: true });
  switch (concern) {
    case "orders":
    case "alerts":
      return ours(`/trade/${encodeURIComponent(details["instrument"] ?? "")}`);
    case "payouts":
      return ours(`/broker/settlements/${encodeURIComponent(details["hour"] ?? "")}`);
    case "brokers":
      return ours("/settings/brokers");
    case "brand":
      return { path: `/a/${encodeURIComponent(details["slug"] ?? "")}`, isOurs: false };
    case "security":
      return ours(kind.startsWith("key-") ? "/settings/keys" : "/settings");
    default:
      return { path: "", isOurs: false };
  }
}
