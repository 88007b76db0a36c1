import { afterEach, expect, test, vi } from "vitest";

// The app reads its brand from the page, and opens its sockets; here there is neither.
vi.stubGlobal("document", { querySelector: () => null });
vi.stubGlobal("localStorage", { getItem: () => null });
vi.stubGlobal("navigator", { language: "en" });
vi.stubGlobal("WebSocket", class { addEventListener() {} close() {} });
vi.stubGlobal("location", { pathname: "/", host: "" });
const { sessions } = await import("../src/lib/session.svelte");

const session = { user: "7", account: "", csrf: "c", expires_ns: "1" };
const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a connection that is lost for a moment makes nobody signed out", async () => {
  vi.useFakeTimers();
  const asked = vi.fn().mockRejectedValueOnce(new TypeError("lost")).mockResolvedValue(answer(200, session));
  vi.stubGlobal("fetch", asked);
  const done = sessions.ask();
  expect(sessions.now).toBeUndefined();
  await vi.runAllTimersAsync();
  await done;
  expect(asked).toHaveBeenCalledTimes(2);
  expect(sessions.now).toEqual(session);
});
