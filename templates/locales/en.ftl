# English: every word of the mails and text messages.
#
# This is Project Fluent (https://projectfluent.org). To add a language, copy this file to `<BCP 47 tag>.ftl`
# (`de.ftl`, `pt-BR.ftl`) and translate what stands after the `=`. What is missing there is taken from here.
#
# - A message is named as the mail or text message that it belongs to (`verification_code`), or as the part that
#   several share (`footer`). Its attributes are the strings: `.subject` of the mail, `.title` above its text,
#   `.preview` after the subject in an inbox, `.lead` the first sentence, `.button`, `.not-you` what to do if
#   somebody else did it, `.sms` the whole text message.
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

# $day, $month: numbers. $year: `2026`. $time: `14:07`. The time is UTC; say so.
date-time =
    { $day } { $month ->
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
    } { $year }, { $time } UTC

## Parts of several mails

# Below a code.
code =
    .expires =
        It expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }.
    .share = Do not share it with anyone: we will never ask you for it.

# Mails with a link to sign in, sign up or confirm an address.
link =
    .expires =
        The link expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }.
    .not-you = If this was not you, do not open the link. You can ignore this email.

# Between a button and the address that it opens.
button =
    .fallback = If the button does not work, copy this address into your browser:

# Invitations of all kinds.
invite =
    .expires =
        The invitation expires in { $invitation-expires_in_days ->
            [one] one day
           *[other] { $invitation-expires_in_days } days
        }.
    .not-expected = If you did not expect this invitation, you can ignore this email.

# Who asked for the mail. $requested_from is a device (`Firefox, Linux`), $requested_at a date-time from above.
details =
    .from-at = Requested on { $requested_at } from { $requested_from }.
    .from = Requested from { $requested_from }.
    .at = Requested on { $requested_at }.

# The first line of a notice.
greeting =
    .named = Hello { $greeting_name },

# What stands before a value in a small table; in text mails on the same line. With a colon, as your language writes it.
label =
    .account = Account:
    .attempts = Failed attempts:
    .browser = Browser:
    .device = Device:
    .ip-address = IP address:
    .location = Location:
    .lock-length = Locked for:
    .locked-at = Locked on:
    .locked-until = Locked until:
    .method = Signed in with:
    .new-address = New address:
    .passkey = Passkey:
    .system = System:
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
    .title = Your verification code
    .preview =
        { $otp_code } expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Do not share it with anyone.
    .lead = Enter this code to continue to { $app-name }:
    .not-you = If this was not you, you can ignore this email. Nobody gets in without the code.
    .sms =
        { $otp_code } is your verification code for { $app-name }. It expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Do not share it.

# As verification_code.
reset_password_code =
    .subject = { $otp_code } is your password reset code for { $app-name }
    .title = Reset your password
    .preview =
        { $otp_code } expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Do not share it with anyone.
    .lead = Enter this code to choose a new password for { $app-name }:
    .not-you = If this was not you, you can ignore this email. Your password stays as it is.
    .sms =
        { $otp_code } is your password reset code for { $app-name }. It expires in { $ttl_minutes ->
            [one] one minute
           *[other] { $ttl_minutes } minutes
        }. Do not share it.

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
    .lead = Use this link to confirm that this email address is yours. It is then added to your account for { $app-name }.
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
    .subject = Your place is ready: join { $app-name }
    .title = Your place is ready
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
    .preview = There is nothing left to do.
    .lead = { $email_address } is now a member of { $org-name } on { $app-name }.
    .button = Open { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = You are on the waitlist for { $app-name }
    .title = You are on the waitlist
    .preview = We will write to you when your place is ready.
    .lead = Thank you for your interest. We will write to you as soon as your place is ready.
    .not-you = If you did not ask for this, you can ignore this email.

## Security notices: what happened, and what to do if it was somebody else

# .sms of all four below: at most 160 characters with a name of 30.

password_changed =
    .subject = Your password for { $app-name } was changed
    .title = Your password was changed
    .preview = If this was you, there is nothing to do.
    .lead = You can sign in with your new password from now on. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Reset your password at once.
    .sms = Your password for { $app-name } was changed. If this was not you, reset it at once.

password_removed =
    .subject = Your password for { $app-name } was removed
    .title = Your password was removed
    .preview = If this was you, there is nothing to do.
    .lead = You can no longer sign in with a password. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Sign in and set a new password at once.
    .sms = Your password for { $app-name } was removed. If this was not you, sign in and set a new one at once.

passkey_added =
    .subject = A passkey for { $app-name } was added
    .title = A passkey was added
    .preview = If this was you, there is nothing to do.
    .lead = You can now sign in with this passkey. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Sign in and remove the passkey at once.
    .sms = A passkey for { $app-name } was added. If this was not you, sign in and remove it at once.

passkey_removed =
    .subject = A passkey for { $app-name } was removed
    .title = A passkey was removed
    .preview = If this was you, there is nothing to do.
    .lead = You can no longer sign in with this passkey. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Sign in and check your passkeys at once.
    .sms = A passkey for { $app-name } was removed. If this was not you, sign in and check your account at once.

mfa_enabled =
    .subject = Two-step verification for { $app-name } is on
    .title = Two-step verification is on
    .preview = If this was you, there is nothing to do.
    .lead = You need a second step to sign in from now on. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Reset your password at once.

primary_email_address_changed =
    .subject = Your email address for { $app-name } was changed
    .title = Your email address was changed
    .preview = If this was you, there is nothing to do.
    .lead = Your account has a new primary email address. If this was you, there is nothing to do.
    .not-you = If this was not you, somebody else may have access to your account. Tell us at once.

# .not-you-revoke: instead of .not-you where there is a button to sign the device out; it stands below.
# .support: a link that writes to the address.
new_device_sign_in =
    .subject = New sign-in to { $app-name }
    .title = New sign-in to your account
    .preview = If this was you, there is nothing to do.
    .lead = Your account was used to sign in on a new device. If this was you, there is nothing to do.
    .not-you = If this was not you, change your password at once.
    .not-you-revoke = If this was not you, sign the device out and change your password at once.
    .button = Sign out the device
    .support = Need help? Write to { $support_email }

account_locked =
    .subject = Your account for { $app-name } is locked
    .title = Your account is locked
    .preview = There were too many failed attempts to sign in.
    .lead = There were too many failed attempts to sign in. Nobody can sign in to your account for now.
    .not-you = If this was not you, somebody else may be guessing your password. Choose a new one as soon as your account is unlocked.
