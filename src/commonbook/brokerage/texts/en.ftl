language-name = English
title = Become a broker
heading = Become a broker at { $exchange }
intro = Brokers bring orders under a code of their own and are paid a part of the fees for them. Everything below is read from what is in force at this moment.
languages = Languages
compare-heading = Two ways for users to trade through you
compare-feature = What
compare-api = API broker
compare-oauth = OAuth broker
questions-heading = Questions

compare-security = Security model
compare-security-api = The user makes an API key and signs each request with it
compare-security-oauth = The user grants a token that is good for one hour
compare-privacy = What the user hands over
compare-privacy-api = The key, its secret and its passphrase
compare-privacy-oauth = No credential at all
compare-speed = Integration
compare-speed-api = Sooner done: signed requests, nothing to be registered of a browser's way
compare-speed-oauth = More to build: a consent page, redirect addresses, tokens that are renewed
compare-control = What you may do
compare-control-api = What the user has granted the key, except withdrawals and keys
compare-control-oauth = What the user has granted: reading, or trading; never withdrawals or sub-accounts
compare-use = Made for
compare-use-api = Automation of institutions
compare-use-oauth = Platforms for consumers
compare-attribution = Which orders are yours
compare-attribution-api = Orders that carry your code, of keys whose user has agreed to it
compare-attribution-oauth = Every order through a token that was granted to you
compare-addresses = Where your servers call from
compare-addresses-api = From the addresses that you have registered
compare-addresses-oauth = From the addresses that you have registered; a client that keeps no secret, from the user's device
compare-ending = How a user ends it
compare-ending-api = By revoking the key or the consent, at once
compare-ending-oauth = By revoking the grant, at once, for all tokens

question-program = 1. What is the broker program?
answer-program = A way to be paid for the orders that your users send through you. Their accounts, funds and fees stay as they are; of the net fee of each fill under your code a part is yours.
question-who = 2. Who can become a broker?
answer-who = A company with a trading account here, in one of these lines of business:
business-aggregator = aggregation: one front for several exchanges
business-algo_provider = algorithmic trading: strategies and their execution
business-wealth_manager = wealth management: portfolios of digital assets
business-social_trading = social trading: communities that invest together
business-fintech = fintech: payments, gateways, custody
question-models = 3. API, OAuth or both?
answer-models = Both ways stand side by side in the table above. You choose one or both when you apply.
question-needs = 4. What must we have?
answer-needs = Before you apply:
needs-company = papers of your company
needs-capacity = systems that keep up { $requests } requests a second
needs-security = answers to a questionnaire on security
needs-compliance = measures against money laundering, identification of customers and protection of data, to which you attest every { $attestation_days } days
question-way = 5. How do we become one?
answer-way = Step by step, and you see at any time who is awaited:
way-prepare = prepare: fill in the application; it is a draft until you submit it
way-apply = apply: we look at the company
way-integrate = integrate: you are given your code
way-test = test: your code works with test funds, and the conformance kit gives you a certificate
way-review = review: security and compliance are looked at
way-contract = contract: both sides accept the same text
way-live = live: your code earns
question-rate = 6. How is the rate determined?
answer-rate = By your tier, the product, maker or taker, the client's VIP level and whether the client has an affiliate. Tiers follow from volume over 30 days and from the clients you bring, and are reviewed every month.
question-paid = 7. When are we paid?
answer-paid = Every hour, one hour later, in { $asset }. What is less than { $minimum } { $asset } is carried on and shown.
question-excluded = 8. Which orders earn nothing?
answer-excluded = Each fill that earns nothing says why. Among the reasons:
excluded-level = the client is at VIP level { $excluded_level } or above
excluded-channel = the order did not come through the API
excluded-discount = the fee was paid with vouchers or cards
excluded-consent = the order carries your code, and its user has not agreed to it
question-minimum = 9. Is there a minimum volume?
answer-minimum = None to be a broker. Higher tiers ask for steady activity.
question-check = 10. Can we check what we are paid?
answer-check = Yes. Each hour has a statement with every fill, its rule and its numbers, which verifies from the file alone. What turns out to be wrong is corrected by entries in the next open hour.
question-users = 11. What do users see?
answer-users = Your name and your logo before they agree, and you as the broker on each order. They can refuse or revoke at any time; nothing of what they do by themselves is yours.
question-ends = 12. What can end it?
answer-ends = The contract and the attestations are for a time. { $warning_days } days before one of them ends we write to you; without it your code earns nothing until it is renewed, and works again by itself once it is.

state-draft = draft
state-submitted = submitted
state-integration = integration
state-sandbox = sandbox test
state-review = compliance review
state-contract = contract
state-live = live
state-lapsed = lapsed
state-suspended = suspended
state-closed = closed
state-refused = refused
state-withdrawn = withdrawn
state-expired = expired

lasting-contract = your contract as a broker
lasting-aml-kyc = your attestation on money laundering and customers
lasting-data-protection = your attestation on the protection of data

security-key_storage = How are keys and tokens of your users kept, and who can read them?
security-encryption = How is data encrypted on its way and where it lies?
security-access_control = Who has access to your production systems, and by which second factor?
security-vulnerabilities = How are weaknesses found and mended, and when were you last tested from outside?
security-incidents = What do you do in an incident, and how soon do you tell your users and us?
security-logging = What is logged, how long is it kept, and who can change it?
security-monitoring = How are transactions monitored, and how is what is unusual noticed?
security-continuity = What happens to your users' orders when your systems are down?
security-subcontractors = Which others work on your systems or have your users' data?
security-data_location = In which countries does your users' data lie?

attest-aml-kyc =
    We attest that our company

    1. identifies the customers whose orders it sends, and knows who owns and controls those that are companies;
    2. checks customers against the sanctions lists that apply to it, when it takes them on and whenever a list changes;
    3. watches their transactions for signs of money laundering and of the financing of terrorism, and reports what it must report;
    4. serves no customer from a country in which it may not;
    5. keeps the records of all this for as long as the law asks, and shows them to the exchange when it is asked to.

    We tell the exchange at once when any of this is no longer so.
attest-data-protection =
    We attest that our company

    1. processes personal data of users only for what they have agreed to, under the laws that apply, such as the GDPR and the CCPA;
    2. keeps keys, tokens and personal data encrypted, and lets only those see them who must;
    3. answers requests of users to see, correct, take along and erase their data;
    4. tells the exchange of a breach that concerns its users within 24 hours, and the authorities and the users as the law asks;
    5. binds everybody who works on this data for it to the same.

    We tell the exchange at once when any of this is no longer so.
