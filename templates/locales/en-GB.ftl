# British English (en-GB). en.ftl explains the form. Only what differs from en.ftl; the rest comes from there.

## Stand-ins

no-org-name = an organisation

## Dates

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
    } { $year } at { $time } { $zone }

## Invitations

waitlist_invitation =
    .subject = Your place is ready: join { $app-name }
    .title = Your place is ready
    .preview = Thank you for waiting. You can create your account now.
    .lead = Thank you for waiting. You can now create your account for { $app-name }.
    .button = Create account

## Waitlist

waitlist_confirmation =
    .subject = You're on the waiting list for { $app-name }
    .title = You're on the waiting list
    .preview = We'll email you when your place is ready.
    .lead = Thank you for your interest. We'll email you as soon as your place is ready.
    .not-you = If you didn't ask for this, you can ignore this email.
