# Danish (da), informal (du). en.ftl explains the form.

## Stand-ins

no-app-name = vores tjeneste
no-org-name = en organisation
no-email_address = En person

## Dates

date-time =
    { $day }. { $month ->
        [1] januar
        [2] februar
        [3] marts
        [4] april
        [5] maj
        [6] juni
        [7] juli
        [8] august
        [9] september
        [10] oktober
        [11] november
       *[12] december
    } { $year } kl. { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] ét sekund
           *[other] { $count } sekunder
        }
    .minutes =
        { $count ->
            [one] ét minut
           *[other] { $count } minutter
        }
    .hours =
        { $count ->
            [one] én time
           *[other] { $count } timer
        }
    .days =
        { $count ->
            [one] én dag
           *[other] { $count } dage
        }

## Parts of several mails

code =
    .expires =
        Koden udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }.
    .share = Del ikke koden med nogen. Vi beder dig aldrig om den.

link =
    .expires =
        Linket udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }.
    .not-you = Hvis du ikke har bedt om linket, skal du ikke åbne det. Du kan se bort fra denne mail.

button =
    .fallback = Hvis knappen ikke virker, kan du kopiere denne adresse til din browser:

invite =
    .expires =
        Invitationen udløber om { $invitation-expires_in_days ->
            [one] én dag
           *[other] { $invitation-expires_in_days } dage
        }.
    .not-expected = Hvis du ikke havde forventet denne invitation, kan du se bort fra mailen.

details =
    .from-at = Anmodningen blev sendt den { $requested_at } fra { $requested_from }.
    .from = Anmodningen blev sendt fra { $requested_from }.
    .at = Anmodningen blev sendt den { $requested_at }.

device =
    .browser-system = { $browser } på { $system }

device_type =
    .desktop = computer
    .mobile = telefon
    .tablet = tablet

sign_in_method =
    .password = adgangskode
    .email_code = kode via mail
    .email_link = link via mail
    .phone_code = kode via sms
    .passkey = adgangsnøgle
    .totp = godkendelsesapp
    .backup_code = backupkode
    .enterprise_sso = single sign-on (SSO)
    .ticket = engangslink
    .web3 = kryptowallet

notice =
    .not-you = Var det ikke dig?

greeting =
    .named = Hej { $greeting_name }

label =
    .account = Konto:
    .attempts = Mislykkede forsøg:
    .device = Enhed:
    .location = Sted:
    .lock-length = Låst i:
    .locked-at = Låst den:
    .locked-until = Låst indtil:
    .method = Loginmetode:
    .new-address = Ny adresse:
    .passkey = Adgangsnøgle:
    .requested-from = Anmodning fra:
    .time = Tidspunkt:

footer =
    .questions = Har du spørgsmål? Skriv til { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } er din bekræftelseskode til { $app-name }
    .subject-without-code = Din bekræftelseskode til { $app-name }
    .title = Din bekræftelseskode
    .preview =
        { $otp_code } udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }. Del ikke koden med nogen.
    .lead = Indtast denne kode for at fortsætte til { $app-name }:
    .not-you = Hvis du ikke har bedt om koden, kan du se bort fra denne mail. Ingen kan logge ind uden koden.
    .sms =
        { $otp_code } er din bekræftelseskode til { $app-name }. Den udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }. Del den ikke med nogen.

reset_password_code =
    .subject = { $otp_code } er din kode til at nulstille adgangskoden til { $app-name }
    .subject-without-code = Din kode til at nulstille adgangskoden til { $app-name }
    .title = Nulstil din adgangskode
    .preview =
        { $otp_code } udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }. Del ikke koden med nogen.
    .lead = Indtast denne kode for at vælge en ny adgangskode til { $app-name }:
    .not-you = Hvis du ikke har bedt om koden, kan du se bort fra denne mail. Din adgangskode bliver ikke ændret.
    .sms =
        { $otp_code } er din kode til at nulstille adgangskoden til { $app-name }. Den udløber om { $ttl_minutes ->
            [one] ét minut
           *[other] { $ttl_minutes } minutter
        }. Del den ikke med nogen.

## Links

magic_link_sign_in =
    .subject = Dit loginlink til { $app-name }
    .title = Dit loginlink
    .preview = Åbn linket for at logge ind. Du behøver ingen adgangskode.
    .lead = Brug dette link til at logge ind på { $app-name }.
    .button = Log ind

magic_link_sign_up =
    .subject = Fuldfør din registrering på { $app-name }
    .title = Fuldfør din registrering
    .preview = Kun ét trin tilbage: Bekræft din mailadresse.
    .lead = Brug dette link til at bekræfte din mailadresse og fuldføre din registrering på { $app-name }.
    .button = Fuldfør registreringen

magic_link_user_profile =
    .subject = Bekræft din mailadresse på { $app-name }
    .title = Bekræft din mailadresse
    .preview = Åbn linket for at bekræfte, at adressen er din.
    .lead = Brug dette link til at bekræfte, at denne mailadresse er din. Derefter føjer vi den til din konto på { $app-name }.
    .button = Bekræft adressen

## Invitations

invitation =
    .subject = Du er inviteret til { $app-name }
    .title = Du er inviteret
    .preview = Accepter invitationen for at oprette din konto.
    .lead = Du er inviteret til { $app-name }.
    .lead-from = { $inviter_name } har inviteret dig til { $app-name }.
    .button = Accepter invitationen
    .sms = Du er inviteret til { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Nu er der plads til dig: Velkommen til { $app-name }
    .title = Nu er der plads til dig
    .preview = Tak for din tålmodighed. Nu kan du oprette din konto.
    .lead = Tak for din tålmodighed. Nu kan du oprette din konto på { $app-name }.
    .button = Opret konto

organization_invitation =
    .subject = Du er inviteret til at blive medlem af { $org-name }
    .title = Du er inviteret
    .preview = Accepter invitationen for at blive medlem.
    .lead = Du er inviteret til at blive medlem af { $org-name } på { $app-name }.
    .lead-from = { $inviter_name } har inviteret dig til at blive medlem af { $org-name } på { $app-name }.
    .button = Accepter invitationen

organization_invitation_accepted =
    .subject = { $email_address } er nu medlem af { $org-name }
    .title = Invitationen er accepteret
    .preview = Du behøver ikke gøre mere.
    .lead = { $email_address } er nu medlem af { $org-name } på { $app-name }.
    .button = Åbn { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Du er på ventelisten til { $app-name }
    .title = Du er på ventelisten
    .preview = Vi skriver til dig, når der er plads.
    .lead = Tak for din interesse. Vi skriver til dig, så snart der er plads.
    .not-you = Hvis du ikke har bedt om dette, kan du se bort fra denne mail.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Din adgangskode til { $app-name } er blevet ændret
    .title = Din adgangskode er blevet ændret
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Fra nu af logger du ind med din nye adgangskode. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Nulstil straks din adgangskode.
    .sms = Din adgangskode til { $app-name } er blevet ændret. Hvis det ikke var dig, skal du straks nulstille den.

password_removed =
    .subject = Din adgangskode til { $app-name } er blevet fjernet
    .title = Din adgangskode er blevet fjernet
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Du kan ikke længere logge ind med en adgangskode. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Log straks ind, og vælg en ny adgangskode.
    .sms = Din adgangskode til { $app-name } er blevet fjernet. Hvis det ikke var dig, skal du straks logge ind og vælge en ny.

passkey_added =
    .subject = En adgangsnøgle til { $app-name } er blevet tilføjet
    .title = En adgangsnøgle er blevet tilføjet
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Nu kan du logge ind med denne adgangsnøgle. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Log straks ind, og fjern adgangsnøglen.
    .sms = En adgangsnøgle til { $app-name } er blevet tilføjet. Hvis det ikke var dig, skal du straks logge ind og fjerne den.

passkey_removed =
    .subject = En adgangsnøgle til { $app-name } er blevet fjernet
    .title = En adgangsnøgle er blevet fjernet
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Du kan ikke længere logge ind med denne adgangsnøgle. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Log straks ind, og tjek dine adgangsnøgler.
    .sms = En adgangsnøgle til { $app-name } er blevet fjernet. Hvis det ikke var dig, skal du straks logge ind og tjekke din konto.

mfa_enabled =
    .subject = Totrinsbekræftelse er slået til på { $app-name }
    .title = Totrinsbekræftelse er slået til
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Fra nu af skal du igennem et ekstra trin for at logge ind. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Nulstil straks din adgangskode.

primary_email_address_changed =
    .subject = Din mailadresse på { $app-name } er blevet ændret
    .title = Din mailadresse er blevet ændret
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Din konto har fået en ny primær mailadresse. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = En anden kan have adgang til din konto. Log straks ind, og tjek din konto.
    .not-you-support = En anden kan have adgang til din konto. Skriv straks til { $brand-support_email }.

new_device_sign_in =
    .subject = Nyt login på { $app-name }
    .title = Nyt login på din konto
    .preview = Hvis det var dig, behøver du ikke gøre noget.
    .lead = Der blev logget ind på din konto fra en ny enhed. Hvis det var dig, behøver du ikke gøre noget.
    .not-you = Skift straks din adgangskode.
    .not-you-revoke = Log enheden ud, og skift straks din adgangskode.
    .button = Log enheden ud
    .support = Brug for hjælp? Skriv til { $support_email }

account_locked =
    .subject = Din konto på { $app-name } er låst
    .title = Din konto er låst
    .preview = Der har været for mange mislykkede loginforsøg.
    .lead = Der har været for mange mislykkede loginforsøg. Indtil videre kan ingen logge ind på din konto.
    .not-you = En anden forsøger måske at gætte din adgangskode. Vælg en ny, så snart din konto er låst op.
