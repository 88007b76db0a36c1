/** What concerns who is signed in and was not looked at yet: counted for the shell, and told at its page. WB-13. */

import { desk, type Problem } from "./api";
import { sessions } from "./session.svelte";
import { texts } from "./texts.svelte";

export const CONCERNS = ["orders", "alerts", "brokers", "payouts", "brand", "security"] as const;
export type Concern = (typeof CONCERNS)[number];
export interface Notice {
  id: string;
  concern: Concern;
  kind: string;
  time_ns: string;
  is_new: boolean;
  details: Record<string, string>;
}
export interface Told {
  unread: number;
  /** Of the newest that is told: up to it, all is read once it is given back. */
  mark: string;
  off: Concern[];
  always: Concern[];
  notices: Notice[];
}
const AGAIN_MS = 15_000;
const PATH = "/account/v1/inbox";

class Inbox {
  unread = $state(0);
  told = $state.raw<Told | null>(null);
  problem = $state.raw<Problem | null>(null);

  /** By the shell, in an effect that runs anew for whoever is signed in. */
  watch(): () => void {
    if (!sessions.now) {
      this.unread = 0;
      this.told = null;
      return () => {};
    }
    void this.count();
    const timer = setInterval(() => {
      if (!document.hidden) void this.count();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }

  async count(): Promise<void> {
    const answer = await desk<{ unread: number }>("GET", `${PATH}/unread`);
    if (!answer.ok) return;
    const isOther = answer.data.unread !== this.unread;
    this.unread = answer.data.unread;
    if (isOther && this.told !== null) await this.ask();
  }

  async ask(): Promise<void> {
    const answer = await desk<Told>("GET", PATH, { language: texts.language });
    this.problem = answer.ok ? null : answer.problem;
    if (answer.ok) this.#take(answer.data);
  }

  /** What is told here is read; what has come meanwhile stays new. null: it was done. */
  async read(): Promise<Problem | null> {
    if (this.told === null) return null;
    const answer = await desk<{ unread: number }>("POST", `${PATH}/read`, { mark: this.told.mark });
    if (!answer.ok) return answer.problem;
    await this.ask();
    return null;
  }

  /** Be told of this, or no longer. null: it was done. */
  async turn(concern: Concern, on: boolean): Promise<Problem | null> {
    const off = (this.told?.off ?? []).filter((one) => one !== concern);
    const answer = await desk<Told>("PUT", `${PATH}/off`, { off: on ? off : [...off, concern] });
    if (!answer.ok) return answer.problem;
    this.#take(answer.data);
    return null;
  }

  #take(told: Told): void {
    this.told = told;
    this.unread = told.unread;
  }
}

export const inbox = new Inbox();
