# Mails. Every kind has a subject and a text; `mail` is the frame around each text.

mail =
    { $text }

    { $has-word ->
        [yes] Your own word: { $word }. A mail without it is not from us.
       *[no] You have not chosen a word of your own yet. Choose one in your profile: every mail from us will carry it.
    }

    { $brand }

sign-up-code =
    Welcome to { $brand }.

    Your code: { $code }

    It is good for { $minutes } minutes and works once. We never ask for it by phone or chat. If you did not ask for it, you need not do anything.
    .subject = Your code for { $brand }

sign-up-taken =
    Somebody, perhaps you, wanted to sign up at { $brand } with this address. It has a user already, and nothing was changed.

    If it was you: sign in, or ask for a new password if you have forgotten yours.
    .subject = You have a user at { $brand } already

new-device =
    Your user at { $brand } was signed in from a device that we have not seen before.

    Device: { $device }
    Place: { $place }
    Time: { $time }

    If it was not you: change your password now, and end all other sessions.
    .subject = Sign-in from a new device

password-changed =
    The password of your user at { $brand } was changed at { $time }. All other sessions have ended.

    If it was not you: ask for a new password now, and write to our support.
    .subject = Your password was changed

factor-added =
    { $factor ->
        [passkey] A passkey
       *[totp] An authenticator app
    } was added to your user at { $brand } at { $time }.

    If it was not you: change your password now, and remove it.
    .subject = A second factor was added

factor-removed =
    { $factor ->
        [passkey] A passkey
       *[totp] The authenticator app
    } was removed from your user at { $brand } at { $time }.

    If it was not you: change your password now, and write to our support.
    .subject = A second factor was removed

recovery-codes-made =
    New recovery codes were made for your user at { $brand } at { $time }. Earlier ones work no more.

    If it was not you: change your password now.
    .subject = New recovery codes

recovery-code-used =
    A recovery code of your user at { $brand } was used at { $time }. { $left } are left.

    If it was not you: change your password now.
    .subject = A recovery code was used

key-made =
    An API key was made for your user at { $brand } at { $time }.

    Name: { $label }
    It may: { $permissions }

    If it was not you: revoke it, and change your password now.
    .subject = An API key was made

key-changed =
    The API key { $label } of your user at { $brand } was changed at { $time }.

    It may: { $permissions }

    If it was not you: revoke it, and change your password now.
    .subject = An API key was changed

application-granted =
    You have let the application { $application } act for your user at { $brand } at { $time }.

    It may: { $permissions }

    If it was not you: take it back under your applications, and change your password now.
    .subject = An application may act for you

application-ended =
    What the application { $application } could do for your user at { $brand } was taken back at { $time }. It can do nothing any more.
    .subject = An application was ended

application-key-made =
    The application { $application } has made an API key for your user at { $brand } at { $time }.

    Name: { $label }
    It may: { $permissions }

    If it was not you who wanted that: take it back under your applications, and change your password now.
    .subject = An application has made an API key

application-key-ended =
    The application { $application } has deleted the API key that it had made for your user at { $brand } at { $time }. The key can do nothing any more.
    .subject = An application has deleted its API key

key-revoked =
    The API key { $label } of your user at { $brand } was revoked at { $time }.
    .subject = An API key was revoked

broker-agreed =
    You have agreed with the broker { $broker } at { $brand } at { $time }: it may act for your account by what you give it, and earns a part of your fees on orders with its code.

    If it was not you: take it back on your page of brokers, and change your password now.
    .subject = You have agreed with a broker

broker-ended =
    What you had agreed with the broker { $broker } at { $brand } has ended at { $time }. Keys that it held work no more.
    .subject = An agreement with a broker has ended

email-old-code =
    Somebody, perhaps you, wants to change the address of your user at { $brand }.

    Your code from this address: { $code }

    It is good for { $minutes } minutes. If it was not you: give it to nobody, and change your password now.
    .subject = Your address is to be changed

email-new-code =
    This is to be the new address of a user at { $brand }.

    Your code from this address: { $code }

    It is good for { $minutes } minutes. If you did not ask for it, you need not do anything.
    .subject = Confirm your new address

email-new-taken =
    Somebody, perhaps you, wanted to give this address to another user at { $brand }. It has a user already, and nothing was changed.
    .subject = You have a user at { $brand } already

email-changed =
    The address of your user at { $brand } was changed at { $time }. Withdrawals are locked for { $hours } hours.

    If it was not you: write to our support at once.
    .subject = Your address was changed

recovery-requested =
    Somebody, perhaps you, has asked for a new password for your user at { $brand }.

    It can be set from { $ready } on, with this code:
    { $code }
    { $link }

    If it was not you, stop it now with this code:
    { $stop }
    { $stop-link }
    .subject = A new password was asked for

recovery-stopped =
    The new password that was asked for at { $brand } cannot be set any more. Your password is what it was.
    .subject = The new password was stopped

recovery-done =
    A new password was set for your user at { $brand } at { $time }. All sessions have ended, your second factors are what they were, and withdrawals are locked for { $hours } hours.

    If it was not you: write to our support at once.
    .subject = Your password was reset

invitation =
    You are invited to the team of { $brand }, as { $role }.

    Your code:
    { $code }
    { $link }

    It is good for { $days } days and works once. Set your password with it.
    .subject = You are invited to { $brand }

arrival =
    Your account at { $brand } is ready: it comes from the exchange where you were a user before.

    Your code:
    { $code }
    { $link }

    It is good for { $days } days and works once. Set your password with it; nobody has brought your old one along.
    .subject = Your account at { $brand }

role-given =
    You are now { $role } at { $brand }. Sign in with your password; what changes something needs a second factor.
    .subject = You have a role at { $brand }

sign-in-locked =
    The sign-in of your user at { $brand } was locked at { $time }, and its keys do not work. Please write to our support.
    .subject = Your sign-in is locked

sign-in-unlocked =
    The sign-in of your user at { $brand } is open again.
    .subject = Your sign-in is open again

erased =
    What we kept of you at { $brand } was erased at { $time }. This is our last mail to you.
    .subject = Your data was erased

partnership-receipt =
    Your application { $reference } has begun.

    Go on by this link; whoever has it can see and change your application:
    { $link }

    If you have not applied: you need not do anything.
    .subject = Your application { $reference }

partnership-state =
    Your application { $reference } is now: { $state }.

    { $has-reason ->
        [yes] Why: { $reason }.
       *[no] What comes next, and from whom, is told with your application.
    }
    .subject = Your application { $reference }: { $state }

partnership-contract-ends =
    The term of your contract (application { $reference }) has ended. Accept the newest contract in { $days } days, or your brand is suspended.
    .subject = Your contract has ended

webhook-paused =
    { $url } at { $brand } has not taken what we sent for so long that we have paused it: { $why }. What happens goes on gathering.

    Once it answers again, resume the webhook at the partner desk: what has gathered is sent then.
    .subject = A webhook is paused

maker-granted =
    Account { $account } is now a market maker at { $brand }: maker { $maker-rate }, taker { $taker-rate }. Its duty counts from the next whole day of UTC.
    .subject = Rates of a market maker are in force

maker-day-failed =
    Account { $account } did not meet its duty as a market maker at { $brand } on { $day }; days in a row: { $days-in-a-row }. Whoever goes on failing loses the rates.
    .subject = The duty of a market maker was not met

maker-rate-lost =
    Account { $account } has lost its rates as a market maker at { $brand } after { $day }; days in a row without its duty: { $days-in-a-row }. It is charged by the schedule again.
    .subject = A market maker has lost its rates

pair-delisted =
    { $instrument } is no longer traded at { $brand }, as was planned.
    .subject = { $instrument } is delisted

schedule-begun =
    The fee schedule that was planned at { $brand } is in force (plan { $subject }, levels { $levels }).
    .subject = A fee schedule is in force

promotion-begun =
    The promotion { $name } has begun at { $brand } (plan { $subject }, levels { $levels }).
    .subject = A promotion has begun

promotion-not-ended =
    The promotion { $name } at { $brand } is over, and its rates could not be taken back yet: { $why }. We try again each minute; look at the floor and at the schedule.
    .subject = A promotion could not be ended

fees-refused =
    A plan of fees at { $brand } (plan { $subject }) was refused when it was to begin, and nothing has changed: { $why }. Plan it anew.
    .subject = A plan of fees was refused

stake-locked =
    The stake of application { $reference } ({ $brand-name }) is locked. What comes next is the contract.
    .subject = A stake is locked: { $reference }

broker-state =
    Your application as a broker { $reference } is now: { $state }.

    { $has-reason ->
        [yes] Why: { $reason }.
       *[no] What comes next, and from whom, is told with your application.
    }
    .subject = Your application { $reference }: { $state }

broker-warning =
    On { $day } { $what } ends (application { $reference }). From then on your code earns nothing until it is renewed; it works again by itself once it is.
    .subject = It ends on { $day }: { $what }

broker-moved =
    The application { $reference } of { $title } to be a broker is now: { $state }. See it at the host's desk.
    .subject = A broker's application: { $reference }
