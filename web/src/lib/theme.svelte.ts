/** Light, dark, or as the system has it. The colours themselves are the brand's, in /web/theme.css. */

export const CHOICES = ["system", "light", "dark"] as const;
export type Choice = (typeof CHOICES)[number];
const KEY = "theme";

class Theme {
  choice = $state<Choice>(CHOICES.find((one) => one === localStorage.getItem(KEY)) ?? "system");
  #systemIsDark = $state(false);

  constructor() {
    const asked = matchMedia("(prefers-color-scheme: dark)");
    this.#systemIsDark = asked.matches;
    asked.addEventListener("change", () => (this.#systemIsDark = asked.matches));
    this.#show();
  }

  get isDark(): boolean {
    return this.choice === "system" ? this.#systemIsDark : this.choice === "dark";
  }

  choose(choice: Choice): void {
    this.choice = choice;
    localStorage.setItem(KEY, choice);
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset["theme"] = this.choice;
  }
}

export const theme = new Theme();
