# The partnership program for everybody, and applications to it.
partnership-heading = Run an exchange under your own name
partnership-intro = { $host } shares its order book and its machinery with teams that run an exchange of their own. Everything below is read from what is in force at this moment.
partnership-apply = Apply
partnership-to-questions = Ten questions, answered
partnership-questions = Questions and answers
partnership-places = { $left ->
    [one] One place left
   *[other] { $left } places left
  }
partnership-taken = { $taken } of { $quota } are taken
partnership-stake = Stake of each team
partnership-stake-back = It comes back at the end, less what is owed.
partnership-book = On the shared book
partnership-brands = { $count ->
    [one] One brand
   *[other] { $count } brands
  }
partnership-markets = { $count ->
    [one] in one market
   *[other] in { $count } markets
  }
partnership-until = Open until
partnership-date = { DATETIME($date, dateStyle: "medium", timeZone: "UTC") }
partnership-token-needed = With a token of your own
partnership-token-free = A token of your own is up to you.
partnership-closed = No phase takes applications at this moment. Here is how it works; come back for the next one.
partnership-apply-hint = You need not know everything yet. You get a link by which you go on, and hand it in when it is complete.
partnership-steps = Steps of the application
partnership-step-contact = Contact
partnership-step-team = Team and plan
partnership-step-brand = Brand
partnership-step-link = Your link
partnership-contact = Contact person
partnership-email = Mail address
partnership-phone = Phone number
partnership-team = Your team
partnership-team-hint = Who you are, and what you have done so far
partnership-plan = Your plan
partnership-plan-hint = Markets, customers, countries
partnership-brand = Name of the brand
partnership-brand-hint = The first part of its address: small letters, digits and hyphens
partnership-back = Back
partnership-next = Next
partnership-begin = Begin the application
partnership-begun = Your application { $reference } has begun.
partnership-keep-link = Keep this link. It is shown once, and whoever has it can see and change your application.
partnership-copy = Copy the link
partnership-copied = Copied
partnership-go-on = Go on
partnership-application = Application { $reference }
partnership-no-link = Open your application by the link that you were given.
partnership-way = The way to a live brand
partnership-next-step = Next: { $state }, by { $of }
partnership-claim = To go on from here, sign in and claim this application: the stake of { $stake } { $asset } comes from your trading account.
partnership-checklist = Before the brand goes live
partnership-there = done
partnership-open = still to do
partnership-item-domain = A domain of your own, proved
partnership-item-logo = A logo
partnership-item-terms = Terms for your users
partnership-item-fees = Fees
partnership-item-staff = A team with roles
partnership-item-support = A support address
partnership-item-test-order = A test order
partnership-item-test-hour = A test hour
partnership-save = Save
partnership-saved = It is saved.
partnership-submit = Hand in
partnership-submitted = It is handed in. The host looks at it now.
partnership-withdraw = Take it back
partnership-withdrawn = The application is taken back.
partnership-so-far = So far
partnership-state-draft = Draft
partnership-state-submitted = Handed in
partnership-state-screening = Being looked at
partnership-state-deposit-pending = Admitted
partnership-state-deposit-locked = Stake locked
partnership-state-contracted = Contract signed
partnership-state-sandbox = Being tried out
partnership-state-verified = Verified
partnership-state-live = Live
partnership-state-suspended = Suspended
partnership-state-offboarding = Leaving
partnership-state-closed = Closed
partnership-state-refused = Refused
partnership-state-withdrawn = Taken back
partnership-state-expired = Expired
partnership-role-applicant = you
partnership-role-partner = the partner
partnership-role-host = the host
partnership-role-system = the exchange itself

problem-phase-closed = No phase takes applications now.
problem-phase-closed-do = Look at the program for the next one.
problem-no-such-application = There is no application for this link.
problem-no-such-application-do = Look whether the link is whole; once it was claimed, sign in to see it.
problem-too-many-applications = Many applications come in just now.
problem-too-many-applications-do = Try again in an hour.

## Added later
partnership-sign-in = Sign in, to go on
partnership-claim-it = Make it mine
partnership-claimed = The application is yours
partnership-lock = Lock the stake of { $stake } { $asset }
partnership-staked = The stake is locked, and a place is yours
partnership-read = Read the contract
partnership-contract-about = Version { $version }, for { $days } days, with { $notice } days of notice. You accept exactly this text, by its hash.
partnership-sign = Accept the contract
partnership-signed = Accepted
partnership-leave = Leave
partnership-leave-about = You give the place back. The stake comes back after the notice, less what is owed.
partnership-leave-yes = Give notice
partnership-left = The notice is given
partnership-cancel = Cancel
