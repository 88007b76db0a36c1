/** Where the app begins: its texts, who is signed in, the page that was gone to, and then the shell around it. */

import { mount } from "svelte";
import App from "./App.svelte";
import { brand } from "./lib/brand";
import { following } from "./lib/following.svelte";
import { place } from "./lib/place.svelte";
import { sessions } from "./lib/session.svelte";
import { texts } from "./lib/texts.svelte";
import { areasOf, find } from "./places";
import "./tokens.css";

const target = document.querySelector("#app");
if (target === null) throw new Error("the page has no #app");
texts.show();
void sessions.ask();
// The shell asks for its page when it is there, and tells when it could not be had: here it is only begun sooner.
const first = find(place.path, brand.isHost)?.place;
if (first) void Promise.allSettled([first.page(), ...areasOf(first).map((area) => texts.need(area))]);
await texts.need("shell");
mount(App, { target });
if (!brand.isHost) following.start();
