# Norwegian Bokmål (nb), informal (du). en.ftl explains the form.

## Stand-ins

no-app-name = tjenesten vår
no-org-name = en organisasjon
no-email_address = En person

## Dates

date-time =
    { $day }. { $month ->
        [1] januar
        [2] februar
        [3] mars
        [4] april
        [5] mai
        [6] juni
        [7] juli
        [8] august
        [9] september
        [10] oktober
        [11] november
       *[12] desember
    } { $year } kl. { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] ett sekund
           *[other] { $count } sekunder
        }
    .minutes =
        { $count ->
            [one] ett minutt
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
           *[other] { $count } dager
        }

## Parts of several mails

code =
    .expires =
        Koden utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }.
    .share = Ikke del koden med noen. Vi kommer aldri til å be deg om den.

link =
    .expires =
        Lenken utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }.
    .not-you = Hvis du ikke har bedt om lenken, må du ikke åpne den. Du kan se bort fra denne e-posten.

button =
    .fallback = Hvis knappen ikke fungerer, kan du kopiere denne adressen til nettleseren:

invite =
    .expires =
        Invitasjonen utløper om { $invitation-expires_in_days ->
            [one] én dag
           *[other] { $invitation-expires_in_days } dager
        }.
    .not-expected = Hvis du ikke forventet denne invitasjonen, kan du se bort fra e-posten.

details =
    .from-at = Forespørselen ble sendt { $requested_at } fra { $requested_from }.
    .from = Forespørselen ble sendt fra { $requested_from }.
    .at = Forespørselen ble sendt { $requested_at }.

device =
    .browser-system = { $browser } på { $system }

device_type =
    .desktop = datamaskin
    .mobile = telefon
    .tablet = nettbrett

sign_in_method =
    .password = passord
    .email_code = kode på e-post
    .email_link = lenke på e-post
    .phone_code = kode på sms
    .passkey = passnøkkel
    .totp = autentiseringsapp
    .backup_code = reservekode
    .enterprise_sso = enkel innlogging (SSO)
    .ticket = engangslenke
    .web3 = kryptolommebok

notice =
    .not-you = Var det ikke deg?

greeting =
    .named = Hei, { $greeting_name }!

label =
    .account = Konto:
    .attempts = Mislykkede forsøk:
    .device = Enhet:
    .location = Sted:
    .lock-length = Låst i:
    .locked-at = Låst fra:
    .locked-until = Låst til:
    .method = Innloggingsmetode:
    .new-address = Ny adresse:
    .passkey = Passnøkkel:
    .requested-from = Forespørsel fra:
    .time = Tidspunkt:

footer =
    .questions = Har du spørsmål? Skriv til { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } er bekreftelseskoden din for { $app-name }
    .subject-without-code = Bekreftelseskoden din for { $app-name }
    .title = Bekreftelseskoden din
    .preview =
        { $otp_code } utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }. Ikke del koden med noen.
    .lead = Skriv inn denne koden for å fortsette til { $app-name }:
    .not-you = Hvis du ikke har bedt om koden, kan du se bort fra denne e-posten. Ingen kan logge inn uten koden.
    .sms =
        { $otp_code } er bekreftelseskoden din for { $app-name }. Den utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }. Ikke del den med noen.

reset_password_code =
    .subject = { $otp_code } er koden din for å tilbakestille passordet på { $app-name }
    .subject-without-code = Koden din for å tilbakestille passordet på { $app-name }
    .title = Tilbakestill passordet ditt
    .preview =
        { $otp_code } utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }. Ikke del koden med noen.
    .lead = Skriv inn denne koden for å velge et nytt passord til { $app-name }:
    .not-you = Hvis du ikke har bedt om koden, kan du se bort fra denne e-posten. Passordet ditt blir ikke endret.
    .sms =
        { $otp_code } er koden din for å tilbakestille passordet på { $app-name }. Den utløper om { $ttl_minutes ->
            [one] ett minutt
           *[other] { $ttl_minutes } minutter
        }. Ikke del den med noen.

## Links

magic_link_sign_in =
    .subject = Innloggingslenken din til { $app-name }
    .title = Innloggingslenken din
    .preview = Åpne lenken for å logge inn. Du trenger ikke passord.
    .lead = Bruk denne lenken til å logge inn på { $app-name }.
    .button = Logg inn

magic_link_sign_up =
    .subject = Fullfør registreringen på { $app-name }
    .title = Fullfør registreringen
    .preview = Bare ett trinn igjen: Bekreft e-postadressen din.
    .lead = Bruk denne lenken til å bekrefte e-postadressen din og fullføre registreringen på { $app-name }.
    .button = Fullfør registreringen

magic_link_user_profile =
    .subject = Bekreft e-postadressen din for { $app-name }
    .title = Bekreft e-postadressen din
    .preview = Åpne lenken for å bekrefte at adressen er din.
    .lead = Bruk denne lenken til å bekrefte at e-postadressen er din. Deretter legger vi den til i kontoen din på { $app-name }.
    .button = Bekreft adressen

## Invitations

invitation =
    .subject = Du er invitert til { $app-name }
    .title = Du er invitert
    .preview = Godta invitasjonen for å opprette kontoen din.
    .lead = Du er invitert til { $app-name }.
    .lead-from = { $inviter_name } har invitert deg til { $app-name }.
    .button = Godta invitasjonen
    .sms = Du er invitert til { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Nå er det plass til deg: Velkommen til { $app-name }
    .title = Nå er det plass til deg
    .preview = Takk for at du ventet. Nå kan du opprette kontoen din.
    .lead = Takk for at du ventet. Nå kan du opprette kontoen din på { $app-name }.
    .button = Opprett konto

organization_invitation =
    .subject = Du er invitert til å bli med i { $org-name }
    .title = Du er invitert
    .preview = Godta invitasjonen for å bli medlem.
    .lead = Du er invitert til å bli med i { $org-name } på { $app-name }.
    .lead-from = { $inviter_name } har invitert deg til å bli med i { $org-name } på { $app-name }.
    .button = Godta invitasjonen

organization_invitation_accepted =
    .subject = { $email_address } er nå medlem av { $org-name }
    .title = Invitasjonen er godtatt
    .preview = Du trenger ikke å gjøre noe mer.
    .lead = { $email_address } er nå medlem av { $org-name } på { $app-name }.
    .button = Åpne { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Du står på ventelisten for { $app-name }
    .title = Du står på ventelisten
    .preview = Vi skriver til deg når det er plass.
    .lead = Takk for interessen. Vi skriver til deg så snart det er plass.
    .not-you = Hvis du ikke har bedt om dette, kan du se bort fra denne e-posten.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Passordet ditt til { $app-name } er endret
    .title = Passordet ditt er endret
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Fra nå av logger du inn med det nye passordet ditt. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Tilbakestill passordet med en gang.
    .sms = Passordet ditt til { $app-name } er endret. Hvis det ikke var deg, må du tilbakestille det med en gang.

password_removed =
    .subject = Passordet ditt til { $app-name } er fjernet
    .title = Passordet ditt er fjernet
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Du kan ikke lenger logge inn med passord. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Logg inn og velg et nytt passord med en gang.
    .sms = Passordet ditt til { $app-name } er fjernet. Hvis det ikke var deg, må du logge inn og velge et nytt med en gang.

passkey_added =
    .subject = En passnøkkel for { $app-name } er lagt til
    .title = En passnøkkel er lagt til
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Du kan nå logge inn med denne passnøkkelen. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Logg inn og fjern passnøkkelen med en gang.
    .sms = En passnøkkel for { $app-name } er lagt til. Hvis det ikke var deg, må du logge inn og fjerne den med en gang.

passkey_removed =
    .subject = En passnøkkel for { $app-name } er fjernet
    .title = En passnøkkel er fjernet
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Du kan ikke lenger logge inn med denne passnøkkelen. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Logg inn og sjekk passnøklene dine med en gang.
    .sms = En passnøkkel for { $app-name } er fjernet. Hvis det ikke var deg, må du logge inn og sjekke kontoen din med en gang.

mfa_enabled =
    .subject = Totrinnsbekreftelse er slått på for { $app-name }
    .title = Totrinnsbekreftelse er slått på
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Fra nå av må du gjennom et ekstra trinn for å logge inn. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Tilbakestill passordet med en gang.

primary_email_address_changed =
    .subject = E-postadressen din for { $app-name } er endret
    .title = E-postadressen din er endret
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Kontoen din har fått en ny primær e-postadresse. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Noen andre kan ha tilgang til kontoen din. Logg inn og sjekk kontoen med en gang.
    .not-you-support = Noen andre kan ha tilgang til kontoen din. Skriv til { $brand-support_email } med en gang.

new_device_sign_in =
    .subject = Ny innlogging på { $app-name }
    .title = Ny innlogging på kontoen din
    .preview = Hvis det var deg, trenger du ikke å gjøre noe.
    .lead = Det ble logget inn på kontoen din fra en ny enhet. Hvis det var deg, trenger du ikke å gjøre noe.
    .not-you = Bytt passord med en gang.
    .not-you-revoke = Logg ut enheten og bytt passord med en gang.
    .button = Logg ut enheten
    .support = Trenger du hjelp? Skriv til { $support_email }

account_locked =
    .subject = Kontoen din på { $app-name } er låst
    .title = Kontoen din er låst
    .preview = Det har vært for mange mislykkede innloggingsforsøk.
    .lead = Det har vært for mange mislykkede innloggingsforsøk. Inntil videre kan ingen logge inn på kontoen din.
    .not-you = Noen andre prøver kanskje å gjette passordet ditt. Velg et nytt så snart kontoen er låst opp.
