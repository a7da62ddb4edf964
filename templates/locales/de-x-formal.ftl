# German (de-x-formal), formal (Sie). What is missing here comes from de.ftl. en.ftl explains the form.

## Parts of several mails

code =
    .expires =
        Der Code läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab.
    .share = Geben Sie den Code nicht weiter: Wir fragen Sie nie danach.

link =
    .expires =
        Der Link läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab.
    .not-you = Wenn Sie das nicht waren, öffnen Sie den Link nicht. Sie können diese E-Mail ignorieren.

button =
    .fallback = Falls der Button nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:

invite =
    .expires =
        Die Einladung läuft in { $invitation-expires_in_days ->
            [one] einem Tag
           *[other] { $invitation-expires_in_days } Tagen
        } ab.
    .not-expected = Wenn Sie diese Einladung nicht erwartet haben, können Sie diese E-Mail ignorieren.

notice =
    .not-you = Sie waren das nicht?

greeting =
    .named = Guten Tag, { $greeting_name }!

footer =
    .questions = Fragen? Schreiben Sie an { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } ist Ihr Bestätigungscode von { $app-name }
    .subject-without-code = Ihr Bestätigungscode von { $app-name }
    .title = Ihr Bestätigungscode
    .preview =
        { $otp_code } läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Geben Sie den Code nicht weiter.
    .lead = Geben Sie diesen Code ein, um bei { $app-name } fortzufahren:
    .not-you = Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren. Ohne den Code kann sich niemand anmelden.
    .sms =
        { $otp_code } ist Ihr Bestätigungscode von { $app-name }. Er läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Geben Sie ihn nicht weiter.

reset_password_code =
    .subject = { $otp_code } ist Ihr Code für ein neues Passwort bei { $app-name }
    .subject-without-code = Ihr Code für ein neues Passwort bei { $app-name }
    .title = Passwort zurücksetzen
    .preview =
        { $otp_code } läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Geben Sie den Code nicht weiter.
    .lead = Geben Sie diesen Code ein, um ein neues Passwort bei { $app-name } festzulegen:
    .not-you = Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren. Ihr Passwort bleibt unverändert.
    .sms =
        { $otp_code } ist Ihr Code für ein neues Passwort bei { $app-name }. Er läuft in { $ttl_minutes ->
            [one] einer Minute
           *[other] { $ttl_minutes } Minuten
        } ab. Geben Sie ihn nicht weiter.

## Links

magic_link_sign_in =
    .subject = Ihr Link zur Anmeldung bei { $app-name }
    .title = Ihr Anmeldelink
    .preview = Öffnen Sie den Link, um sich anzumelden. Sie brauchen kein Passwort.
    .lead = Mit diesem Link melden Sie sich bei { $app-name } an.
    .button = Anmelden

magic_link_sign_up =
    .subject = Schließen Sie Ihre Registrierung bei { $app-name } ab
    .title = Schließen Sie Ihre Registrierung ab
    .preview = Nur noch ein Schritt: Bestätigen Sie Ihre E-Mail-Adresse.
    .lead = Mit diesem Link bestätigen Sie Ihre E-Mail-Adresse und schließen Ihre Registrierung bei { $app-name } ab.
    .button = Registrierung abschließen

magic_link_user_profile =
    .subject = Bestätigen Sie Ihre E-Mail-Adresse bei { $app-name }
    .title = Bestätigen Sie Ihre E-Mail-Adresse
    .preview = Öffnen Sie den Link, um zu bestätigen, dass diese Adresse Ihnen gehört.
    .lead = Bestätigen Sie mit diesem Link, dass diese E-Mail-Adresse Ihnen gehört. Danach fügen wir sie Ihrem Konto bei { $app-name } hinzu.
    .button = Adresse bestätigen

## Invitations

invitation =
    .subject = Sie wurden zu { $app-name } eingeladen
    .title = Sie wurden eingeladen
    .preview = Nehmen Sie die Einladung an, um Ihr Konto zu erstellen.
    .lead = Sie wurden zu { $app-name } eingeladen.
    .lead-from = { $inviter_name } lädt Sie zu { $app-name } ein.
    .button = Einladung annehmen
    .sms = Sie wurden zu { $app-name } eingeladen: { $action_url }

waitlist_invitation =
    .subject = Für Sie ist ein Platz frei: willkommen bei { $app-name }
    .title = Für Sie ist ein Platz frei
    .preview = Vielen Dank für Ihre Geduld. Sie können jetzt Ihr Konto erstellen.
    .lead = Vielen Dank für Ihre Geduld. Sie können jetzt Ihr Konto bei { $app-name } erstellen.
    .button = Konto erstellen

organization_invitation =
    .subject = Sie wurden zu { $org-name } eingeladen
    .title = Sie wurden eingeladen
    .preview = Nehmen Sie die Einladung an, um Mitglied zu werden.
    .lead = Sie wurden bei { $app-name } eingeladen, Mitglied von { $org-name } zu werden.
    .lead-from = { $inviter_name } lädt Sie bei { $app-name } ein, Mitglied von { $org-name } zu werden.
    .button = Einladung annehmen

organization_invitation_accepted =
    .subject = { $email_address } ist jetzt Mitglied von { $org-name }
    .title = Einladung angenommen
    .preview = Sie müssen nichts weiter tun.
    .lead = { $email_address } ist jetzt bei { $app-name } Mitglied von { $org-name }.
    .button = Weiter zu { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Sie stehen auf der Warteliste von { $app-name }
    .title = Sie stehen auf der Warteliste
    .preview = Wir schreiben Ihnen, wenn ein Platz für Sie frei ist.
    .lead = Vielen Dank für Ihr Interesse. Wir schreiben Ihnen, sobald ein Platz für Sie frei ist.
    .not-you = Wenn Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Ihr Passwort bei { $app-name } wurde geändert
    .title = Ihr Passwort wurde geändert
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Ab jetzt können Sie sich mit Ihrem neuen Passwort anmelden. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Setzen Sie Ihr Passwort sofort zurück.
    .sms = Ihr Passwort bei { $app-name } wurde geändert. Wenn Sie das nicht waren, setzen Sie es sofort zurück.

password_removed =
    .subject = Ihr Passwort bei { $app-name } wurde entfernt
    .title = Ihr Passwort wurde entfernt
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Sie können sich nicht mehr mit einem Passwort anmelden. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Melden Sie sich an und legen Sie sofort ein neues Passwort fest.
    .sms = Ihr Passwort bei { $app-name } wurde entfernt. Wenn Sie das nicht waren, melden Sie sich an und legen Sie sofort ein neues fest.

passkey_added =
    .subject = Neuer Passkey bei { $app-name } hinzugefügt
    .title = Neuer Passkey hinzugefügt
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Sie können sich jetzt mit diesem Passkey anmelden. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Melden Sie sich an und entfernen Sie den Passkey sofort.
    .sms = Bei { $app-name } wurde ein Passkey hinzugefügt. Wenn Sie das nicht waren, melden Sie sich an und entfernen Sie ihn sofort.

passkey_removed =
    .subject = Passkey bei { $app-name } entfernt
    .title = Passkey entfernt
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Sie können sich mit diesem Passkey nicht mehr anmelden. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Melden Sie sich an und prüfen Sie sofort Ihre Passkeys.
    .sms = Bei { $app-name } wurde ein Passkey entfernt. Wenn Sie das nicht waren, melden Sie sich an und prüfen Sie sofort Ihr Konto.

mfa_enabled =
    .subject = Zwei-Faktor-Authentifizierung bei { $app-name } aktiviert
    .title = Zwei-Faktor-Authentifizierung aktiviert
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Ab jetzt brauchen Sie zum Anmelden einen zweiten Schritt. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Setzen Sie Ihr Passwort sofort zurück.

primary_email_address_changed =
    .subject = Ihre E-Mail-Adresse bei { $app-name } wurde geändert
    .title = Ihre E-Mail-Adresse wurde geändert
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = Ihr Konto hat eine neue primäre E-Mail-Adresse. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Melden Sie sich an und prüfen Sie sofort Ihr Konto.
    .not-you-support = Möglicherweise hat jemand anderes Zugriff auf Ihr Konto. Schreiben Sie sofort an { $brand-support_email }.

new_device_sign_in =
    .subject = Neue Anmeldung bei { $app-name }
    .title = Neue Anmeldung in Ihrem Konto
    .preview = Wenn Sie das waren, müssen Sie nichts tun.
    .lead = In Ihrem Konto gab es eine Anmeldung auf einem neuen Gerät. Wenn Sie das waren, müssen Sie nichts tun.
    .not-you = Ändern Sie sofort Ihr Passwort.
    .not-you-revoke = Melden Sie das Gerät ab und ändern Sie sofort Ihr Passwort.
    .button = Gerät abmelden
    .support = Brauchen Sie Hilfe? Schreiben Sie an { $support_email }

account_locked =
    .subject = Ihr Konto bei { $app-name } ist gesperrt
    .title = Ihr Konto ist gesperrt
    .preview = Es gab zu viele fehlgeschlagene Anmeldeversuche.
    .lead = Es gab zu viele fehlgeschlagene Anmeldeversuche. Vorerst kann sich niemand in Ihrem Konto anmelden.
    .not-you = Möglicherweise versucht jemand, Ihr Passwort zu erraten. Legen Sie ein neues fest, sobald Ihr Konto entsperrt ist.
