"""Text of somebody who means harm, put into every field that a page has; and what must not come of it."""

from journeys.pages import Town, Who, settled, too_wide
from playwright.sync_api import Dialog, Error, Locator, Page

MARKUP = (
    '"><img src=x onerror="window.ran=\'img\'"><svg onload="window.ran=\'svg\'"></svg>'
    "<script>window.ran='script'</script><iframe srcdoc=\"<script>top.ran='frame'</script>\"></iframe>"
)
SHORT = "<img src=x onerror=ran=1>"
PLACEABLES = '{ $x } { NUMBER($x) } { "{" } ${7*7} {{7*7}} %s %(x)s'
STYLES = "</style><style>*{display:none!important}</style>;}*{color:red}@import url(//x)"
TURNED = (
    "\u202egnp.exe\u2066\u2069\u200f\u061c \U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467 Z\u0351\u036b\u0343"
)
LONG = "W" * 4_000
NOTHING = "a\0b"
TEXTS = (MARKUP, SHORT, PLACEABLES, STYLES, TURNED, LONG, NOTHING)
KEPT = MARKUP + PLACEABLES  # where only what can be printed is kept

FILL = """([texts, first]) => {
  let at = first;
  const said = (one, ...kinds) => kinds.forEach((kind) => one.dispatchEvent(new Event(kind, { bubbles: true })));
  for (const one of document.querySelectorAll("input, textarea, select, [contenteditable=true]")) {
    if (one.disabled || one.readOnly || one.type === "file" || one.closest("body > #app > header")) continue;
    if (!one.checkVisibility()) continue;
    const text = texts[at++ % texts.length];
    if (one.tagName === "SELECT") one.selectedIndex = one.options.length - 1;
    else if (one.type === "checkbox" || one.type === "radio") { if (!one.checked) one.click(); continue; }
    else if (one.isContentEditable) one.textContent = text;
    else one.value = one.maxLength > 0 ? text.slice(0, one.maxLength) : text;
    said(one, "input", "change");
  }
  for (const one of document.forms) one.noValidate = true;
  return at - first;
}"""
SEND = """() => {
  const dialog = document.querySelector("dialog[open]");
  let sent = 0;
  for (const one of (dialog ?? document).querySelectorAll("form")) {
    if (one.checkVisibility()) { one.requestSubmit(); sent++; }
  }
  const last = [...(dialog?.querySelectorAll("footer button") ?? [])].at(-1);
  if (last && !last.disabled) { last.click(); sent++; }
  return sent;
}"""
BUTTONS = """() => {
  const seen = new Set();
  const all = [...document.querySelectorAll("main button:not([type=submit]), main summary")];
  return all.flatMap((one, number) => {
    const name = one.textContent.trim().replace(/[\\d\\u2066-\\u2069]+/g, "");
    if (one.disabled || one.closest("dialog") || !one.checkVisibility() || seen.has(name)) return [];
    seen.add(name);
    return [number];
  });
}"""
FIELDS = "main :is(input, textarea, [contenteditable=true]):visible, dialog[open] :is(input, textarea):visible"
GONE = "the page is gone"
LOGO = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"window.ran='logo'\"><script>window.ran='logo'</script></svg>"
# Whatever a text has become that it should not have.
BECOME = """() => {
  const alien = "img[src='x'], iframe, object, embed, svg[onload], [onerror], [onload], main style, main script";
  return [
    ...(window.ran === undefined ? [] : [`ran: ${window.ran}`]),
    ...[...document.querySelectorAll(alien)].map((one) => `an element: ${one.outerHTML.slice(0, 80)}`),
    ...(document.querySelector("main h1") ? [] : ["the page is gone"]),  // GONE
  ];
}"""


class Crawl:
    """One person's way through all pages: what was wrong, how many fields were filled and how many forms sent."""

    def __init__(self, town: Town, who: Who, page: Page) -> None:
        self._town, self._who, self._page = town, who, page
        self.wrong: list[str] = []
        self.filled = self.sent = 0
        self._path = ""
        page.on("pageerror", lambda error: self.wrong.append(f"{self._path}: {error}"))
        page.on("dialog", self._asked)

    def _asked(self, dialog: Dialog) -> None:
        """Nothing of the app opens one: something ran."""
        self.wrong.append(f"{self._path}: {dialog.message}")
        dialog.dismiss()

    def walk(self, path: str) -> None:
        """A page with all that its buttons open; each form is filled and sent."""
        self._go(path)
        self._fill_and_send()
        self._go(path)
        for number in self._page.evaluate(BUTTONS):
            button = self._page.locator("main button:not([type=submit]), main summary").nth(number)
            self._press(button)
            if self._page.locator("dialog[open]").count() or self._page.locator(FIELDS).count() > self._fields:
                self._fill_and_send()
                self._go(path)
            elif self._page.url.partition("#")[0] != self._at.partition("#")[0]:
                self._go(path)

    def _go(self, path: str) -> None:
        self._path = path
        self._at = self._town.at(self._who, path)
        self._page.goto(self._at)
        settled(self._page)
        if "/sign-in" in self._page.url and "/sign-in" not in path:  # a button has ended the session
            self._town.enter(self._page.context, self._who)
            self._page.goto(self._at)
            settled(self._page)
        self._fields = self._page.locator(FIELDS).count()

    def _press(self, button: Locator) -> None:
        try:
            button.click(timeout=1_000, no_wait_after=True)
        except Error:
            return  # it has gone with what was pressed before
        self._page.wait_for_timeout(60)

    def _fill_and_send(self) -> None:
        """Twice, so that each field has two texts."""
        for turn in range(2):
            filled = self._page.evaluate(FILL, [TEXTS, turn * 3 + self.filled])
            if not filled:
                return
            self.filled += filled
            for one in self._page.locator("main input[type=file], dialog[open] input[type=file]").all():
                one.set_input_files({"name": f"{SHORT}.svg", "mimeType": "image/svg+xml", "buffer": LOGO.encode()})
            self._page.wait_for_timeout(30)
            self.sent += self._page.evaluate(SEND)
            self._page.wait_for_timeout(120)
            self.look()

    def look_at(self, path: str, of_app: bool = True) -> None:
        """Of the page that is open; one of the app has a heading."""
        self._path = path
        self.look(of_app)

    def look(self, of_app: bool = True) -> None:
        found = [one for one in self._page.evaluate(BECOME) if of_app or one != GONE]
        if wide := too_wide(self._page):
            found.append(wide)
        self.wrong += [f"{self._path}: {one}" for one in found]
