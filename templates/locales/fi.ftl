# Finnish (fi), informal (sinä). en.ftl explains the form. Names stay in the nominative behind "palvelu" and "organisaatio".

## Stand-ins

no-app-name = verkossa
no-org-name = ilman nimeä
no-email_address = Joku

## Dates

date-time =
    { $day }. { $month ->
        [1] tammikuuta
        [2] helmikuuta
        [3] maaliskuuta
        [4] huhtikuuta
        [5] toukokuuta
        [6] kesäkuuta
        [7] heinäkuuta
        [8] elokuuta
        [9] syyskuuta
        [10] lokakuuta
        [11] marraskuuta
       *[12] joulukuuta
    } { $year } klo { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] yksi sekunti
           *[other] { $count } sekuntia
        }
    .minutes =
        { $count ->
            [one] yksi minuutti
           *[other] { $count } minuuttia
        }
    .hours =
        { $count ->
            [one] yksi tunti
           *[other] { $count } tuntia
        }
    .days =
        { $count ->
            [one] yksi päivä
           *[other] { $count } päivää
        }

## Parts of several mails

code =
    .expires =
        Koodi vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua.
    .share = Älä kerro koodia kenellekään. Emme koskaan pyydä sitä sinulta.

link =
    .expires =
        Linkki vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua.
    .not-you = Jos et pyytänyt linkkiä, älä avaa sitä. Voit jättää tämän viestin huomiotta.

button =
    .fallback = Jos painike ei toimi, kopioi tämä osoite selaimeesi:

invite =
    .expires =
        Kutsu vanhenee { $invitation-expires_in_days ->
            [one] yhden päivän
           *[other] { $invitation-expires_in_days } päivän
        } kuluttua.
    .not-expected = Jos et odottanut tätä kutsua, voit jättää tämän viestin huomiotta.

details =
    .from-at = Pyyntö lähetettiin { $requested_at }. Laite: { $requested_from }.
    .from = Pyynnön lähettänyt laite: { $requested_from }.
    .at = Pyyntö lähetettiin { $requested_at }.

device =
    .browser-system = { $browser }, { $system }

device_type =
    .desktop = tietokone
    .mobile = puhelin
    .tablet = tabletti

sign_in_method =
    .password = salasana
    .email_code = koodi sähköpostilla
    .email_link = linkki sähköpostilla
    .phone_code = koodi tekstiviestillä
    .passkey = pääsyavain
    .totp = todennussovellus
    .backup_code = varakoodi
    .enterprise_sso = kertakirjautuminen (SSO)
    .ticket = kertakäyttöinen linkki
    .web3 = kryptolompakko

notice =
    .not-you = Etkö tehnyt tätä itse?

greeting =
    .named = Hei { $greeting_name }!

label =
    .account = Tili:
    .attempts = Epäonnistuneet yritykset:
    .device = Laite:
    .location = Sijainti:
    .lock-length = Lukituksen kesto:
    .locked-at = Lukittu:
    .locked-until = Lukitus päättyy:
    .method = Kirjautumistapa:
    .new-address = Uusi osoite:
    .passkey = Pääsyavain:
    .requested-from = Pyynnön IP-osoite:
    .time = Ajankohta:

footer =
    .questions = Kysyttävää? Kirjoita osoitteeseen { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } on vahvistuskoodisi palveluun { $app-name }
    .subject-without-code = Vahvistuskoodisi palveluun { $app-name }
    .title = Vahvistuskoodisi
    .preview =
        { $otp_code } vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua. Älä kerro koodia kenellekään.
    .lead = Jatka palveluun { $app-name } antamalla tämä koodi:
    .not-you = Jos et pyytänyt koodia, voit jättää tämän viestin huomiotta. Kukaan ei voi kirjautua sisään ilman koodia.
    .sms =
        { $otp_code } on vahvistuskoodisi palveluun { $app-name }. Se vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua. Älä kerro sitä muille.

reset_password_code =
    .subject = { $otp_code } on koodisi salasanan nollaukseen palvelussa { $app-name }
    .subject-without-code = Koodisi salasanan nollaukseen palvelussa { $app-name }
    .title = Nollaa salasanasi
    .preview =
        { $otp_code } vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua. Älä kerro koodia kenellekään.
    .lead = Aseta uusi salasana palveluun { $app-name } antamalla tämä koodi:
    .not-you = Jos et pyytänyt koodia, voit jättää tämän viestin huomiotta. Salasanasi pysyy ennallaan.
    .sms =
        { $otp_code } on koodisi salasanan nollaukseen palvelussa { $app-name }. Se vanhenee { $ttl_minutes ->
            [one] yhden minuutin
           *[other] { $ttl_minutes } minuutin
        } kuluttua. Älä kerro sitä muille.

## Links

magic_link_sign_in =
    .subject = Kirjautumislinkkisi palveluun { $app-name }
    .title = Kirjautumislinkkisi
    .preview = Kirjaudu sisään avaamalla linkki. Et tarvitse salasanaa.
    .lead = Kirjaudu tällä linkillä palveluun { $app-name }.
    .button = Kirjaudu sisään

magic_link_sign_up =
    .subject = Viimeistele rekisteröitymisesi palveluun { $app-name }
    .title = Viimeistele rekisteröitymisesi
    .preview = Enää yksi vaihe: vahvista sähköpostiosoitteesi.
    .lead = Vahvista tällä linkillä sähköpostiosoitteesi ja viimeistele rekisteröitymisesi palveluun { $app-name }.
    .button = Viimeistele rekisteröityminen

magic_link_user_profile =
    .subject = Vahvista sähköpostiosoitteesi palvelussa { $app-name }
    .title = Vahvista sähköpostiosoitteesi
    .preview = Vahvista linkin avulla, että tämä osoite on sinun.
    .lead = Vahvista tällä linkillä, että tämä sähköpostiosoite on sinun. Sen jälkeen lisäämme sen tiliisi palvelussa { $app-name }.
    .button = Vahvista osoite

## Invitations

invitation =
    .subject = Kutsu palveluun { $app-name }
    .title = Sinut on kutsuttu
    .preview = Hyväksy kutsu, niin voit luoda tilin.
    .lead = Sinut on kutsuttu palveluun { $app-name }.
    .lead-from = { $inviter_name } on kutsunut sinut palveluun { $app-name }.
    .button = Hyväksy kutsu
    .sms = Sinut on kutsuttu palveluun { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Nyt on sinun vuorosi: tervetuloa palveluun { $app-name }
    .title = Nyt on sinun vuorosi
    .preview = Kiitos, että odotit. Voit nyt luoda tilin.
    .lead = Kiitos, että odotit. Voit nyt luoda tilin palveluun { $app-name }.
    .button = Luo tili

organization_invitation =
    .subject = Kutsu organisaatioon { $org-name }
    .title = Sinut on kutsuttu
    .preview = Hyväksy kutsu, niin pääset jäseneksi.
    .lead = Sinut on kutsuttu organisaatioon { $org-name } palvelussa { $app-name }.
    .lead-from = { $inviter_name } on kutsunut sinut organisaatioon { $org-name } palvelussa { $app-name }.
    .button = Hyväksy kutsu

organization_invitation_accepted =
    .subject = { $email_address } on liittynyt organisaatioon { $org-name }
    .title = Kutsu hyväksytty
    .preview = Sinun ei tarvitse tehdä mitään.
    .lead = { $email_address } on liittynyt organisaatioon { $org-name } palvelussa { $app-name }.
    .button = Avaa { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Olet odotuslistalla palveluun { $app-name }
    .title = Olet odotuslistalla
    .preview = Ilmoitamme sinulle, kun on sinun vuorosi.
    .lead = Kiitos kiinnostuksestasi. Ilmoitamme sinulle heti, kun on sinun vuorosi.
    .not-you = Jos et ilmoittautunut odotuslistalle, voit jättää tämän viestin huomiotta.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Salasanasi palveluun { $app-name } on vaihdettu
    .title = Salasanasi on vaihdettu
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Tästä lähtien kirjaudut sisään uudella salasanallasi. Jos vaihdoit sen itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Nollaa salasanasi heti.
    .sms = Salasanasi palveluun { $app-name } on vaihdettu. Jos et tehnyt tätä itse, nollaa salasanasi heti.

password_removed =
    .subject = Salasanasi palveluun { $app-name } on poistettu
    .title = Salasanasi on poistettu
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Et voi enää kirjautua sisään salasanalla. Jos poistit sen itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Kirjaudu heti sisään ja aseta uusi salasana.
    .sms = Salasanasi palveluun { $app-name } on poistettu. Jos et tehnyt tätä itse, kirjaudu heti sisään ja aseta uusi salasana.

passkey_added =
    .subject = Pääsyavain on lisätty palveluun { $app-name }
    .title = Pääsyavain on lisätty
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Voit nyt kirjautua sisään tällä pääsyavaimella. Jos lisäsit sen itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Kirjaudu heti sisään ja poista pääsyavain.
    .sms = Pääsyavain on lisätty palveluun { $app-name }. Jos et tehnyt tätä itse, kirjaudu heti sisään ja poista se.

passkey_removed =
    .subject = Pääsyavain on poistettu palvelusta { $app-name }
    .title = Pääsyavain on poistettu
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Et voi enää kirjautua sisään tällä pääsyavaimella. Jos poistit sen itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Kirjaudu heti sisään ja tarkista pääsyavaimesi.
    .sms = Pääsyavain on poistettu palvelusta { $app-name }. Jos et tehnyt tätä itse, kirjaudu heti sisään ja tarkista tilisi.

mfa_enabled =
    .subject = Kaksivaiheinen vahvistus on käytössä palvelussa { $app-name }
    .title = Kaksivaiheinen vahvistus on käytössä
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Tästä lähtien sisäänkirjautuminen vaatii toisen vaiheen. Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Nollaa salasanasi heti.

primary_email_address_changed =
    .subject = Sähköpostiosoitteesi palvelussa { $app-name } on vaihdettu
    .title = Sähköpostiosoitteesi on vaihdettu
    .preview = Jos teit tämän itse, sinun ei tarvitse tehdä mitään.
    .lead = Tililläsi on uusi ensisijainen sähköpostiosoite. Jos vaihdoit sen itse, sinun ei tarvitse tehdä mitään.
    .not-you = Jollakulla muulla voi olla pääsy tilillesi. Kirjaudu heti sisään ja tarkista tilisi.
    .not-you-support = Jollakulla muulla voi olla pääsy tilillesi. Kirjoita heti osoitteeseen { $brand-support_email }.

new_device_sign_in =
    .subject = Uusi kirjautuminen palveluun { $app-name }
    .title = Uusi kirjautuminen tilillesi
    .preview = Jos se olit sinä, sinun ei tarvitse tehdä mitään.
    .lead = Tilillesi kirjauduttiin uudella laitteella. Jos se olit sinä, sinun ei tarvitse tehdä mitään.
    .not-you = Vaihda salasanasi heti.
    .not-you-revoke = Kirjaa laite ulos ja vaihda salasanasi heti.
    .button = Kirjaa laite ulos
    .support = Tarvitsetko apua? Kirjoita osoitteeseen { $support_email }

account_locked =
    .subject = Tilisi palvelussa { $app-name } on lukittu
    .title = Tilisi on lukittu
    .preview = Epäonnistuneita kirjautumisyrityksiä oli liikaa.
    .lead = Epäonnistuneita kirjautumisyrityksiä oli liikaa. Toistaiseksi kukaan ei voi kirjautua tilillesi.
    .not-you = Joku muu saattaa yrittää arvata salasanasi. Vaihda se heti, kun tilisi lukitus on avattu.
