import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Socket, type State, type Wire } from "../src/lib/socket";

/** A wire in the test's hand. */
class Hand implements Wire {
  readyState = 0 as Wire["readyState"];
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  sent: string[] = [];
  send = (text: unknown) => void this.sent.push(String(text));
  close = () => this.drop();
  opens() {
    this.readyState = 1;
    this.onopen?.();
  }
  drop() {
    this.readyState = 3;
    this.onclose?.();
  }
  says(message: object | string) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }
  asked(): { op: string; args: object[]; id?: string }[] {
    return this.sent.filter((one) => one !== "ping").map((one) => JSON.parse(one));
  }
}

let wires: Hand[];
let states: State[];
const BOOK = { channel: "books", instId: "BTC-USDT" };

function socket(ticket: (() => Promise<string | null>) | null = null): Socket {
  const made = new Socket(() => wires[wires.push(new Hand()) - 1] as Hand, ticket, (state) => states.push(state));
  made.start();
  return made;
}

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  states = [];
});
afterEach(() => vi.useRealTimers());

describe("WB-2: a connection that is lost is made again, and what is stale says so", () => {
  it("asks for everything once more, and tells who listens that it begins anew", async () => {
    const made = socket();
    const heard: unknown[] = [];
    const began = vi.fn();
    made.listen(BOOK, (push) => heard.push(push.data), began);
    wires[0]?.opens();
    expect(wires[0]?.asked()).toEqual([{ op: "subscribe", args: [BOOK] }]);
    wires[0]?.says({ arg: BOOK, action: "snapshot", data: [1] });
    wires[0]?.drop();
    expect(made.state).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(wires).toHaveLength(2);
    wires[1]?.opens();
    expect(wires[1]?.asked()).toEqual([{ op: "subscribe", args: [BOOK] }]);
    wires[1]?.says({ arg: BOOK, action: "snapshot", data: [2] });
    expect([heard, began.mock.calls.length, made.state]).toEqual([[[1], [2]], 2, "open"]);
  });

  it("waits longer after each failure, 15 s (and a quarter more) at most", async () => {
    socket();
    const waits: number[] = [];
    for (let tried = 1; tried < 9; tried++) {
      wires.at(-1)?.drop();
      const before = Date.now();
      while (wires.length === tried) await vi.advanceTimersByTimeAsync(50);
      waits.push(Date.now() - before);
    }
    expect(waits[0]).toBeLessThan(700);
    expect(waits.at(-1)).toBeGreaterThan(11_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(18_800);
  });

  it("is stale when nothing was heard for 25 s, open again at a sign of life, and gives up a dead wire", async () => {
    const made = socket();
    wires[0]?.opens();
    await vi.advanceTimersByTimeAsync(31_000);
    expect(made.state).toBe("stale");
    wires[0]?.says("pong");
    expect(made.state).toBe("open");
    await vi.advanceTimersByTimeAsync(80_000);
    expect(wires.length).toBeGreaterThan(1);
  });

  it("logs in by a fresh ticket each time, and sends orders only then", async () => {
    const ticket = vi.fn().mockResolvedValueOnce("one").mockResolvedValueOnce("two");
    const made = socket(ticket);
    expect((await made.request("order", [{}])).code).toBe("offline");
    wires[0]?.opens();
    await vi.advanceTimersByTimeAsync(0);
    expect(wires[0]?.asked()).toEqual([{ op: "login", args: [{ ticket: "one" }] }]);
    wires[0]?.says({ event: "login", code: "0", msg: "" });
    const answer = made.request("order", [{ sz: "1" }]);
    const { id } = wires[0]?.asked().at(-1) ?? {};
    wires[0]?.says({ id, op: "order", code: "0", msg: "", data: [{ ordId: "7", sCode: "0" }] });
    expect((await answer).data[0]?.["ordId"]).toBe("7");
    const lost = made.request("order", [{ sz: "2" }]);
    wires[0]?.drop();
    expect((await lost).code).toBe("late"); // it may have been done
    await vi.advanceTimersByTimeAsync(1_000);
    wires[1]?.opens();
    await vi.advanceTimersByTimeAsync(0);
    expect(wires[1]?.asked()).toEqual([{ op: "login", args: [{ ticket: "two" }] }]);
  });

  it("asks again where there was no ticket for now", async () => {
    const ticket = vi.fn().mockResolvedValueOnce("").mockResolvedValueOnce("two");
    const made = socket(ticket);
    wires[0]?.opens();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([made.state, wires.length]).toEqual(["connecting", 2]);
    wires[1]?.opens();
    await vi.advanceTimersByTimeAsync(0);
    expect(wires[1]?.asked()).toEqual([{ op: "login", args: [{ ticket: "two" }] }]);
  });

  it("ends for good where nobody is signed in any more", async () => {
    const made = socket(() => Promise.resolve(null));
    wires[0]?.opens();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([made.state, wires.length]).toEqual(["closed", 1]);
  });
});
