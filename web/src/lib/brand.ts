/** The brand whose address this is, as the server wrote it into the page. No name of a brand is in the code. */

import { watchedFields } from "./shared.svelte";

export interface Brand {
  /** Of what it is made of; "0" for one that nobody has described. */
  version: string;
  /** For people; empty at the host's own address. */
  title: string;
  /** The address of its logo; empty without one. */
  logo: string;
  support: string;
  /** That the brand has and the app has texts for; the first is for who asks for none of them. */
  languages: string[];
  /** The one that the server has chosen for this browser. */
  language: string;
  /** Those that are written from right to left. */
  rightToLeft: string[];
  signUp: boolean;
  /** Whether this is the host's own address, where operators sign in, and no brand's. */
  isHost: boolean;
}

const NONE: Brand = {
  version: "0",
  title: "",
  logo: "",
  support: "",
  languages: ["en"],
  language: "en",
  rightToLeft: [],
  signUp: false,
  isHost: true,
};

function read(): Brand {
  const told = document.querySelector<HTMLMetaElement>('meta[name="brand"]')?.content ?? "";
  return told.startsWith("{") ? (JSON.parse(told) as Brand) : NONE;
}

/** As it is now: `following` puts into it what has become of it. */
export const brand: Brand = watchedFields(read());
