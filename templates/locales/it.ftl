# Italian (it), informal (tu). en.ftl explains the form.

## Stand-ins

no-app-name = questa app
no-org-name = un’organizzazione
no-email_address = Una persona

## Dates

date-time =
    { $day ->
        [1] 1º
       *[other] { $day }
    } { $month ->
        [1] gennaio
        [2] febbraio
        [3] marzo
        [4] aprile
        [5] maggio
        [6] giugno
        [7] luglio
        [8] agosto
        [9] settembre
        [10] ottobre
        [11] novembre
       *[12] dicembre
    } { $year }, ore { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] un secondo
           *[other] { $count } secondi
        }
    .minutes =
        { $count ->
            [one] un minuto
           *[other] { $count } minuti
        }
    .hours =
        { $count ->
            [one] un’ora
           *[other] { $count } ore
        }
    .days =
        { $count ->
            [one] un giorno
           *[other] { $count } giorni
        }

## Parts of several mails

code =
    .expires =
        Il codice scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }.
    .share = Non condividere questo codice con nessuno: non te lo chiederemo mai.

link =
    .expires =
        Il link scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }.
    .not-you = Se non l’hai richiesto tu, non aprire il link. Puoi ignorare questa email.

button =
    .fallback = Se il pulsante non funziona, copia questo indirizzo nel browser:

invite =
    .expires =
        L’invito scade tra { $invitation-expires_in_days ->
            [one] un giorno
           *[other] { $invitation-expires_in_days } giorni
        }.
    .not-expected = Se non aspettavi questo invito, puoi ignorare questa email.

details =
    .from-at = Richiesta effettuata da { $requested_from } ({ $requested_at }).
    .from = Richiesta effettuata da { $requested_from }.
    .at = Richiesta effettuata in data { $requested_at }.

device =
    .browser-system = { $browser } su { $system }

device_type =
    .desktop = computer
    .mobile = telefono
    .tablet = tablet

sign_in_method =
    .password = password
    .email_code = codice via email
    .email_link = link via email
    .phone_code = codice via SMS
    .passkey = passkey
    .totp = app di autenticazione
    .backup_code = codice di backup
    .enterprise_sso = single sign-on
    .ticket = link monouso
    .web3 = portafoglio cripto

notice =
    .not-you = Non eri tu?

greeting =
    .named = Ciao { $greeting_name },

label =
    .account = Account:
    .attempts = Tentativi non riusciti:
    .device = Dispositivo:
    .location = Luogo:
    .lock-length = Durata del blocco:
    .locked-at = Inizio del blocco:
    .locked-until = Fine del blocco:
    .method = Metodo di accesso:
    .new-address = Nuovo indirizzo:
    .passkey = Passkey:
    .requested-from = Richiesta da:
    .time = Data e ora:

footer =
    .questions = Hai domande? Scrivi a { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } è il tuo codice di verifica per { $app-name }
    .subject-without-code = Il tuo codice di verifica per { $app-name }
    .title = Il tuo codice di verifica
    .preview =
        { $otp_code } scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }. Non condividerlo con nessuno.
    .lead = Inserisci questo codice per continuare su { $app-name }:
    .not-you = Se non l’hai richiesto tu, puoi ignorare questa email. Nessuno può accedere senza il codice.
    .sms =
        { $otp_code } è il tuo codice di verifica per { $app-name }. Scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }. Non condividerlo con nessuno.

reset_password_code =
    .subject = { $otp_code } è il codice per reimpostare la password di { $app-name }
    .subject-without-code = Il codice per reimpostare la password di { $app-name }
    .title = Reimposta la password
    .preview =
        { $otp_code } scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }. Non condividerlo con nessuno.
    .lead = Inserisci questo codice per scegliere una nuova password su { $app-name }:
    .not-you = Se non l’hai richiesto tu, puoi ignorare questa email. La tua password resta invariata.
    .sms =
        { $otp_code } è il codice per reimpostare la password di { $app-name }. Scade tra { $ttl_minutes ->
            [one] un minuto
           *[other] { $ttl_minutes } minuti
        }. Non condividerlo con nessuno.

## Links

magic_link_sign_in =
    .subject = Il tuo link di accesso per { $app-name }
    .title = Il tuo link di accesso
    .preview = Apri il link per accedere, senza password.
    .lead = Usa questo link per accedere a { $app-name }.
    .button = Accedi

magic_link_sign_up =
    .subject = Completa la registrazione su { $app-name }
    .title = Completa la registrazione
    .preview = Manca un solo passaggio: conferma il tuo indirizzo email.
    .lead = Usa questo link per confermare il tuo indirizzo email e completare la registrazione su { $app-name }.
    .button = Completa la registrazione

magic_link_user_profile =
    .subject = Conferma il tuo indirizzo email per { $app-name }
    .title = Conferma il tuo indirizzo email
    .preview = Apri il link per confermare che questo indirizzo è tuo.
    .lead = Usa questo link per confermare che questo indirizzo email è tuo. Lo aggiungeremo poi al tuo account su { $app-name }.
    .button = Conferma l’indirizzo

## Invitations

invitation =
    .subject = Hai ricevuto un invito per { $app-name }
    .title = Hai ricevuto un invito
    .preview = Accetta l’invito per creare il tuo account.
    .lead = Hai ricevuto un invito a usare { $app-name }.
    .lead-from = { $inviter_name } ti invita a usare { $app-name }.
    .button = Accetta l’invito
    .sms = Hai ricevuto un invito per { $app-name }: { $action_url }

waitlist_invitation =
    .subject = È il tuo turno: inizia a usare { $app-name }
    .title = È il tuo turno
    .preview = Grazie per l’attesa. Ora puoi creare il tuo account.
    .lead = Grazie per l’attesa. Ora puoi creare il tuo account su { $app-name }.
    .button = Crea l’account

organization_invitation =
    .subject = Hai ricevuto un invito a far parte di { $org-name }
    .title = Hai ricevuto un invito
    .preview = Accetta l’invito per entrare a farne parte.
    .lead = Hai ricevuto un invito a far parte di { $org-name } su { $app-name }.
    .lead-from = { $inviter_name } ti invita a far parte di { $org-name } su { $app-name }.
    .button = Accetta l’invito

organization_invitation_accepted =
    .subject = { $email_address } ora fa parte di { $org-name }
    .title = Invito accettato
    .preview = Non devi fare altro.
    .lead = { $email_address } ora fa parte di { $org-name } su { $app-name }.
    .button = Apri { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Sei in lista d’attesa per { $app-name }
    .title = Sei in lista d’attesa
    .preview = Ti scriveremo quando sarà il tuo turno.
    .lead = Grazie per l’interesse. Ti scriveremo non appena sarà il tuo turno.
    .not-you = Se non l’hai richiesto tu, puoi ignorare questa email.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = La tua password per { $app-name } è stata modificata
    .title = La tua password è stata modificata
    .preview = Se l’hai modificata tu, non devi fare nulla.
    .lead = D’ora in poi puoi accedere con la nuova password. Se l’hai modificata tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Reimposta subito la password.
    .sms = La tua password per { $app-name } è stata modificata. Se non l'hai modificata tu, reimpostala subito.

password_removed =
    .subject = La tua password per { $app-name } è stata rimossa
    .title = La tua password è stata rimossa
    .preview = Se l’hai rimossa tu, non devi fare nulla.
    .lead = Non puoi più accedere con una password. Se l’hai rimossa tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Accedi e imposta subito una nuova password.
    .sms = La tua password per { $app-name } è stata rimossa. Se non l'hai rimossa tu, accedi e impostane subito una nuova.

passkey_added =
    .subject = È stata aggiunta una passkey per { $app-name }
    .title = È stata aggiunta una passkey
    .preview = Se l’hai aggiunta tu, non devi fare nulla.
    .lead = Ora puoi accedere con questa passkey. Se l’hai aggiunta tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Accedi e rimuovi subito la passkey.
    .sms = Una passkey per { $app-name } è stata aggiunta. Se non l'hai aggiunta tu, accedi e rimuovila subito.

passkey_removed =
    .subject = È stata rimossa una passkey per { $app-name }
    .title = È stata rimossa una passkey
    .preview = Se l’hai rimossa tu, non devi fare nulla.
    .lead = Non puoi più accedere con questa passkey. Se l’hai rimossa tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Accedi e controlla subito le tue passkey.
    .sms = Una passkey per { $app-name } è stata rimossa. Se non l'hai rimossa tu, accedi e controlla subito il tuo account.

mfa_enabled =
    .subject = Verifica in due passaggi attiva per { $app-name }
    .title = La verifica in due passaggi è attiva
    .preview = Se l’hai attivata tu, non devi fare nulla.
    .lead = D’ora in poi per accedere serve anche un secondo passaggio. Se l’hai attivata tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Reimposta subito la password.

primary_email_address_changed =
    .subject = Il tuo indirizzo email per { $app-name } è stato modificato
    .title = Il tuo indirizzo email è stato modificato
    .preview = Se l’hai modificato tu, non devi fare nulla.
    .lead = Il tuo account ha un nuovo indirizzo email principale. Se l’hai modificato tu, non devi fare nulla.
    .not-you = Qualcun altro potrebbe avere accesso al tuo account. Accedi e controlla subito il tuo account.
    .not-you-support = Qualcun altro potrebbe avere accesso al tuo account. Scrivi subito a { $brand-support_email }.

new_device_sign_in =
    .subject = Nuovo accesso al tuo account su { $app-name }
    .title = Nuovo accesso al tuo account
    .preview = Se eri tu, non devi fare nulla.
    .lead = È stato effettuato un accesso al tuo account da un nuovo dispositivo. Se eri tu, non devi fare nulla.
    .not-you = Cambia subito la password.
    .not-you-revoke = Disconnetti il dispositivo e cambia subito la password.
    .button = Disconnetti il dispositivo
    .support = Ti serve aiuto? Scrivi a { $support_email }

account_locked =
    .subject = Il tuo account su { $app-name } è bloccato
    .title = Il tuo account è bloccato
    .preview = Ci sono stati troppi tentativi di accesso non riusciti.
    .lead = Ci sono stati troppi tentativi di accesso non riusciti. Per ora nessuno può accedere al tuo account.
    .not-you = Qualcuno potrebbe cercare di indovinare la tua password. Scegline una nuova non appena l’account sarà sbloccato.
