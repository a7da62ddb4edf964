# Hungarian (hu), formal ("Ön"). en.ftl explains the form.

## Stand-ins

no-app-name = alkalmazásunk
no-org-name = egy szervezet
no-email_address = Egy új tag

## Dates

date-time =
    { $year }. { $month ->
        [1] január
        [2] február
        [3] március
        [4] április
        [5] május
        [6] június
        [7] július
        [8] augusztus
        [9] szeptember
        [10] október
        [11] november
       *[12] december
    } { $day }., { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] egy másodperc
           *[other] { $count } másodperc
        }
    .minutes =
        { $count ->
            [one] egy perc
           *[other] { $count } perc
        }
    .hours =
        { $count ->
            [one] egy óra
           *[other] { $count } óra
        }
    .days =
        { $count ->
            [one] egy nap
           *[other] { $count } nap
        }

## Parts of several mails

code =
    .expires =
        A kód { $ttl_minutes ->
            [one] egy percig
           *[other] { $ttl_minutes } percig
        } érvényes.
    .share = Ne ossza meg ezt a kódot senkivel: mi soha nem kérjük el Öntől.

link =
    .expires =
        A link { $ttl_minutes ->
            [one] egy percig
           *[other] { $ttl_minutes } percig
        } érvényes.
    .not-you = Ha nem Ön kérte, ne nyissa meg a linket, és hagyja figyelmen kívül ezt az e-mailt.

button =
    .fallback = Ha a gomb nem működik, másolja be ezt a címet a böngészőjébe:

invite =
    .expires =
        A meghívó { $invitation-expires_in_days ->
            [one] egy napig
           *[other] { $invitation-expires_in_days } napig
        } érvényes.
    .not-expected = Ha nem számított erre a meghívóra, hagyja figyelmen kívül ezt az e-mailt.

details =
    .from-at = A kérés ideje: { $requested_at }, forrása: { $requested_from }.
    .from = A kérés forrása: { $requested_from }.
    .at = A kérés ideje: { $requested_at }.

device =
    .browser-system = { $browser } ({ $system })

device_type =
    .desktop = számítógép
    .mobile = telefon
    .tablet = táblagép

sign_in_method =
    .password = jelszó
    .email_code = e-mailben kapott kód
    .email_link = e-mailben kapott link
    .phone_code = SMS-ben kapott kód
    .passkey = azonosítókulcs
    .totp = hitelesítő alkalmazás
    .backup_code = tartalék kód
    .enterprise_sso = egyszeri bejelentkezés (SSO)
    .ticket = egyszer használható link
    .web3 = kriptotárca

notice =
    .not-you = Nem Ön volt?

greeting =
    .named = Kedves { $greeting_name }!

label =
    .account = Fiók:
    .attempts = Sikertelen kísérletek:
    .device = Eszköz:
    .location = Hely:
    .lock-length = Zárolás időtartama:
    .locked-at = Zárolás kezdete:
    .locked-until = Zárolás vége:
    .method = Bejelentkezés módja:
    .new-address = Új cím:
    .passkey = Azonosítókulcs:
    .requested-from = Kérés forrása:
    .time = Időpont:

footer =
    .questions = Kérdése van? Írjon nekünk: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } az ellenőrző kódja – { $app-name }
    .subject-without-code = Az Ön ellenőrző kódja – { $app-name }
    .title = Az Ön ellenőrző kódja
    .preview =
        { $otp_code } – a kód { $ttl_minutes ->
            [one] egy percig
           *[other] { $ttl_minutes } percig
        } érvényes. Ne ossza meg senkivel.
    .lead = A folytatáshoz adja meg ezt a kódot itt: { $app-name }.
    .not-you = Ha nem Ön kérte, hagyja figyelmen kívül ezt az e-mailt. A kód nélkül senki sem tud bejelentkezni.
    .sms = { $otp_code } az ellenőrző kódja ({ $ttl_minutes } percig) – { $app-name }

reset_password_code =
    .subject = { $otp_code } a jelszó-visszaállítási kódja – { $app-name }
    .subject-without-code = Az Ön jelszó-visszaállítási kódja – { $app-name }
    .title = Jelszó visszaállítása
    .preview =
        { $otp_code } – a kód { $ttl_minutes ->
            [one] egy percig
           *[other] { $ttl_minutes } percig
        } érvényes. Ne ossza meg senkivel.
    .lead = Új jelszó beállításához adja meg ezt a kódot itt: { $app-name }.
    .not-you = Ha nem Ön kérte, hagyja figyelmen kívül ezt az e-mailt. A jelszava nem változik.
    .sms = { $otp_code } a jelszó-visszaállítási kódja – { $app-name }

## Links

magic_link_sign_in =
    .subject = Bejelentkezési link – { $app-name }
    .title = Az Ön bejelentkezési linkje
    .preview = Nyissa meg a linket a bejelentkezéshez. Jelszóra nincs szükség.
    .lead = Ezzel a linkkel jelentkezhet be ide: { $app-name }.
    .button = Bejelentkezés

magic_link_sign_up =
    .subject = Fejezze be a regisztrációt – { $app-name }
    .title = Fejezze be a regisztrációt
    .preview = Már csak egy lépés van hátra: erősítse meg az e-mail-címét.
    .lead = Ezzel a linkkel megerősítheti az e-mail-címét, és befejezheti a regisztrációt itt: { $app-name }.
    .button = Regisztráció befejezése

magic_link_user_profile =
    .subject = Erősítse meg az e-mail-címét – { $app-name }
    .title = Erősítse meg az e-mail-címét
    .preview = Nyissa meg a linket, és erősítse meg, hogy ez a cím az Öné.
    .lead = Ezzel a linkkel megerősítheti, hogy ez az e-mail-cím az Öné. Ezután hozzáadjuk a fiókjához itt: { $app-name }.
    .button = Cím megerősítése

## Invitations

invitation =
    .subject = Meghívót kapott ide: { $app-name }
    .title = Meghívót kapott
    .preview = Fogadja el a meghívót, és hozza létre a fiókját.
    .lead = Meghívót kapott ide: { $app-name }.
    .lead-from = { $inviter_name } meghívta Önt ide: { $app-name }.
    .button = Meghívó elfogadása
    .sms = Meghívót kapott – { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Felszabadult egy hely az Ön számára – { $app-name }
    .title = Felszabadult egy hely az Ön számára
    .preview = Köszönjük a türelmét. Most már létrehozhatja a fiókját.
    .lead = Köszönjük a türelmét. Most már létrehozhatja a fiókját itt: { $app-name }.
    .button = Fiók létrehozása

organization_invitation =
    .subject = Meghívót kapott ide: { $org-name }
    .title = Meghívót kapott
    .preview = Fogadja el a meghívót, és csatlakozzon.
    .lead = Meghívót kapott ide: { $org-name } ({ $app-name }).
    .lead-from = { $inviter_name } meghívta Önt ide: { $org-name } ({ $app-name }).
    .button = Meghívó elfogadása

organization_invitation_accepted =
    .subject = { $email_address } csatlakozott ide: { $org-name }
    .title = A meghívót elfogadták
    .preview = Nincs további teendője.
    .lead = { $email_address } csatlakozott ide: { $org-name } ({ $app-name }).
    .button = { $app-name } megnyitása

## Waitlist

waitlist_confirmation =
    .subject = Felkerült a várólistára – { $app-name }
    .title = Felkerült a várólistára
    .preview = Írunk, amikor felszabadul egy hely az Ön számára.
    .lead = Köszönjük az érdeklődését. Írunk, amint felszabadul egy hely az Ön számára.
    .not-you = Ha nem Ön kérte, hagyja figyelmen kívül ezt az e-mailt.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Megváltozott a jelszava – { $app-name }
    .title = Megváltozott a jelszava
    .preview = Ha Ön volt, nincs teendője.
    .lead = Mostantól az új jelszavával jelentkezhet be. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Azonnal állítsa vissza a jelszavát.
    .sms = Jelszó módosítva: { $app-name }. Nem Ön volt? Azonnal állítson be újat.

password_removed =
    .subject = Jelszó eltávolítva – { $app-name }
    .title = Jelszó eltávolítva
    .preview = Ha Ön volt, nincs teendője.
    .lead = Mostantól nem jelentkezhet be jelszóval. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Jelentkezzen be, és azonnal állítson be új jelszót.
    .sms = Jelszó eltávolítva: { $app-name }. Nem Ön volt? Azonnal állítson be újat.

passkey_added =
    .subject = Új azonosítókulcs – { $app-name }
    .title = Új azonosítókulcs hozzáadva
    .preview = Ha Ön volt, nincs teendője.
    .lead = Mostantól ezzel az azonosítókulccsal is bejelentkezhet. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Jelentkezzen be, és azonnal távolítsa el az azonosítókulcsot.
    .sms = Új azonosítókulcs: { $app-name }. Nem Ön volt? Azonnal távolítsa el.

passkey_removed =
    .subject = Azonosítókulcs eltávolítva – { $app-name }
    .title = Azonosítókulcs eltávolítva
    .preview = Ha Ön volt, nincs teendője.
    .lead = Ezzel az azonosítókulccsal már nem jelentkezhet be. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Jelentkezzen be, és azonnal ellenőrizze az azonosítókulcsait.
    .sms = Azonosítókulcs törölve: { $app-name }. Nem Ön volt? Ellenőrizze fiókját.

mfa_enabled =
    .subject = Kétlépcsős azonosítás bekapcsolva – { $app-name }
    .title = Kétlépcsős azonosítás bekapcsolva
    .preview = Ha Ön volt, nincs teendője.
    .lead = Mostantól a bejelentkezéshez egy második lépésre is szükség van. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Azonnal állítsa vissza a jelszavát.

primary_email_address_changed =
    .subject = Megváltozott az e-mail-címe – { $app-name }
    .title = Megváltozott az e-mail-címe
    .preview = Ha Ön volt, nincs teendője.
    .lead = Új elsődleges e-mail-cím tartozik a fiókjához. Ha Ön volt, nincs teendője.
    .not-you = Lehet, hogy más is hozzáfér a fiókjához. Jelentkezzen be, és azonnal ellenőrizze a fiókját.
    .not-you-support = Lehet, hogy más is hozzáfér a fiókjához. Azonnal írjon erre a címre: { $brand-support_email }.

new_device_sign_in =
    .subject = Új bejelentkezés – { $app-name }
    .title = Új bejelentkezés a fiókjába
    .preview = Ha Ön volt, nincs teendője.
    .lead = Új eszközről jelentkeztek be a fiókjába. Ha Ön volt, nincs teendője.
    .not-you = Azonnal változtassa meg a jelszavát.
    .not-you-revoke = Jelentkeztesse ki az eszközt, és azonnal változtassa meg a jelszavát.
    .button = Eszköz kijelentkeztetése
    .support = Segítségre van szüksége? Írjon nekünk: { $support_email }

account_locked =
    .subject = Zároltuk a fiókját – { $app-name }
    .title = Zároltuk a fiókját
    .preview = Túl sok sikertelen bejelentkezési kísérlet történt.
    .lead = Túl sok sikertelen bejelentkezési kísérlet történt. Egyelőre senki sem tud bejelentkezni a fiókjába.
    .not-you = Lehet, hogy valaki a jelszavát próbálja kitalálni. A zárolás feloldása után azonnal állítson be új jelszót.
