# How to use the exchange; a brand may say any of it in its own words.
help-title = Help with { $brand }
help-search = Search in the help
help-lead = Answers about your account, orders, fees and the API.
help-found = { $count ->
    [0] Nothing found
    [one] Found in one topic
   *[other] Found in { $count } topics
}
help-nothing = No answer has these words. Try fewer of them.
help-topics = Topics
help-status = What works right now
help-support = Still a question? Write to

help-sign-up = How do I sign up?
help-sign-up-1 = Choose “Sign up” at the top, give your address of mail, a password of ten characters or more and your country.
help-sign-up-2 = We send a code to your address. Enter it within 15 minutes; after several wrong tries begin anew.
help-sign-up-3 = Your trading account is opened with it. You can trade as soon as there is something in it.

help-deposit = How do I get funds?
help-deposit-1 = In simulated trading you are given test funds: switch to it, open Assets and ask for them. They have no value and cannot be withdrawn.
help-deposit-2 = In live trading your assets page shows what { $brand } takes in. What is not shown there is not offered.

help-order = How do I place an order?
help-order-1 = Open Trade, choose an instrument, then buy or sell. Give a price and a size; the ticket shows fee, hold and worst price before you send it.
help-order-2 = The hold is what is set aside while the order is open. When the order is canceled, it is available again at once.
help-order-3 = Open orders are below the chart. You can change price or size there, or cancel.

help-types = Which types of orders are there?
help-types-1 = Limit: at your price or better. What is not filled at once waits in the book.
help-types-2 = Market: at the best prices there are. What cannot be filled is canceled.
help-types-3 = Post only: it only ever waits in the book. If it would trade at once, it is canceled.
help-types-4 = Immediate or cancel (IOC): trades what it can at once, and the rest is canceled.
help-types-5 = Fill or kill (FOK): all of it at once, or nothing.

help-fees = What does it cost?
help-fees-1 = A maker's order waited in the book, a taker's traded at once. The fee is a part of what was traded, always in the second currency of the pair.
help-fees-2 = These are the rates of { $brand } at this moment, as the exchange itself charges them:

help-api = How do I trade by a program?
help-api-1 = One address is enough for everything: { $url }. It speaks OKX v5, so a client that knows OKX works after you change its address.
help-api-2 = Make a key in your settings. Give it no more permissions than it needs, and the addresses it is used from.
help-api-3 = Streams are at { $socket }. Public prices need no key. Try this in a terminal:

help-security = How do I keep my account safe?
help-security-1 = Set up a passkey or an authenticator app in the security settings, and keep the recovery codes on paper.
help-security-2 = Nobody of { $brand } ever asks for your password, a code or an API secret.
help-security-3 = If you see a session that is not yours, end it in the settings and change your password.

help-refusals = What does a refusal mean?
help-refusals-1 = Whatever is refused is refused with a code. Search for the code you were shown.
help-rates = Rates by level
help-codes = Codes of refusals
help-code = Code
help-means = What it says
help-do = What to do
help-no-code = There is no such code.
help-level = Level
help-maker = Maker
help-taker = Taker

help-do-50001 = Wait a moment and try again; look at the status page if it lasts.
help-do-50011 = Ask less often: each route has a limit.
help-do-50013 = Wait a moment and try again. Cancels are always taken.
help-do-50027 = Accept the terms in force, then try again.
help-do-50028 = Orders are stopped here for now. Cancels are taken; look at the status page.
help-do-50061 = Send fewer orders a second, or several in one request.
help-do-50102 = Set the clock of your computer; sign each request anew.
help-do-50103 = Send your key in this header.
help-do-50105 = Use the passphrase that you gave when the key was made.
help-do-50110 = Add your address to the key's list, or ask from one that is on it.
help-do-50111 = Check the key: it may have been deleted, or be another brand's.
help-do-50113 = Check how the request is signed: time, method, path with its query, and body.
help-do-50114 = Sign in again.
help-do-50120 = Make a key that has this permission.
help-do-51000 = Correct the parameter that is named.
help-do-51001 = Choose an instrument of the market list.
help-do-51005 = Make the order smaller, or send several.
help-do-51006 = Choose a price nearer to the market.
help-do-51016 = Give each order a client order ID of its own.
help-do-51020 = Make the order larger than the instrument's minimum.
help-do-51022 = Wait until it trades again: the status page tells.
help-do-51121 = Round the size to the instrument's lot size.
help-do-51137 = Choose a lower price: the band is shown at the instrument.
help-do-51138 = Choose a higher price: the band is shown at the instrument.
help-do-51603 = It is filled, canceled, or was never there: look at your history.
help-do-58350 = Move a smaller amount, or cancel orders that hold funds.
