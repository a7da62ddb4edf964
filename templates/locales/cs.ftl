# Czech (cs), formal (vy, lower case). en.ftl explains the form.

## Stand-ins

# In the genitive, always behind a noun: "aplikace našeho týmu", "organizace bez názvu".
no-app-name = našeho týmu
no-org-name = bez názvu
no-email_address = Pozvaná osoba

## Dates

date-time =
    { $day }. { $month ->
        [1] ledna
        [2] února
        [3] března
        [4] dubna
        [5] května
        [6] června
        [7] července
        [8] srpna
        [9] září
        [10] října
        [11] listopadu
       *[12] prosince
    } { $year }, { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] jedna sekunda
            [few] { $count } sekundy
            [many] { $count } sekundy
           *[other] { $count } sekund
        }
    .minutes =
        { $count ->
            [one] jedna minuta
            [few] { $count } minuty
            [many] { $count } minuty
           *[other] { $count } minut
        }
    .hours =
        { $count ->
            [one] jedna hodina
            [few] { $count } hodiny
            [many] { $count } hodiny
           *[other] { $count } hodin
        }
    .days =
        { $count ->
            [one] jeden den
            [few] { $count } dny
            [many] { $count } dne
           *[other] { $count } dní
        }

## Parts of several mails

code =
    .expires =
        Platnost kódu vyprší za { $ttl_minutes ->
            [one] minutu
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minuty
           *[other] { $ttl_minutes } minut
        }.
    .share = Kód nikomu nesdělujte. Nikdy se vás na něj nebudeme ptát.

link =
    .expires =
        Platnost odkazu vyprší za { $ttl_minutes ->
            [one] minutu
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minuty
           *[other] { $ttl_minutes } minut
        }.
    .not-you = Pokud tato žádost není od vás, odkaz neotevírejte. E-mail můžete ignorovat.

button =
    .fallback = Pokud tlačítko nefunguje, zkopírujte do prohlížeče tuto adresu:

invite =
    .expires =
        Platnost pozvánky vyprší za { $invitation-expires_in_days ->
            [one] jeden den
            [few] { $invitation-expires_in_days } dny
            [many] { $invitation-expires_in_days } dne
           *[other] { $invitation-expires_in_days } dní
        }.
    .not-expected = Pokud o této pozvánce nic nevíte, můžete tento e-mail ignorovat.

details =
    .from-at = Žádost odeslána { $requested_at } ze zařízení: { $requested_from }.
    .from = Žádost odeslána ze zařízení: { $requested_from }.
    .at = Žádost odeslána { $requested_at }.

device =
    .browser-system = { $browser } ({ $system })

device_type =
    .desktop = počítač
    .mobile = telefon
    .tablet = tablet

sign_in_method =
    .password = heslo
    .email_code = kód z e-mailu
    .email_link = odkaz z e-mailu
    .phone_code = kód z SMS
    .passkey = přístupový klíč
    .totp = ověřovací aplikace
    .backup_code = záložní kód
    .enterprise_sso = jednotné přihlašování (SSO)
    .ticket = jednorázový odkaz
    .web3 = kryptopeněženka

notice =
    .not-you = Nevíte o tom?

greeting =
    .named = Dobrý den, { $greeting_name }!

label =
    .account = Účet:
    .attempts = Neúspěšné pokusy:
    .device = Zařízení:
    .location = Místo:
    .lock-length = Doba zablokování:
    .locked-at = Zablokováno od:
    .locked-until = Zablokováno do:
    .method = Způsob přihlášení:
    .new-address = Nová adresa:
    .passkey = Přístupový klíč:
    .requested-from = Zdroj žádosti:
    .time = Datum a čas:

footer =
    .questions = Máte dotaz? Napište na { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } je váš ověřovací kód pro aplikaci { $app-name }
    .subject-without-code = Váš ověřovací kód pro aplikaci { $app-name }
    .title = Váš ověřovací kód
    .preview =
        { $otp_code } – platnost kódu vyprší za { $ttl_minutes ->
            [one] minutu
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minuty
           *[other] { $ttl_minutes } minut
        }. Nikomu ho nesdělujte.
    .lead = Chcete-li pokračovat do aplikace { $app-name }, zadejte tento kód:
    .not-you = Pokud tato žádost není od vás, můžete tento e-mail ignorovat. Bez kódu se nikdo nepřihlásí.
    .sms = { $otp_code } je kód aplikace { $app-name }. Nesdílejte ho.

reset_password_code =
    .subject = { $otp_code } je váš kód k obnovení hesla v aplikaci { $app-name }
    .subject-without-code = Váš kód k obnovení hesla v aplikaci { $app-name }
    .title = Obnovení hesla
    .preview =
        { $otp_code } – platnost kódu vyprší za { $ttl_minutes ->
            [one] minutu
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minuty
           *[other] { $ttl_minutes } minut
        }. Nikomu ho nesdělujte.
    .lead = Chcete-li nastavit nové heslo do aplikace { $app-name }, zadejte tento kód:
    .not-you = Pokud tato žádost není od vás, můžete tento e-mail ignorovat. Vaše heslo se nezmění.
    .sms = { $otp_code } je kód k obnově hesla v aplikaci { $app-name }

## Links

magic_link_sign_in =
    .subject = Váš odkaz k přihlášení do aplikace { $app-name }
    .title = Váš přihlašovací odkaz
    .preview = Otevřete odkaz a přihlaste se. Heslo nepotřebujete.
    .lead = Pomocí tohoto odkazu se přihlásíte do aplikace { $app-name }.
    .button = Přihlásit se

magic_link_sign_up =
    .subject = Dokončete registraci v aplikaci { $app-name }
    .title = Dokončete registraci
    .preview = Zbývá jediný krok: potvrďte svou e-mailovou adresu.
    .lead = Pomocí tohoto odkazu potvrdíte svou e-mailovou adresu a dokončíte registraci v aplikaci { $app-name }.
    .button = Dokončit registraci

magic_link_user_profile =
    .subject = Potvrďte svou e-mailovou adresu v aplikaci { $app-name }
    .title = Potvrďte svou e-mailovou adresu
    .preview = Otevřete odkaz a potvrďte, že tato adresa patří vám.
    .lead = Pomocí tohoto odkazu potvrdíte, že tato e-mailová adresa patří vám. Pak ji přidáme k vašemu účtu v aplikaci { $app-name }.
    .button = Potvrdit adresu

## Invitations

invitation =
    .subject = Pozvánka do aplikace { $app-name }
    .title = Máte pozvánku
    .preview = Přijměte pozvánku a vytvořte si účet.
    .lead = Máte pozvánku do aplikace { $app-name }.
    .lead-from = { $inviter_name } vás zve do aplikace { $app-name }.
    .button = Přijmout pozvánku
    .sms = Máte pozvánku do aplikace { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Přišla na vás řada: vítejte v aplikaci { $app-name }
    .title = Přišla na vás řada
    .preview = Děkujeme za trpělivost. Teď si můžete vytvořit účet.
    .lead = Děkujeme za trpělivost. Teď si můžete vytvořit účet v aplikaci { $app-name }.
    .button = Vytvořit účet

organization_invitation =
    .subject = Pozvánka do organizace { $org-name }
    .title = Máte pozvánku
    .preview = Přijměte pozvánku a připojte se k organizaci.
    .lead = Máte pozvánku do organizace { $org-name } v aplikaci { $app-name }.
    .lead-from = { $inviter_name } vás zve do organizace { $org-name } v aplikaci { $app-name }.
    .button = Přijmout pozvánku

organization_invitation_accepted =
    .subject = { $email_address } nyní patří do organizace { $org-name }
    .title = Pozvánka byla přijata
    .preview = Nic dalšího dělat nemusíte.
    .lead = { $email_address } nyní patří do organizace { $org-name } v aplikaci { $app-name }.
    .button = Otevřít aplikaci { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Jste na čekací listině aplikace { $app-name }
    .title = Jste na čekací listině
    .preview = Napíšeme vám, až na vás přijde řada.
    .lead = Děkujeme za zájem. Napíšeme vám, jakmile na vás přijde řada.
    .not-you = Pokud tato žádost není od vás, můžete tento e-mail ignorovat.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Vaše heslo do aplikace { $app-name } bylo změněno
    .title = Vaše heslo bylo změněno
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Odteď se můžete přihlašovat novým heslem. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned si obnovte heslo.
    .sms = Změna hesla v aplikaci { $app-name }. Nevíte o tom? Ihned ho obnovte.

password_removed =
    .subject = Vaše heslo do aplikace { $app-name } bylo odstraněno
    .title = Vaše heslo bylo odstraněno
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Heslem se už nelze přihlásit. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned se přihlaste a nastavte si nové heslo.
    .sms = Heslo do aplikace { $app-name } je zrušeno. Nevíte o tom? Nastavte nové.

passkey_added =
    .subject = Nový přístupový klíč v aplikaci { $app-name }
    .title = Byl přidán přístupový klíč
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Teď se můžete přihlašovat tímto přístupovým klíčem. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned se přihlaste a klíč odstraňte.
    .sms = Nový přístupový klíč v aplikaci { $app-name }. Nevíte o tom? Odstraňte ho.

passkey_removed =
    .subject = Přístupový klíč v aplikaci { $app-name } byl odstraněn
    .title = Přístupový klíč byl odstraněn
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Tímto přístupovým klíčem se už nelze přihlásit. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned se přihlaste a zkontrolujte své přístupové klíče.
    .sms = Přístupový klíč v aplikaci { $app-name } byl odstraněn. Nevíte o tom? Zkontrolujte svůj účet.

mfa_enabled =
    .subject = Dvoufázové ověření v aplikaci { $app-name } je zapnuté
    .title = Dvoufázové ověření je zapnuté
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Odteď je k přihlášení potřeba druhý krok. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned si obnovte heslo.

primary_email_address_changed =
    .subject = Vaše e-mailová adresa v aplikaci { $app-name } byla změněna
    .title = Vaše e-mailová adresa byla změněna
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = Váš účet má novou hlavní e-mailovou adresu. Pokud o změně víte, nemusíte nic dělat.
    .not-you = K vašemu účtu může mít přístup někdo jiný. Ihned se přihlaste a zkontrolujte svůj účet.
    .not-you-support = K vašemu účtu může mít přístup někdo jiný. Ihned napište na { $brand-support_email }.

new_device_sign_in =
    .subject = Nové přihlášení do aplikace { $app-name }
    .title = Nové přihlášení k vašemu účtu
    .preview = Pokud o tom víte, nemusíte nic dělat.
    .lead = K vašemu účtu se někdo přihlásil z nového zařízení. Pokud o tom víte, nemusíte nic dělat.
    .not-you = Ihned si změňte heslo.
    .not-you-revoke = Odhlaste nové zařízení a ihned si změňte heslo.
    .button = Odhlásit zařízení
    .support = Potřebujete pomoc? Napište na { $support_email }

account_locked =
    .subject = Váš účet v aplikaci { $app-name } je zablokovaný
    .title = Váš účet je zablokovaný
    .preview = Došlo k příliš mnoha neúspěšným pokusům o přihlášení.
    .lead = Došlo k příliš mnoha neúspěšným pokusům o přihlášení. K vašemu účtu se teď nemůže přihlásit nikdo.
    .not-you = Někdo se možná snaží uhodnout vaše heslo. Nastavte si nové, jakmile bude účet odblokovaný.
