# Swedish (sv), informal (du). en.ftl explains the form.

## Stand-ins

no-app-name = vår tjänst
no-org-name = en organisation
no-email_address = Någon

## Dates

date-time =
    { $day } { $month ->
        [1] januari
        [2] februari
        [3] mars
        [4] april
        [5] maj
        [6] juni
        [7] juli
        [8] augusti
        [9] september
        [10] oktober
        [11] november
       *[12] december
    } { $year } kl. { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] en sekund
           *[other] { $count } sekunder
        }
    .minutes =
        { $count ->
            [one] en minut
           *[other] { $count } minuter
        }
    .hours =
        { $count ->
            [one] en timme
           *[other] { $count } timmar
        }
    .days =
        { $count ->
            [one] en dag
           *[other] { $count } dagar
        }

## Parts of several mails

code =
    .expires =
        Koden går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }.
    .share = Dela inte koden med någon. Vi kommer aldrig att be dig om den.

link =
    .expires =
        Länken går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }.
    .not-you = Om du inte har begärt länken ska du inte öppna den. Du kan bortse från det här mejlet.

button =
    .fallback = Om knappen inte fungerar kan du kopiera den här adressen till webbläsaren:

invite =
    .expires =
        Inbjudan går ut om { $invitation-expires_in_days ->
            [one] en dag
           *[other] { $invitation-expires_in_days } dagar
        }.
    .not-expected = Om du inte väntade dig den här inbjudan kan du bortse från mejlet.

details =
    .from-at = Begäran skickades den { $requested_at } från { $requested_from }.
    .from = Begäran skickades från { $requested_from }.
    .at = Begäran skickades den { $requested_at }.

device =
    .browser-system = { $browser } på { $system }

device_type =
    .desktop = dator
    .mobile = telefon
    .tablet = surfplatta

sign_in_method =
    .password = lösenord
    .email_code = kod via e-post
    .email_link = länk via e-post
    .phone_code = kod via sms
    .passkey = passkey
    .totp = autentiseringsapp
    .backup_code = reservkod
    .enterprise_sso = enkel inloggning (SSO)
    .ticket = engångslänk
    .web3 = kryptoplånbok

notice =
    .not-you = Var det inte du?

greeting =
    .named = Hej { $greeting_name }!

label =
    .account = Konto:
    .attempts = Misslyckade försök:
    .device = Enhet:
    .location = Plats:
    .lock-length = Låst i:
    .locked-at = Låst sedan:
    .locked-until = Låst till:
    .method = Inloggningsmetod:
    .new-address = Ny adress:
    .passkey = Passkey:
    .requested-from = Begäran från:
    .time = Tidpunkt:

footer =
    .questions = Har du frågor? Skriv till { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } är din verifieringskod för { $app-name }
    .subject-without-code = Din verifieringskod för { $app-name }
    .title = Din verifieringskod
    .preview =
        { $otp_code } går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }. Dela inte koden med någon.
    .lead = Ange den här koden för att fortsätta till { $app-name }:
    .not-you = Om du inte har begärt koden kan du bortse från det här mejlet. Ingen kan logga in utan koden.
    .sms =
        { $otp_code } är din verifieringskod för { $app-name }. Den går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }. Dela den inte med någon.

reset_password_code =
    .subject = { $otp_code } är din kod för att återställa lösenordet på { $app-name }
    .subject-without-code = Din kod för att återställa lösenordet på { $app-name }
    .title = Återställ ditt lösenord
    .preview =
        { $otp_code } går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }. Dela inte koden med någon.
    .lead = Ange den här koden för att välja ett nytt lösenord till { $app-name }:
    .not-you = Om du inte har begärt koden kan du bortse från det här mejlet. Ditt lösenord ändras inte.
    .sms =
        { $otp_code } är din kod för att återställa lösenordet på { $app-name }. Den går ut om { $ttl_minutes ->
            [one] en minut
           *[other] { $ttl_minutes } minuter
        }. Dela den inte med någon.

## Links

magic_link_sign_in =
    .subject = Din inloggningslänk till { $app-name }
    .title = Din inloggningslänk
    .preview = Öppna länken för att logga in. Du behöver inget lösenord.
    .lead = Använd den här länken för att logga in på { $app-name }.
    .button = Logga in

magic_link_sign_up =
    .subject = Slutför din registrering på { $app-name }
    .title = Slutför din registrering
    .preview = Bara ett steg kvar: bekräfta din e-postadress.
    .lead = Använd den här länken för att bekräfta din e-postadress och slutföra din registrering på { $app-name }.
    .button = Slutför registreringen

magic_link_user_profile =
    .subject = Bekräfta din e-postadress för { $app-name }
    .title = Bekräfta din e-postadress
    .preview = Öppna länken för att bekräfta att adressen är din.
    .lead = Använd den här länken för att bekräfta att e-postadressen är din. Sedan lägger vi till den i ditt konto på { $app-name }.
    .button = Bekräfta adressen

## Invitations

invitation =
    .subject = Du är inbjuden till { $app-name }
    .title = Du är inbjuden
    .preview = Acceptera inbjudan för att skapa ditt konto.
    .lead = Du är inbjuden till { $app-name }.
    .lead-from = { $inviter_name } har bjudit in dig till { $app-name }.
    .button = Acceptera inbjudan
    .sms = Du är inbjuden till { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Nu finns det plats för dig: välkommen till { $app-name }
    .title = Nu finns det plats för dig
    .preview = Tack för att du har väntat. Nu kan du skapa ditt konto.
    .lead = Tack för att du har väntat. Nu kan du skapa ditt konto på { $app-name }.
    .button = Skapa konto

organization_invitation =
    .subject = Du är inbjuden att gå med i { $org-name }
    .title = Du är inbjuden
    .preview = Acceptera inbjudan för att bli medlem.
    .lead = Du är inbjuden att gå med i { $org-name } på { $app-name }.
    .lead-from = { $inviter_name } har bjudit in dig att gå med i { $org-name } på { $app-name }.
    .button = Acceptera inbjudan

organization_invitation_accepted =
    .subject = { $email_address } är nu medlem i { $org-name }
    .title = Inbjudan har accepterats
    .preview = Du behöver inte göra något mer.
    .lead = { $email_address } är nu medlem i { $org-name } på { $app-name }.
    .button = Öppna { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Du står på väntelistan för { $app-name }
    .title = Du står på väntelistan
    .preview = Vi hör av oss när det finns plats för dig.
    .lead = Tack för ditt intresse. Vi hör av oss så snart det finns plats för dig.
    .not-you = Om du inte har bett om det här kan du bortse från mejlet.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Ditt lösenord till { $app-name } har ändrats
    .title = Ditt lösenord har ändrats
    .preview = Om det var du behöver du inte göra något.
    .lead = Från och med nu loggar du in med ditt nya lösenord. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Återställ lösenordet omedelbart.
    .sms = Ditt lösenord till { $app-name } har ändrats. Om det inte var du ska du återställa det omedelbart.

password_removed =
    .subject = Ditt lösenord till { $app-name } har tagits bort
    .title = Ditt lösenord har tagits bort
    .preview = Om det var du behöver du inte göra något.
    .lead = Du kan inte längre logga in med lösenord. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Logga in och välj ett nytt lösenord omedelbart.
    .sms = Ditt lösenord till { $app-name } har tagits bort. Om det inte var du ska du omedelbart logga in och välja ett nytt.

passkey_added =
    .subject = En passkey för { $app-name } har lagts till
    .title = En passkey har lagts till
    .preview = Om det var du behöver du inte göra något.
    .lead = Nu kan du logga in med den här passkeyn. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Logga in och ta bort passkeyn omedelbart.
    .sms = En passkey för { $app-name } har lagts till. Om det inte var du ska du omedelbart logga in och ta bort den.

passkey_removed =
    .subject = En passkey för { $app-name } har tagits bort
    .title = En passkey har tagits bort
    .preview = Om det var du behöver du inte göra något.
    .lead = Du kan inte längre logga in med den här passkeyn. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Logga in och kontrollera dina passkeys omedelbart.
    .sms = En passkey för { $app-name } har tagits bort. Om det inte var du ska du omedelbart logga in och kontrollera ditt konto.

mfa_enabled =
    .subject = Tvåstegsverifiering är aktiverad för { $app-name }
    .title = Tvåstegsverifiering är aktiverad
    .preview = Om det var du behöver du inte göra något.
    .lead = Från och med nu behövs ett extra steg när du loggar in. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Återställ lösenordet omedelbart.

primary_email_address_changed =
    .subject = Din e-postadress för { $app-name } har ändrats
    .title = Din e-postadress har ändrats
    .preview = Om det var du behöver du inte göra något.
    .lead = Ditt konto har en ny primär e-postadress. Om det var du behöver du inte göra något.
    .not-you = Någon annan kan ha åtkomst till ditt konto. Logga in och kontrollera kontot omedelbart.
    .not-you-support = Någon annan kan ha åtkomst till ditt konto. Skriv omedelbart till { $brand-support_email }.

new_device_sign_in =
    .subject = Ny inloggning på { $app-name }
    .title = Ny inloggning på ditt konto
    .preview = Om det var du behöver du inte göra något.
    .lead = En ny enhet användes för att logga in på ditt konto. Om det var du behöver du inte göra något.
    .not-you = Byt lösenord omedelbart.
    .not-you-revoke = Logga ut enheten och byt lösenord omedelbart.
    .button = Logga ut enheten
    .support = Behöver du hjälp? Skriv till { $support_email }

account_locked =
    .subject = Ditt konto på { $app-name } är låst
    .title = Ditt konto är låst
    .preview = Det gjordes för många misslyckade inloggningsförsök.
    .lead = Det gjordes för många misslyckade inloggningsförsök. Tills vidare kan ingen logga in på ditt konto.
    .not-you = Någon annan försöker kanske gissa ditt lösenord. Välj ett nytt så snart kontot har låsts upp.
