/**
 * Every place of the app: its path, its page (loaded when it is gone to), and the area of its texts.
 *
 * The server's list is `PLACES` in src/commonbook/gateway/web/places.py; a test compares the two. A new page is a folder
 * in pages/<area>/, a line here, and where its first word is new a line there.
 */

import type { Component } from "svelte";

/** A page gets the words of its path, or takes none. */
export type Page = Component<{ words: Record<string, string> }> | Component<Record<string, never>>;

export interface Place {
  /** ":name" stands for one word, which the page gets among its `words`. */
  path: string;
  page: () => Promise<{ default: Page }>;
  /** Of its texts, beside "shell". */
  area: string;
  /** Where the navigation names it: the key of its text. */
  nav?: string;
  at?: "brand" | "host";
  /** Named by the navigation to who has a role at the brand alone. */
  team?: boolean;
  /** Only for who is signed in; others are sent to sign in first. */
  signedIn?: boolean;
  /** As wide as the window; others have a readable width. */
  wide?: boolean;
}

export const PLACES: Place[] = [
  { path: "/", page: () => import("./pages/terminal/Markets.svelte"), area: "terminal", nav: "nav-markets", at: "brand" },
  { path: "/trade/:instrument", page: () => import("./pages/terminal/Terminal.svelte"), area: "terminal", at: "brand", wide: true },
  { path: "/trade", page: () => import("./pages/terminal/Terminal.svelte"), area: "terminal", nav: "nav-trade", at: "brand", wide: true },
  { path: "/assets", page: () => import("./pages/account/Assets.svelte"), area: "account", nav: "nav-assets", at: "brand", signedIn: true },
  { path: "/sign-in", page: () => import("./pages/account/SignIn.svelte"), area: "account" },
  { path: "/sign-up", page: () => import("./pages/account/SignUp.svelte"), area: "account", at: "brand" },
  { path: "/notifications", page: () => import("./pages/account/Notifications.svelte"), area: "account", signedIn: true },
  { path: "/invitation", page: () => import("./pages/account/Invitation.svelte"), area: "account" },
  { path: "/recovery", page: () => import("./pages/account/Recovery.svelte"), area: "account" },
  { path: "/recovery/stop", page: () => import("./pages/account/Recovery.svelte"), area: "account" },
  { path: "/program", page: () => import("./pages/program/Program.svelte"), area: "partnership", nav: "nav-program", at: "host" },
  { path: "/program/application/:reference", page: () => import("./pages/program/Application.svelte"), area: "partnership" },
  { path: "/partner", page: () => import("./pages/partner/Overview.svelte"), area: "partner", nav: "nav-partner", team: true, at: "brand", signedIn: true, wide: true },
  { path: "/partner/texts", page: () => import("./pages/partner/Texts.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/fees", page: () => import("./pages/partner/Fees.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/listings", page: () => import("./pages/partner/Listings.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/announcements", page: () => import("./pages/partner/Announcements.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/clearing", page: () => import("./pages/partner/Clearing.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/liquidity", page: () => import("./pages/partner/Liquidity.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/team", page: () => import("./pages/partner/Team.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/domains", page: () => import("./pages/partner/Domains.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/makers", page: () => import("./pages/partner/Makers.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/webhooks", page: () => import("./pages/partner/Webhooks.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/partnership", page: () => import("./pages/partner/Partnership.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/imports", page: () => import("./pages/partner/Imports.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/exports", page: () => import("./pages/partner/Exports.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/sso", page: () => import("./pages/partner/SignOn.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/terms", page: () => import("./pages/partner/Legal.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/partner/look", page: () => import("./pages/partner/Look.svelte"), area: "partner", at: "brand", signedIn: true, wide: true },
  { path: "/operator", page: () => import("./pages/operator/Health.svelte"), area: "operator", nav: "nav-operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/controls", page: () => import("./pages/operator/Controls.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/instruments", page: () => import("./pages/operator/Instruments.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/approvals", page: () => import("./pages/operator/Approvals.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/log", page: () => import("./pages/operator/Log.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/reconciliation", page: () => import("./pages/operator/Reconciliation.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/settlements", page: () => import("./pages/operator/Settlements.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/cases", page: () => import("./pages/operator/Cases.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/proofs", page: () => import("./pages/operator/Proofs.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/team", page: () => import("./pages/operator/Team.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/reports", page: () => import("./pages/operator/Reports.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/clearing", page: () => import("./pages/operator/Clearing.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/corrections", page: () => import("./pages/operator/Corrections.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/levels", page: () => import("./pages/operator/Levels.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/splits", page: () => import("./pages/operator/Splits.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/brokers", page: () => import("./pages/operator/Brokers.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/brokers/:broker", page: () => import("./pages/operator/Broker.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/broker-rates", page: () => import("./pages/operator/Rates.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/broker-tiers", page: () => import("./pages/operator/Tiers.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/brands", page: () => import("./pages/operator/Brands.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/brands/:brand", page: () => import("./pages/operator/Brand.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/users", page: () => import("./pages/operator/Users.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/announcements", page: () => import("./pages/operator/Announcements.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/terms", page: () => import("./pages/operator/Terms.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/operator/oauth", page: () => import("./pages/operator/OAuth.svelte"), area: "operator", at: "host", signedIn: true, wide: true },
  { path: "/help", page: () => import("./pages/help/Help.svelte"), area: "help", nav: "nav-help", at: "brand" },
  { path: "/status", page: () => import("./pages/status/Status.svelte"), area: "status", at: "brand" },
  { path: "/broker", page: () => import("./pages/broker/Overview.svelte"), area: "broker", nav: "nav-broker", at: "brand", signedIn: true },
  { path: "/broker/program", page: () => import("./pages/broker/Program.svelte"), area: "broker", at: "brand" },
  { path: "/broker/onboarding", page: () => import("./pages/broker/Onboarding.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/settlements", page: () => import("./pages/broker/Settlements.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/settlements/:hour", page: () => import("./pages/broker/Settlement.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/fills", page: () => import("./pages/broker/Fills.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/fills/:fill", page: () => import("./pages/broker/Why.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/earnings", page: () => import("./pages/broker/Earnings.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/tree", page: () => import("./pages/broker/Tree.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/tier", page: () => import("./pages/broker/Tier.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/keys", page: () => import("./pages/broker/Keys.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/what-if", page: () => import("./pages/broker/WhatIf.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/broker/alerts", page: () => import("./pages/broker/Alerts.svelte"), area: "broker", at: "brand", signedIn: true },
  { path: "/settings", page: () => import("./pages/settings/Security.svelte"), area: "settings", signedIn: true },
  { path: "/settings/notices", page: () => import("./pages/settings/Notices.svelte"), area: "settings", signedIn: true },
  { path: "/settings/profile", page: () => import("./pages/settings/Profile.svelte"), area: "settings", signedIn: true },
  { path: "/settings/account", page: () => import("./pages/settings/Account.svelte"), area: "settings", signedIn: true },
  { path: "/settings/terms", page: () => import("./pages/settings/Terms.svelte"), area: "settings", signedIn: true },
  { path: "/settings/keys", page: () => import("./pages/settings/Keys.svelte"), area: "settings", at: "brand", signedIn: true },
  { path: "/settings/brokers", page: () => import("./pages/settings/Brokers.svelte"), area: "settings", at: "brand", signedIn: true },
];

/** Desks show what the server has codes for: acts, states, fields. */
const DESKS = new Set(["partner", "operator", "broker", "partnership"]);
export const areasOf = ({ area }: Place): string[] => (DESKS.has(area) ? [area, "codes"] : [area]);

/** The place of a path, and the words in it; null where there is none. */
export function find(path: string, isHost: boolean): { place: Place; words: Record<string, string> } | null {
  const asked = path.split("/").filter(Boolean);
  for (const place of PLACES) {
    if (place.at !== undefined && (place.at === "host") !== isHost) continue;
    const parts = place.path.split("/").filter(Boolean);
    if (parts.length !== asked.length) continue;
    const words: Record<string, string> = {};
    const fits = parts.every((part, number) => {
      const word = asked[number] ?? "";
      if (!part.startsWith(":")) return part === word;
      words[part.slice(1)] = decoded(word);
      return true;
    });
    if (fits) return { place, words };
  }
  return null;
}

/** As it was meant; a word that no browser has written so, as "%E0", stays as it is. */
function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}
