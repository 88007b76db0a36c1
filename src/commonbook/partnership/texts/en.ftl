language-name = English
title = Open partnership
heading = Run an exchange under your own name
intro = { $host } shares its order book and its machinery with teams that run an exchange of their own. Everything below is read from what is in force at this moment.
languages = Languages
closed-now = No phase takes applications at this moment.
phase-line = { $phase }: { $taken } of { $quota } places are taken, { $left } are left.

question-program = 1. What is the open partnership?
answer-program = A way to have an exchange without building one. { $phase } is for { $quota } teams. Each opens its own brand on technology that is there already; what a team brings is its domain name, its logo and people who run the exchange from day to day.
answer-program-closed = A way to have an exchange without building one. A team opens its own brand on technology that is there already; what it brings is its domain name, its logo and people who run the exchange from day to day.
question-provides = 2. What does { $host } provide?
answer-provides = The whole of the technical side:
provides-matching = matching of orders, in { $instruments ->
    [one] one market
   *[other] { $instruments } markets
  } today
provides-counter = the counter: accounts, balances, order entry, fee schedules and the desks of your team
provides-wallets = hot and cold wallets and the custody of all assets
provides-clearing = clearing of every fill, and a ledger that can be checked
provides-support = customer support in several languages
provides-compliance = identification of customers and measures against money laundering
provides-maintenance = research, development and maintenance
question-listing = 3. May we list tokens besides our own?
answer-listing = Yes. You choose yourselves what can be traded at your brand, your own token and any others.
question-control = 4. Are we in control of our own exchange?
answer-control = Yes. Management, operations, marketing and listing are yours. { $host } provides technology and its upkeep.
question-custody = 5. Who keeps the assets, and how does our income reach us?
answer-custody = Deposits, withdrawals, custody and clearing stay with { $host }, so that no customer depends on a partner for their assets. Your income from trading is cleared there and released to you on a schedule.
question-liquidity = 6. What is shared liquidity, and what is it good for?
answer-liquidity = There is one order book for all. Orders of every brand meet in it: { $brands ->
    [one] one brand trades
   *[other] { $brands } brands trade
  } on it today. A new exchange does not begin with an empty book, wide spreads and long waits, but with the depth of all the others.
question-volume = 7. How is our volume counted when the book is shared?
answer-volume = Each brand has a count of its own. Of every trade the side that your customer was on is yours; published figures add up to what was traded, so that nothing is counted twice.
question-stake = 8. Does the stake earn anything?
answer-stake = No. The stake of { $stake } { $asset } lies in an account of its own while you are a partner. It earns no bonus, no distribution and no other rebate, and counts for no tier or vote. At the end it comes back, less what is still owed.
answer-stake-closed = No. The stake lies in an account of its own while you are a partner. It earns no bonus, no distribution and no other rebate, and counts for no tier or vote. At the end it comes back, less what is still owed.
question-holders = 9. What do holders of { $asset } get from it?
question-holders-closed = 9. What do holders of the host's token get from it?
answer-holders = Partners of this phase issue a token of their own. { $holders } % of a partner's revenue goes to the holders of its token, and { $host_holders } % of that token goes to the holders of { $asset }, who have their part of these incentives as long as they keep it.
answer-holders-none = Nothing is agreed about tokens and shares in the terms that are in force.
question-apply = 10. How do we get on board?
answer-apply = Places left: { $left } of { $quota }. Stake: { $stake } { $asset } for each team, locked once you are admitted. Fill in the form below, or send the same to POST /program/v1/applications.
answer-apply-closed = As soon as a phase is open, by the form on this page.
answer-apply-mail = By mail: tell { $address } the name and the phone number of your contact person and describe your team.

form-heading = Apply
form-hint = You need not fill in everything at once. You get a link by which you go on, and hand it in when it is complete.
field-contact = Contact person
field-email = Mail address
field-phone = Phone number
field-team = Your team
field-plan = Your plan: markets, customers, countries
field-brand_name = Name of the brand, as the first part of its address
form-send = Begin the application
received-heading = Your application has begun
received-reference = Your reference is { $reference }.
received-link = Keep this link. It is shown once, and whoever has it can see and change your application:
mine-heading = Application { $reference }
mine-state = State
mine-brand = Brand
mine-next = Next
mine-next-line = { $state }, by { $of }
mine-rest = Nothing is awaited.
mine-timeline = So far
mine-time = When
mine-by = By
mine-reason = Why
mine-save = Save
mine-submit = Hand in
mine-withdraw = Withdraw
mine-claim = To go on from here, sign in and claim the application with this link: the stake comes from your trading account.
problem = That did not work: { $why }

state-draft = draft
state-submitted = handed in
state-screening = being looked at
state-deposit_pending = admitted, stake awaited
state-deposit_locked = stake locked
state-contracted = contract signed
state-sandbox = being tried out
state-verified = verified
state-live = live
state-suspended = suspended
state-offboarding = leaving
state-closed = closed
state-refused = refused
state-withdrawn = withdrawn
state-expired = expired
role-applicant = the applicant
role-partner = the partner
role-host = the host
role-system = the exchange itself
