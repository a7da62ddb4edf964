# Dutch (nl). en.ftl explains the form.

## Stand-ins

no-app-name = onze app
no-org-name = een organisatie
no-email_address = Iemand

## Dates

date-time =
    { $day } { $month ->
        [1] januari
        [2] februari
        [3] maart
        [4] april
        [5] mei
        [6] juni
        [7] juli
        [8] augustus
        [9] september
        [10] oktober
        [11] november
       *[12] december
    } { $year } om { $time } uur ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] één seconde
           *[other] { $count } seconden
        }
    .minutes =
        { $count ->
            [one] één minuut
           *[other] { $count } minuten
        }
    .hours =
        { $count ->
            [one] één uur
           *[other] { $count } uur
        }
    .days =
        { $count ->
            [one] één dag
           *[other] { $count } dagen
        }

## Parts of several mails

code =
    .expires =
        De code verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }.
    .share = Deel deze code met niemand: wij vragen er nooit om.

link =
    .expires =
        De link verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }.
    .not-you = Was jij dit niet? Open de link dan niet. Je kunt deze e-mail negeren.

button =
    .fallback = Werkt de knop niet? Kopieer dan dit adres naar je browser:

invite =
    .expires =
        De uitnodiging verloopt over { $invitation-expires_in_days ->
            [one] één dag
           *[other] { $invitation-expires_in_days } dagen
        }.
    .not-expected = Had je deze uitnodiging niet verwacht? Dan kun je deze e-mail negeren.

details =
    .from-at = Aangevraagd op { $requested_at } met { $requested_from }.
    .from = Aangevraagd met { $requested_from }.
    .at = Aangevraagd op { $requested_at }.

device =
    .browser-system = { $browser } op { $system }

device_type =
    .desktop = computer
    .mobile = telefoon
    .tablet = tablet

sign_in_method =
    .password = wachtwoord
    .email_code = code per e-mail
    .email_link = link per e-mail
    .phone_code = code per sms
    .passkey = passkey
    .totp = authenticator-app
    .backup_code = back-upcode
    .enterprise_sso = single sign-on
    .ticket = eenmalige link
    .web3 = cryptowallet

notice =
    .not-you = Was jij dit niet?

greeting =
    .named = Hallo { $greeting_name },

label =
    .account = Account:
    .attempts = Mislukte pogingen:
    .device = Apparaat:
    .location = Locatie:
    .lock-length = Duur van de blokkering:
    .locked-at = Geblokkeerd op:
    .locked-until = Geblokkeerd tot:
    .method = Ingelogd met:
    .new-address = Nieuw adres:
    .passkey = Passkey:
    .requested-from = Aangevraagd vanaf:
    .time = Tijdstip:

footer =
    .questions = Vragen? Mail naar { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } is je verificatiecode voor { $app-name }
    .subject-without-code = Je verificatiecode voor { $app-name }
    .title = Je verificatiecode
    .preview =
        { $otp_code } verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }. Deel de code met niemand.
    .lead = Vul deze code in om verder te gaan naar { $app-name }:
    .not-you = Was jij dit niet? Dan kun je deze e-mail negeren. Zonder de code kan niemand inloggen.
    .sms =
        { $otp_code } is je verificatiecode voor { $app-name }. De code verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }. Deel hem met niemand.

reset_password_code =
    .subject = { $otp_code } is je code voor een nieuw wachtwoord bij { $app-name }
    .subject-without-code = Je code voor een nieuw wachtwoord bij { $app-name }
    .title = Stel een nieuw wachtwoord in
    .preview =
        { $otp_code } verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }. Deel de code met niemand.
    .lead = Vul deze code in om een nieuw wachtwoord te kiezen voor { $app-name }:
    .not-you = Was jij dit niet? Dan kun je deze e-mail negeren. Je wachtwoord blijft zoals het is.
    .sms =
        { $otp_code } is je code voor een nieuw wachtwoord bij { $app-name }. De code verloopt over { $ttl_minutes ->
            [one] één minuut
           *[other] { $ttl_minutes } minuten
        }. Deel hem met niemand.

## Links

magic_link_sign_in =
    .subject = Je inloglink voor { $app-name }
    .title = Je inloglink
    .preview = Open de link om in te loggen. Je hebt geen wachtwoord nodig.
    .lead = Met deze link log je in bij { $app-name }.
    .button = Inloggen

magic_link_sign_up =
    .subject = Rond je registratie bij { $app-name } af
    .title = Rond je registratie af
    .preview = Nog één stap: bevestig je e-mailadres.
    .lead = Met deze link bevestig je je e-mailadres en rond je je registratie bij { $app-name } af.
    .button = Registratie afronden

magic_link_user_profile =
    .subject = Bevestig je e-mailadres voor { $app-name }
    .title = Bevestig je e-mailadres
    .preview = Open de link om te bevestigen dat dit adres van jou is.
    .lead = Bevestig met deze link dat dit e-mailadres van jou is. Daarna voegen we het toe aan je account bij { $app-name }.
    .button = Adres bevestigen

## Invitations

invitation =
    .subject = Je bent uitgenodigd voor { $app-name }
    .title = Je bent uitgenodigd
    .preview = Accepteer de uitnodiging om je account aan te maken.
    .lead = Je bent uitgenodigd voor { $app-name }.
    .lead-from = { $inviter_name } heeft je uitgenodigd voor { $app-name }.
    .button = Uitnodiging accepteren
    .sms = Je bent uitgenodigd voor { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Er is plek voor je: welkom bij { $app-name }
    .title = Er is plek voor je
    .preview = Bedankt voor het wachten. Je kunt nu je account aanmaken.
    .lead = Bedankt voor het wachten. Je kunt nu je account bij { $app-name } aanmaken.
    .button = Account aanmaken

organization_invitation =
    .subject = Je bent uitgenodigd om lid te worden van { $org-name }
    .title = Je bent uitgenodigd
    .preview = Accepteer de uitnodiging om lid te worden.
    .lead = Je bent uitgenodigd om lid te worden van { $org-name } op { $app-name }.
    .lead-from = { $inviter_name } heeft je uitgenodigd om lid te worden van { $org-name } op { $app-name }.
    .button = Uitnodiging accepteren

organization_invitation_accepted =
    .subject = { $email_address } is nu lid van { $org-name }
    .title = Uitnodiging geaccepteerd
    .preview = Je hoeft niets meer te doen.
    .lead = { $email_address } is nu lid van { $org-name } op { $app-name }.
    .button = Naar { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Je staat op de wachtlijst voor { $app-name }
    .title = Je staat op de wachtlijst
    .preview = We mailen je als er plek voor je is.
    .lead = Bedankt voor je interesse. We mailen je zodra er plek voor je is.
    .not-you = Heb je je niet zelf aangemeld? Dan kun je deze e-mail negeren.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Je wachtwoord voor { $app-name } is gewijzigd
    .title = Je wachtwoord is gewijzigd
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Je kunt vanaf nu inloggen met je nieuwe wachtwoord. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Stel meteen een nieuw wachtwoord in.
    .sms = Je wachtwoord voor { $app-name } is gewijzigd. Was jij dit niet? Stel dan meteen een nieuw wachtwoord in.

password_removed =
    .subject = Je wachtwoord voor { $app-name } is verwijderd
    .title = Je wachtwoord is verwijderd
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Je kunt niet meer inloggen met een wachtwoord. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Log in en stel meteen een nieuw wachtwoord in.
    .sms = Je wachtwoord voor { $app-name } is verwijderd. Was jij dit niet? Log dan in en stel meteen een nieuw wachtwoord in.

passkey_added =
    .subject = Er is een passkey voor { $app-name } toegevoegd
    .title = Er is een passkey toegevoegd
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Je kunt nu inloggen met deze passkey. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Log in en verwijder de passkey meteen.
    .sms = Er is een passkey voor { $app-name } toegevoegd. Was jij dit niet? Log dan in en verwijder hem meteen.

passkey_removed =
    .subject = Er is een passkey voor { $app-name } verwijderd
    .title = Er is een passkey verwijderd
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Je kunt niet meer inloggen met deze passkey. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Log in en controleer meteen je passkeys.
    .sms = Er is een passkey voor { $app-name } verwijderd. Was jij dit niet? Log dan in en controleer meteen je account.

mfa_enabled =
    .subject = Tweestapsverificatie voor { $app-name } staat aan
    .title = Tweestapsverificatie staat aan
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Vanaf nu log je in met een extra stap. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Stel meteen een nieuw wachtwoord in.

primary_email_address_changed =
    .subject = Je e-mailadres voor { $app-name } is gewijzigd
    .title = Je e-mailadres is gewijzigd
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Je account heeft een nieuw primair e-mailadres. Was jij dit? Dan hoef je niets te doen.
    .not-you = Iemand anders heeft misschien toegang tot je account. Log in en controleer meteen je account.
    .not-you-support = Iemand anders heeft misschien toegang tot je account. Mail meteen naar { $brand-support_email }.

new_device_sign_in =
    .subject = Nieuw apparaat ingelogd bij { $app-name }
    .title = Nieuw apparaat ingelogd op je account
    .preview = Was jij dit? Dan hoef je niets te doen.
    .lead = Er is met een nieuw apparaat ingelogd op je account. Was jij dit? Dan hoef je niets te doen.
    .not-you = Wijzig meteen je wachtwoord.
    .not-you-revoke = Log het apparaat uit en wijzig meteen je wachtwoord.
    .button = Apparaat uitloggen
    .support = Hulp nodig? Mail naar { $support_email }

account_locked =
    .subject = Je account bij { $app-name } is geblokkeerd
    .title = Je account is geblokkeerd
    .preview = Er waren te veel mislukte inlogpogingen.
    .lead = Er waren te veel mislukte inlogpogingen. Voorlopig kan niemand inloggen op je account.
    .not-you = Iemand anders probeert misschien je wachtwoord te raden. Kies een nieuw wachtwoord zodra je account niet meer geblokkeerd is.
