# German (de), informal (du). en.ftl explains the form.

## Stand-ins

no-app-name = unserer App
no-org-name = einer Organisation
no-email_address = Jemand

## Dates

date-time =
    { $day }. { $month ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    } { $year } um { $time } Uhr ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] eine Sekunde
           *[other] { $count } Sekunden
        }
    .minutes =
        { $count ->
            [one] eine Minute
           *[other] { $count } Minuten
        }
    .hours =
        { $count ->
            [one] eine Stunde
           *[other] { $count } Stunden
        }
    .days =
        { $count ->
            [one] ein Tag
           *[other] { $count } Tage
        }

## Parts of several mails

code =
    .expires =
        Der Code läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab.
    .share = Gib den Code nicht weiter: Wir fragen dich nie danach.

link =
    .expires =
        Der Link läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab.
    .not-you = Wenn du das nicht warst, öffne den Link nicht. Du kannst diese E-Mail ignorieren.

button =
    .fallback = Falls der Button nicht funktioniert, kopiere diese Adresse in deinen Browser:

invite =
    .expires =
        Die Einladung läuft in { $invitation-expires_in_days ->
            [one] einem Tag
           *[other] { $invitation-expires_in_days } Tagen
        } ab.
    .not-expected = Wenn du diese Einladung nicht erwartet hast, kannst du diese E-Mail ignorieren.

details =
    .from-at = Angefordert am { $requested_at } mit { $requested_from }.
    .from = Angefordert mit { $requested_from }.
    .at = Angefordert am { $requested_at }.

device =
    .browser-system = { $browser } unter { $system }

device_type =
    .desktop = Computer
    .mobile = Smartphone
    .tablet = Tablet

sign_in_method =
    .password = Passwort
    .email_code = Code per E-Mail
    .email_link = Link per E-Mail
    .phone_code = Code per SMS
    .passkey = Passkey
    .totp = Authenticator-App
    .backup_code = Backup-Code
    .enterprise_sso = Single Sign-on
    .ticket = Einmallink
    .web3 = Krypto-Wallet

notice =
    .not-you = Du warst das nicht?

greeting =
    .named = Hallo { $greeting_name }!

label =
    .account = Konto:
    .attempts = Fehlversuche:
    .device = Gerät:
    .location = Ort:
    .lock-length = Dauer der Sperre:
    .locked-at = Gesperrt am:
    .locked-until = Gesperrt bis:
    .method = Angemeldet mit:
    .new-address = Neue Adresse:
    .passkey = Passkey:
    .requested-from = Angefordert von:
    .time = Zeitpunkt:

footer =
    .questions = Fragen? Schreib an { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } ist dein Bestätigungscode von { $app-name }
    .subject-without-code = Dein Bestätigungscode von { $app-name }
    .title = Dein Bestätigungscode
    .preview =
        { $otp_code } läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Gib den Code nicht weiter.
    .lead = Gib diesen Code ein, um bei { $app-name } fortzufahren:
    .not-you = Wenn du das nicht warst, kannst du diese E-Mail ignorieren. Ohne den Code kann sich niemand anmelden.
    .sms =
        { $otp_code } ist dein Bestätigungscode von { $app-name }. Er läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Gib ihn nicht weiter.

reset_password_code =
    .subject = { $otp_code } ist dein Code für ein neues Passwort bei { $app-name }
    .subject-without-code = Dein Code für ein neues Passwort bei { $app-name }
    .title = Passwort zurücksetzen
    .preview =
        { $otp_code } läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Gib den Code nicht weiter.
    .lead = Gib diesen Code ein, um ein neues Passwort bei { $app-name } festzulegen:
    .not-you = Wenn du das nicht warst, kannst du diese E-Mail ignorieren. Dein Passwort bleibt unverändert.
    .sms =
        { $otp_code } ist dein Code für ein neues Passwort bei { $app-name }. Er läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Gib ihn nicht weiter.

## Links

magic_link_sign_in =
    .subject = Dein Link zur Anmeldung bei { $app-name }
    .title = Dein Anmeldelink
    .preview = Öffne den Link, um dich anzumelden. Du brauchst kein Passwort.
    .lead = Mit diesem Link meldest du dich bei { $app-name } an.
    .button = Anmelden

magic_link_sign_up =
    .subject = Schließe deine Registrierung bei { $app-name } ab
    .title = Schließe deine Registrierung ab
    .preview = Nur noch ein Schritt: Bestätige deine E-Mail-Adresse.
    .lead = Mit diesem Link bestätigst du deine E-Mail-Adresse und schließt deine Registrierung bei { $app-name } ab.
    .button = Registrierung abschließen

magic_link_user_profile =
    .subject = Bestätige deine E-Mail-Adresse bei { $app-name }
    .title = Bestätige deine E-Mail-Adresse
    .preview = Öffne den Link, um zu bestätigen, dass diese Adresse dir gehört.
    .lead = Bestätige mit diesem Link, dass diese E-Mail-Adresse dir gehört. Danach fügen wir sie deinem Konto bei { $app-name } hinzu.
    .button = Adresse bestätigen

## Invitations

invitation =
    .subject = Du wurdest zu { $app-name } eingeladen
    .title = Du wurdest eingeladen
    .preview = Nimm die Einladung an, um dein Konto zu erstellen.
    .lead = Du wurdest zu { $app-name } eingeladen.
    .lead-from = { $inviter_name } lädt dich zu { $app-name } ein.
    .button = Einladung annehmen
    .sms = Du wurdest zu { $app-name } eingeladen: { $action_url }

waitlist_invitation =
    .subject = Für dich ist ein Platz frei: willkommen bei { $app-name }
    .title = Für dich ist ein Platz frei
    .preview = Danke fürs Warten. Du kannst jetzt dein Konto erstellen.
    .lead = Danke fürs Warten. Du kannst jetzt dein Konto bei { $app-name } erstellen.
    .button = Konto erstellen

organization_invitation =
    .subject = Du wurdest zu { $org-name } eingeladen
    .title = Du wurdest eingeladen
    .preview = Nimm die Einladung an, um Mitglied zu werden.
    .lead = Du wurdest bei { $app-name } eingeladen, Mitglied von { $org-name } zu werden.
    .lead-from = { $inviter_name } lädt dich bei { $app-name } ein, Mitglied von { $org-name } zu werden.
    .button = Einladung annehmen

organization_invitation_accepted =
    .subject = { $email_address } ist jetzt Mitglied von { $org-name }
    .title = Einladung angenommen
    .preview = Du musst nichts weiter tun.
    .lead = { $email_address } ist jetzt bei { $app-name } Mitglied von { $org-name }.
    .button = Weiter zu { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Du stehst auf der Warteliste von { $app-name }
    .title = Du stehst auf der Warteliste
    .preview = Wir schreiben dir, wenn ein Platz für dich frei ist.
    .lead = Danke für dein Interesse. Wir schreiben dir, sobald ein Platz für dich frei ist.
    .not-you = Wenn du das nicht angefordert hast, kannst du diese E-Mail ignorieren.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Dein Passwort bei { $app-name } wurde geändert
    .title = Dein Passwort wurde geändert
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Ab jetzt kannst du dich mit deinem neuen Passwort anmelden. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Setze dein Passwort sofort zurück.
    .sms = Dein Passwort bei { $app-name } wurde geändert. Wenn du das nicht warst, setze es sofort zurück.

password_removed =
    .subject = Dein Passwort bei { $app-name } wurde entfernt
    .title = Dein Passwort wurde entfernt
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Du kannst dich nicht mehr mit einem Passwort anmelden. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Melde dich an und lege sofort ein neues Passwort fest.
    .sms = Dein Passwort bei { $app-name } wurde entfernt. Wenn du das nicht warst, melde dich an und lege sofort ein neues fest.

passkey_added =
    .subject = Neuer Passkey bei { $app-name } hinzugefügt
    .title = Neuer Passkey hinzugefügt
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Du kannst dich jetzt mit diesem Passkey anmelden. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Melde dich an und entferne den Passkey sofort.
    .sms = Bei { $app-name } wurde ein Passkey hinzugefügt. Wenn du das nicht warst, melde dich an und entferne ihn sofort.

passkey_removed =
    .subject = Passkey bei { $app-name } entfernt
    .title = Passkey entfernt
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Du kannst dich mit diesem Passkey nicht mehr anmelden. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Melde dich an und prüfe sofort deine Passkeys.
    .sms = Bei { $app-name } wurde ein Passkey entfernt. Wenn du das nicht warst, melde dich an und prüfe sofort dein Konto.

mfa_enabled =
    .subject = Zwei-Faktor-Authentifizierung bei { $app-name } aktiviert
    .title = Zwei-Faktor-Authentifizierung aktiviert
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Ab jetzt brauchst du zum Anmelden einen zweiten Schritt. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Setze dein Passwort sofort zurück.

primary_email_address_changed =
    .subject = Deine E-Mail-Adresse bei { $app-name } wurde geändert
    .title = Deine E-Mail-Adresse wurde geändert
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = Dein Konto hat eine neue primäre E-Mail-Adresse. Wenn du das warst, musst du nichts tun.
    .not-you = Vielleicht hat jemand anderes Zugriff auf dein Konto. Melde dich an und prüfe sofort dein Konto.
    .not-you-support = Vielleicht hat jemand anderes Zugriff auf dein Konto. Schreib sofort an { $brand-support_email }.

new_device_sign_in =
    .subject = Neue Anmeldung bei { $app-name }
    .title = Neue Anmeldung in deinem Konto
    .preview = Wenn du das warst, musst du nichts tun.
    .lead = In deinem Konto gab es eine Anmeldung auf einem neuen Gerät. Wenn du das warst, musst du nichts tun.
    .not-you = Ändere sofort dein Passwort.
    .not-you-revoke = Melde das Gerät ab und ändere sofort dein Passwort.
    .button = Gerät abmelden
    .support = Brauchst du Hilfe? Schreib an { $support_email }

account_locked =
    .subject = Dein Konto bei { $app-name } ist gesperrt
    .title = Dein Konto ist gesperrt
    .preview = Es gab zu viele fehlgeschlagene Anmeldeversuche.
    .lead = Es gab zu viele fehlgeschlagene Anmeldeversuche. Vorerst kann sich niemand in deinem Konto anmelden.
    .not-you = Vielleicht versucht jemand, dein Passwort zu erraten. Lege ein neues fest, sobald dein Konto entsperrt ist.
