/** The app's two connections: the market's, always; the user's own, while somebody is signed in. */

import { okx } from "./api";
import { sessions } from "./session.svelte";
import { Socket, type State, type Wire } from "./socket";

class Live {
  /** Of the market's connection: whether what is shown is as it is now. */
  market = $state<State>("connecting");
  /** Of the user's own; "closed" while nobody is signed in. */
  own = $state<State>("closed");
  readonly public: Socket;
  /** The connection of who is signed in. */
  user = $state.raw<Socket | null>(null);

  #business: Socket | null = null;

  constructor() {
    this.public = new Socket(() => opened("public"), null, (state) => (this.market = state));
    this.public.start();
  }

  /** For candles; opened when it is first asked for. */
  business(): Socket {
    if (this.#business === null) {
      this.#business = new Socket(() => opened("business"), null, () => {});
      this.#business.start();
    }
    return this.#business;
  }

  /** For what is told on the business stream to who is signed in, as to a broker. Whoever asks ends it. */
  ownBusiness(changed: (state: State) => void): Socket {
    const made = new Socket(() => opened("business"), ticket, changed);
    made.start();
    return made;
  }

  signedIn(): void {
    this.user?.end();
    const made = new Socket(() => opened("private"), ticket, (state) => (this.own = state));
    this.user = made;
    made.start();
  }

  signedOut(): void {
    this.user?.end();
    this.user = null;
  }
}

/** Null where nobody is signed in any more; "" where there is none for now. */
async function ticket(): Promise<string | null> {
  const answer = await okx<{ ticket: string }>("POST", "/users/web/ticket", {});
  if (answer.ok) return answer.data[0]?.ticket ?? "";
  return sessions.now === null ? null : "";
}

function opened(url: string): Wire {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}/ws/v5/${url}`) as unknown as Wire;
}

export const live = new Live();
