# English: every word of the mails and text messages.
#
# This is Project Fluent (https://projectfluent.org). To add a language, copy this file to `<BCP 47 tag>.ftl`
# (`de.ftl`, `pt-BR.ftl`) and translate what stands after the `=`. What is missing there is taken from here.
#
# - A message is named as the mail or text message that it belongs to (`verification_code`), or as the part that
#   several share (`footer`). Its attributes are the strings: `.subject` of the mail, `.title` above its text,
#   `.preview` after the subject in an inbox, `.lead` the first sentence, `.button`, `.not-you` what to do if
#   somebody else did it, `.sms` the whole text message. `.subject-without-code` is the subject for apps that keep
#   codes off locked screens.
# - `{ $app-name }` is a variable: a name, an address, a date. Put it where your language wants it, and word the
#   sentence so that the variable needs no ending, article or gender: it can be any name.
# - `{ $ttl_minutes -> [one] … *[other] … }` chooses by number. Use the plural forms of your language
#   (`[one] [few] [many] *[other]`); a language with one form writes `{ $ttl_minutes } …` alone.
# - `no-app-name` is the stand-in: the words used where an event brings no `app-name`. The same for each `no-…`.
#   It stands in the same sentences as the name itself, after "for", "to" and "join".
# - Subjects: up to about 60 characters. Titles: up to about 40. Buttons: one to three words.

## Stand-ins

no-app-name = our app
no-org-name = an organization
# The person who accepted an invitation, in organization_invitation_accepted.
no-email_address = Someone

## Dates

# $day, $month: numbers. $year: `2026`. $time: `14:07`. $zone: `UTC` or `UTC+2`.
date-time =
    { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    } { $day }, { $year } at { $time } { $zone }

# How long an account is locked, as a value behind label.lock-length. $count is a number.
duration =
    .seconds =
        { $count ->
            [one] one second
           *[other] { $count } seconds
        }
    .minutes =
        { $count ->
            [one] one minute
           *[other] { $count } minutes
        }
    .hours =
        { $count ->
            [one] one hour
           *[other] { $count } hours
        }
    .days =
        { $count ->
            [one] one day
           *[other] { $count } days
        }

## Parts of several mails

# .expires stands right below a code, in small letters; .share is the next paragraph. In a text mail they follow each other.
code =
    .expires =
        This code expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }.
    .share = Don't share this code with anyone: we'll never ask you for it.

# Mails with a link to sign in, sign up or confirm an address.
link =
    .expires =
        The link expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }.
    .not-you = If this wasn't you, don't open the link. You can ignore this email.

# Above the address that a button opens, at the end of the mail.
button =
    .fallback = If the button doesn't work, copy this address into your browser:

# Invitations of all kinds.
invite =
    .expires =
        The invitation expires in { $invitation-expires_in_days ->
            [one] one day
           *[other] { $invitation-expires_in_days } days
        }.
    .not-expected = If you didn't expect this invitation, you can ignore this email.

# Who asked for the mail. $requested_from is a device as `device` below says it (`Firefox on Linux`), or a name; $requested_at is a
# date-time from above.
details =
    .from-at = Requested on { $requested_at } from { $requested_from }.
    .from = Requested from { $requested_from }.
    .at = Requested on { $requested_at }.

# A device: $browser is `Firefox`, $system is `Linux`. It stands in the sentences of `details` above, and alone behind label.device.
device =
    .browser-system = { $browser } on { $system }

# Kinds of devices, alone behind label.device where the browser is not known.
device_type =
    .desktop = computer
    .mobile = phone
    .tablet = tablet

# How somebody signed in, as the value behind label.method. .enterprise_sso: through a company's own login (SAML).
# .ticket: with a link that signs in once. .totp: a code from an app such as Google Authenticator. .web3: a wallet of crypto currencies.
sign_in_method =
    .password = password
    .email_code = code by email
    .email_link = link by email
    .phone_code = code by text message
    .passkey = passkey
    .totp = authenticator app
    .backup_code = backup code
    .enterprise_sso = single sign-on
    .ticket = one-time link
    .web3 = crypto wallet

# The heading of the warning in every security notice. The .not-you of that notice follows in the next line: it says what may have
# happened, and what to do.
notice =
    .not-you = Wasn't this you?

# The first line of a notice.
greeting =
    .named = Hello { $greeting_name },

# What stands before a value in a small table; in text mails on the same line. With a colon, as your language writes it.
# Short, at most about 25 characters: they are not broken. .location has a place and an IP address behind it (`Ghent, BE · 203.0.113.24`),
# and .requested-from the IP address that asked for a change.
label =
    .account = Account:
    .attempts = Failed attempts:
    .device = Device:
    .location = Location:
    .lock-length = Locked for:
    .locked-at = Locked on:
    .locked-until = Locked until:
    .method = Signed in with:
    .new-address = New address:
    .passkey = Passkey:
    .requested-from = Requested from:
    .time = Time:

# Below every mail. The sentence is a link that writes to the address.
footer =
    .questions = Questions? Write to { $brand-support_email }

## Mails in Clerk's words

# What Clerk says in English, where there is no template of ours: nothing to translate.
clerk =
    .title = { $clerk-subject }
    .preview = { $clerk-subject }

## Codes

# .subject and .preview begin with the code: a phone shows only the beginning.
# .lead: the code stands below it.
# .sms: at most 160 characters with a name of 30, fewer if possible. One character that GSM 03.38 does not have (such
# as á, ç, í, ł, ó, typographic quotes and dashes) leaves room for 70: then leave out what is not needed.
verification_code =
    .subject = { $otp_code } is your verification code for { $app-name }
    .subject-without-code = Your verification code for { $app-name }
    .title = Your verification code
    .preview =
        { $otp_code } expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Don't share it with anyone.
    .lead = Enter this code to continue to { $app-name }:
    .not-you = If this wasn't you, you can ignore this email. Nobody can sign in without the code.
    .sms =
        { $otp_code } is your verification code for { $app-name }. It expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Don't share it.

# As verification_code.
reset_password_code =
    .subject = { $otp_code } is your password reset code for { $app-name }
    .subject-without-code = Your password reset code for { $app-name }
    .title = Reset your password
    .preview =
        { $otp_code } expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Don't share it with anyone.
    .lead = Enter this code to choose a new password for { $app-name }:
    .not-you = If this wasn't you, you can ignore this email. Your password stays as it is.
    .sms =
        { $otp_code } is your password reset code for { $app-name }. It expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Don't share it.

## Links

magic_link_sign_in =
    .subject = Your sign-in link for { $app-name }
    .title = Your sign-in link
    .preview = Open the link to sign in. No password needed.
    .lead = Use this link to sign in to { $app-name }.
    .button = Sign in

magic_link_sign_up =
    .subject = Finish signing up for { $app-name }
    .title = Finish signing up
    .preview = One step left: confirm your email address.
    .lead = Use this link to confirm your email address and finish signing up for { $app-name }.
    .button = Finish signing up

magic_link_user_profile =
    .subject = Confirm your email address for { $app-name }
    .title = Confirm your email address
    .preview = Open the link to confirm that this address is yours.
    .lead = Use this link to confirm that this email address is yours. We'll then add it to your account for { $app-name }.
    .button = Confirm address

## Invitations

# .lead-from: where the name of the person who invites is known; word it without gender.
# .sms: the link comes last; up to 300 characters with it.
invitation =
    .subject = You are invited to join { $app-name }
    .title = You are invited
    .preview = Accept the invitation to create your account.
    .lead = You are invited to join { $app-name }.
    .lead-from = { $inviter_name } invites you to join { $app-name }.
    .button = Accept invitation
    .sms = You are invited to join { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Your spot is ready: join { $app-name }
    .title = Your spot is ready
    .preview = Thank you for waiting. You can create your account now.
    .lead = Thank you for waiting. You can now create your account for { $app-name }.
    .button = Create account

# .lead-from: as in invitation.
organization_invitation =
    .subject = You are invited to join { $org-name }
    .title = You are invited
    .preview = Accept the invitation to become a member.
    .lead = You are invited to join { $org-name } on { $app-name }.
    .lead-from = { $inviter_name } invites you to join { $org-name } on { $app-name }.
    .button = Accept invitation

# $email_address is the person who accepted; word it without gender.
organization_invitation_accepted =
    .subject = { $email_address } is now a member of { $org-name }
    .title = Invitation accepted
    .preview = There's nothing left to do.
    .lead = { $email_address } is now a member of { $org-name } on { $app-name }.
    .button = Open { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = You're on the waitlist for { $app-name }
    .title = You're on the waitlist
    .preview = We'll email you when your spot is ready.
    .lead = Thank you for your interest. We'll email you as soon as your spot is ready.
    .not-you = If you didn't ask for this, you can ignore this email.

## Security notices: what happened, and what to do if it was somebody else

# .sms of all four below: at most 160 characters with a name of 30.

password_changed =
    .subject = Your password for { $app-name } was changed
    .title = Your password was changed
    .preview = If this was you, there's nothing to do.
    .lead = You can sign in with your new password from now on. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Reset your password right away.
    .sms = Your password for { $app-name } was changed. If this wasn't you, reset it right away.

password_removed =
    .subject = Your password for { $app-name } was removed
    .title = Your password was removed
    .preview = If this was you, there's nothing to do.
    .lead = You can no longer sign in with a password. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Sign in and set a new password right away.
    .sms = Your password for { $app-name } was removed. If this wasn't you, sign in and set a new one right away.

passkey_added =
    .subject = A passkey was added to your account for { $app-name }
    .title = A passkey was added
    .preview = If this was you, there's nothing to do.
    .lead = You can now sign in with this passkey. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Sign in and remove the passkey right away.
    .sms = A passkey was added to your account for { $app-name }. If this wasn't you, sign in and remove it right away.

passkey_removed =
    .subject = A passkey was removed from your account for { $app-name }
    .title = A passkey was removed
    .preview = If this was you, there's nothing to do.
    .lead = You can no longer sign in with this passkey. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Sign in and check your passkeys right away.
    .sms = A passkey was removed from your account for { $app-name }. If this wasn't you, sign in and check your account right away.

mfa_enabled =
    .subject = Two-step verification for { $app-name } is on
    .title = Two-step verification is on
    .preview = If this was you, there's nothing to do.
    .lead = You need a second step to sign in from now on. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Reset your password right away.

# .not-you-support: instead of .not-you where an address for help is known.
primary_email_address_changed =
    .subject = Your email address for { $app-name } was changed
    .title = Your email address was changed
    .preview = If this was you, there's nothing to do.
    .lead = Your account has a new primary email address. If this was you, there's nothing to do.
    .not-you = Somebody else may have access to your account. Sign in and check your account right away.
    .not-you-support = Somebody else may have access to your account. Write to { $brand-support_email } right away.

# .not-you-revoke: instead of .not-you where there is a button to sign the device out; the button stands below.
# .support: a link that writes to the address.
new_device_sign_in =
    .subject = New sign-in to { $app-name }
    .title = New sign-in to your account
    .preview = If this was you, there's nothing to do.
    .lead = Your account was used to sign in on a new device. If this was you, there's nothing to do.
    .not-you = Change your password right away.
    .not-you-revoke = Sign out that device and change your password right away.
    .button = Sign out that device
    .support = Need help? Write to { $support_email }

account_locked =
    .subject = Your account for { $app-name } is locked
    .title = Your account is locked
    .preview = There were too many failed attempts to sign in.
    .lead = There were too many failed attempts to sign in. Nobody can sign in to your account for now.
    .not-you = Somebody else may be trying to guess your password. Choose a new one as soon as your account is unlocked.
