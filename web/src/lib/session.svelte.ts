/** Who is signed in, by the routes of /account/v1. The session itself is a cookie that no script sees. */

import { desk, setCsrf, type Answer } from "./api";
import { live } from "./live.svelte";
import { patiently } from "./patient";
import { act } from "./proof.svelte";

export interface Session {
  user: string;
  /** "" for staff, who have none. */
  account: string;
  csrf: string;
  expires_ns: string;
}
export interface SecondFactor {
  login: string;
  factors: string[];
  passkey: object | null;
}
export type LoggedIn = { session: Session | null; second_factor: SecondFactor | null };

class Sessions {
  /** undefined until the server has said; null for nobody. */
  now = $state.raw<Session | null | undefined>(undefined);

  /** Whose page this is, after it was loaded. An answer that is late or lost says nothing of that: it is asked again. */
  async ask(): Promise<void> {
    const answer = await patiently(() => desk<Session>("GET", "/account/v1/session"), () => this.now === undefined);
    if (answer !== null) this.#be(answer.ok ? answer.data : null);
  }

  async login(email: string, password: string): Promise<Answer<LoggedIn>> {
    const answer = await desk<LoggedIn>("POST", "/account/v1/login", { email, password });
    if (answer.ok && answer.data.session) this.#be(answer.data.session);
    return answer;
  }

  async second(step: { login: string; code?: string; recovery_code?: string; passkey?: object }): Promise<Answer<Session>> {
    return this.#entered(await desk<Session>("POST", "/account/v1/login/second", step));
  }

  signUp(email: string, password: string, country: string, language: string): Promise<Answer<{ sign_up: string }>> {
    return desk("POST", "/account/v1/sign-up", { email, password, country, language });
  }

  async confirm(sign_up: string, code: string): Promise<Answer<Session>> {
    return this.#entered(await desk<Session>("POST", "/account/v1/sign-up/confirm", { sign_up, code }));
  }

  /** Who was invited sets a password, and is signed in. */
  async invited(code: string, password: string, language: string): Promise<Answer<Session>> {
    return this.#entered(await desk<Session>("POST", "/account/v1/invitation", { code, password, language }));
  }

  /** A trading account for who came to a team by invitation; the session is another one then. PE-16. */
  async openAccount(): Promise<Answer<Session>> {
    return this.#entered(await act<Session>("POST", "/account/v1/trading-account"));
  }

  /** The server has ended it, with the user. */
  gone(): void {
    this.#be(null);
  }

  async logout(): Promise<void> {
    await desk("POST", "/account/v1/logout", {});
    this.#be(null);
  }

  #entered(answer: Answer<Session>): Answer<Session> {
    if (answer.ok) this.#be(answer.data);
    return answer;
  }

  #be(session: Session | null): void {
    setCsrf(session?.csrf ?? "");
    this.now = session;
    if (session?.account) live.signedIn();
    else live.signedOut();
  }
}

export const sessions = new Sessions();
