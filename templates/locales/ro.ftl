# Romanian (ro), informal (tu). en.ftl explains the form.

## Stand-ins

no-app-name = aplicația noastră
# Definite: “din” and “în” would have to merge with “o”.
no-org-name = organizația respectivă
no-email_address = Cineva

## Dates

date-time =
    { $day } { $month ->
        [1] ianuarie
        [2] februarie
        [3] martie
        [4] aprilie
        [5] mai
        [6] iunie
        [7] iulie
        [8] august
        [9] septembrie
        [10] octombrie
        [11] noiembrie
       *[12] decembrie
    } { $year }, ora { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] o secundă
            [few] { $count } secunde
           *[other] { $count } de secunde
        }
    .minutes =
        { $count ->
            [one] un minut
            [few] { $count } minute
           *[other] { $count } de minute
        }
    .hours =
        { $count ->
            [one] o oră
            [few] { $count } ore
           *[other] { $count } de ore
        }
    .days =
        { $count ->
            [one] o zi
            [few] { $count } zile
           *[other] { $count } de zile
        }

## Parts of several mails

code =
    .expires =
        Codul expiră în { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }.
    .share = Nu comunica nimănui acest cod: noi nu ți-l vom cere niciodată.

link =
    .expires =
        Linkul expiră în { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }.
    .not-you = Dacă nu ai fost tu, nu deschide linkul. Poți ignora acest e-mail.

button =
    .fallback = Dacă butonul nu funcționează, copiază această adresă în browser:

invite =
    .expires =
        Invitația expiră în { $invitation-expires_in_days ->
            [one] o zi
            [few] { $invitation-expires_in_days } zile
           *[other] { $invitation-expires_in_days } de zile
        }.
    .not-expected = Dacă nu așteptai această invitație, poți ignora acest e-mail.

details =
    .from-at = Solicitare trimisă pe { $requested_at }. Dispozitiv: { $requested_from }.
    .from = Dispozitivul de pe care s-a trimis solicitarea: { $requested_from }.
    .at = Solicitare trimisă pe { $requested_at }.

device =
    .browser-system = { $browser } pe { $system }

device_type =
    .desktop = computer
    .mobile = telefon
    .tablet = tabletă

sign_in_method =
    .password = parolă
    .email_code = cod prin e-mail
    .email_link = link prin e-mail
    .phone_code = cod prin SMS
    .passkey = cheie de acces
    .totp = aplicație de autentificare
    .backup_code = cod de rezervă
    .enterprise_sso = conectare unică (SSO)
    .ticket = link de unică folosință
    .web3 = portofel de criptomonede

notice =
    .not-you = Nu ai fost tu?

greeting =
    .named = Bună, { $greeting_name }!

label =
    .account = Cont:
    .attempts = Încercări eșuate:
    .device = Dispozitiv:
    .location = Locație:
    .lock-length = Durata blocării:
    .locked-at = Începutul blocării:
    .locked-until = Sfârșitul blocării:
    .method = Metodă de conectare:
    .new-address = Adresă nouă:
    .passkey = Cheie de acces:
    .requested-from = Solicitat de la:
    .time = Data și ora:

footer =
    .questions = Ai întrebări? Scrie la { $brand-support_email }

## Codes

# .sms: words without ă, â, î, ș, ț, which GSM 03.38 does not have. So too in the .sms of the others, but for invitation.
verification_code =
    .subject = { $otp_code } este codul tău de verificare pentru { $app-name }
    .subject-without-code = Codul tău de verificare pentru { $app-name }
    .title = Codul tău de verificare
    .preview =
        { $otp_code } expiră în { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }. Nu-l comunica nimănui.
    .lead = Introdu acest cod pentru a continua în { $app-name }:
    .not-you = Dacă nu ai fost tu, poți ignora acest e-mail. Nimeni nu se poate conecta fără cod.
    .sms =
        { $otp_code } este codul de verificare pentru { $app-name }. Este valabil { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }. Nu-l comunica altcuiva.

reset_password_code =
    .subject = { $otp_code } este codul tău de resetare a parolei pentru { $app-name }
    .subject-without-code = Codul tău de resetare a parolei pentru { $app-name }
    .title = Resetează-ți parola
    .preview =
        { $otp_code } expiră în { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }. Nu-l comunica nimănui.
    .lead = Introdu acest cod și alege o parolă nouă pentru { $app-name }:
    .not-you = Dacă nu ai fost tu, poți ignora acest e-mail. Parola ta rămâne neschimbată.
    .sms =
        { $otp_code } este codul de resetare a parolei pentru { $app-name }. Este valabil { $ttl_minutes ->
            [one] un minut
            [few] { $ttl_minutes } minute
           *[other] { $ttl_minutes } de minute
        }. Nu-l comunica altcuiva.

## Links

magic_link_sign_in =
    .subject = Linkul tău de conectare la { $app-name }
    .title = Linkul tău de conectare
    .preview = Deschide linkul pentru a te conecta, fără parolă.
    .lead = Folosește acest link pentru a te conecta la { $app-name }.
    .button = Conectează-te

magic_link_sign_up =
    .subject = Finalizează înregistrarea la { $app-name }
    .title = Finalizează înregistrarea
    .preview = Mai ai un singur pas: confirmă-ți adresa de e-mail.
    .lead = Folosește acest link pentru a-ți confirma adresa de e-mail și a finaliza înregistrarea la { $app-name }.
    .button = Finalizează înregistrarea

magic_link_user_profile =
    .subject = Confirmă-ți adresa de e-mail pentru { $app-name }
    .title = Confirmă-ți adresa de e-mail
    .preview = Deschide linkul pentru a confirma că această adresă este a ta.
    .lead = Folosește acest link pentru a confirma că această adresă de e-mail este a ta. O vom adăuga apoi la contul tău pentru { $app-name }.
    .button = Confirmă adresa

## Invitations

invitation =
    .subject = Ai primit o invitație pentru { $app-name }
    .title = Ai primit o invitație
    .preview = Acceptă invitația pentru a-ți crea contul.
    .lead = Ai primit o invitație să folosești { $app-name }.
    .lead-from = { $inviter_name } te invită să folosești { $app-name }.
    .button = Acceptă invitația
    .sms = Ai primit o invitație pentru { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Ți-a venit rândul să folosești { $app-name }
    .title = Ți-a venit rândul
    .preview = Îți mulțumim că ai așteptat. Acum îți poți crea contul.
    .lead = Îți mulțumim că ai așteptat. Acum îți poți crea contul pentru { $app-name }.
    .button = Creează contul

organization_invitation =
    .subject = Ai primit o invitație pentru { $org-name }
    .title = Ai primit o invitație
    .preview = Acceptă invitația pentru a te alătura.
    .lead = Ai primit o invitație să faci parte din { $org-name }, în { $app-name }.
    .lead-from = { $inviter_name } te invită să faci parte din { $org-name }, în { $app-name }.
    .button = Acceptă invitația

organization_invitation_accepted =
    .subject = { $email_address } face acum parte din { $org-name }
    .title = Invitație acceptată
    .preview = Nu mai trebuie să faci nimic.
    .lead = { $email_address } face acum parte din { $org-name }, în { $app-name }.
    .button = Deschide { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Ești pe lista de așteptare pentru { $app-name }
    .title = Ești pe lista de așteptare
    .preview = Îți vom scrie când îți vine rândul.
    .lead = Îți mulțumim pentru interes. Îți vom scrie imediat ce îți vine rândul.
    .not-you = Dacă nu ai cerut acest lucru, poți ignora acest e-mail.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Parola ta pentru { $app-name } a fost schimbată
    .title = Parola ta a fost schimbată
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = De acum te poți conecta cu parola nouă. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Resetează-ți imediat parola.
    .sms = Parola ta pentru { $app-name } s-a schimbat. Nu ai fost tu? Reseteaz-o imediat.

password_removed =
    .subject = Parola ta pentru { $app-name } a fost eliminată
    .title = Parola ta a fost eliminată
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = Nu te mai poți conecta cu o parolă. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Conectează-te și setează imediat o parolă nouă.
    .sms = S-a eliminat parola ta pentru { $app-name }. Nu ai fost tu? Mergi imediat la cont pentru a seta alta.

passkey_added =
    .subject = A fost adăugată o cheie de acces pentru { $app-name }
    .title = A fost adăugată o cheie de acces
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = Acum te poți conecta cu această cheie de acces. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Conectează-te și elimină imediat cheia de acces.
    .sms = S-a creat o cheie de acces pentru { $app-name }. Nu ai fost tu? Mergi imediat la cont pentru a o elimina.

passkey_removed =
    .subject = A fost eliminată o cheie de acces pentru { $app-name }
    .title = A fost eliminată o cheie de acces
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = Nu te mai poți conecta cu această cheie de acces. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Conectează-te și verifică-ți imediat cheile de acces.
    .sms = S-a eliminat o cheie de acces pentru { $app-name }. Nu ai fost tu? Mergi imediat la cont pentru a verifica ce s-a schimbat.

mfa_enabled =
    .subject = Verificarea în doi pași pentru { $app-name } este activă
    .title = Verificarea în doi pași este activă
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = De acum ai nevoie de un al doilea pas pentru a te conecta. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Resetează-ți imediat parola.

primary_email_address_changed =
    .subject = Adresa ta de e-mail pentru { $app-name } a fost schimbată
    .title = Adresa ta de e-mail a fost schimbată
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = Contul tău are o nouă adresă de e-mail principală. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Este posibil ca altcineva să aibă acces la contul tău. Conectează-te și verifică-ți imediat contul.
    .not-you-support = Este posibil ca altcineva să aibă acces la contul tău. Scrie imediat la { $brand-support_email }.

new_device_sign_in =
    .subject = Conectare nouă la { $app-name }
    .title = Conectare nouă la contul tău
    .preview = Dacă ai fost tu, nu trebuie să faci nimic.
    .lead = A avut loc o conectare la contul tău de pe un dispozitiv nou. Dacă ai fost tu, nu trebuie să faci nimic.
    .not-you = Schimbă-ți imediat parola.
    .not-you-revoke = Deconectează dispozitivul respectiv și schimbă-ți imediat parola.
    .button = Deconectează dispozitivul
    .support = Ai nevoie de ajutor? Scrie la { $support_email }

account_locked =
    .subject = Contul tău pentru { $app-name } este blocat
    .title = Contul tău este blocat
    .preview = Au existat prea multe încercări de conectare eșuate.
    .lead = Au existat prea multe încercări de conectare eșuate. Deocamdată, nimeni nu se poate conecta la contul tău.
    .not-you = Este posibil ca altcineva să încerce să-ți ghicească parola. Alege una nouă imediat ce contul tău va fi deblocat.
