# Polish (pl), informal (Ty). en.ftl explains the form.

## Stand-ins

no-app-name = online
no-org-name = bez nazwy
no-email_address = Ktoś

## Dates

date-time =
    { $day } { $month ->
        [1] stycznia
        [2] lutego
        [3] marca
        [4] kwietnia
        [5] maja
        [6] czerwca
        [7] lipca
        [8] sierpnia
        [9] września
        [10] października
        [11] listopada
       *[12] grudnia
    } { $year }, { $time } { $zone }

duration =
    .seconds =
        { $count ->
            [one] jedna sekunda
            [few] { $count } sekundy
            [many] { $count } sekund
           *[other] { $count } sekund
        }
    .minutes =
        { $count ->
            [one] jedna minuta
            [few] { $count } minuty
            [many] { $count } minut
           *[other] { $count } minut
        }
    .hours =
        { $count ->
            [one] jedna godzina
            [few] { $count } godziny
            [many] { $count } godzin
           *[other] { $count } godzin
        }
    .days =
        { $count ->
            [one] jeden dzień
            [few] { $count } dni
            [many] { $count } dni
           *[other] { $count } dni
        }

## Parts of several mails

code =
    .expires =
        Kod wygaśnie za { $ttl_minutes ->
            [one] minutę
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minut
           *[other] { $ttl_minutes } minut
        }.
    .share = Nie podawaj nikomu tego kodu – nigdy o niego nie poprosimy.

link =
    .expires =
        Link wygaśnie za { $ttl_minutes ->
            [one] minutę
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minut
           *[other] { $ttl_minutes } minut
        }.
    .not-you = Jeśli to nie Ty, nie otwieraj linku i zignoruj tę wiadomość.

button =
    .fallback = Jeśli przycisk nie działa, skopiuj ten adres do przeglądarki:

invite =
    .expires =
        Zaproszenie wygaśnie za { $invitation-expires_in_days ->
            [one] jeden dzień
            [few] { $invitation-expires_in_days } dni
            [many] { $invitation-expires_in_days } dni
           *[other] { $invitation-expires_in_days } dni
        }.
    .not-expected = Jeśli nie spodziewasz się tego zaproszenia, możesz zignorować tę wiadomość.

details =
    .from-at = Prośba wysłana { $requested_at } z urządzenia: { $requested_from }.
    .from = Prośba wysłana z urządzenia: { $requested_from }.
    .at = Prośba wysłana { $requested_at }.

device =
    .browser-system = { $browser } ({ $system })

device_type =
    .desktop = komputer
    .mobile = telefon
    .tablet = tablet

sign_in_method =
    .password = hasło
    .email_code = kod z e-maila
    .email_link = link z e-maila
    .phone_code = kod z SMS-a
    .passkey = klucz dostępu
    .totp = aplikacja uwierzytelniająca
    .backup_code = kod zapasowy
    .enterprise_sso = logowanie jednokrotne (SSO)
    .ticket = link jednorazowy
    .web3 = portfel kryptowalut

notice =
    .not-you = To nie Ty?

greeting =
    .named = Cześć, { $greeting_name }!

label =
    .account = Konto:
    .attempts = Nieudane próby:
    .device = Urządzenie:
    .location = Lokalizacja:
    .lock-length = Czas blokady:
    .locked-at = Początek blokady:
    .locked-until = Koniec blokady:
    .method = Metoda logowania:
    .new-address = Nowy adres:
    .passkey = Klucz dostępu:
    .requested-from = Źródło prośby:
    .time = Data i godzina:

footer =
    .questions = Masz pytania? Napisz na adres { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } to Twój kod weryfikacyjny do aplikacji { $app-name }
    .subject-without-code = Twój kod weryfikacyjny do aplikacji { $app-name }
    .title = Twój kod weryfikacyjny
    .preview =
        { $otp_code } – kod wygaśnie za { $ttl_minutes ->
            [one] minutę
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minut
           *[other] { $ttl_minutes } minut
        }. Nie podawaj go nikomu.
    .lead = Wpisz ten kod, aby przejść do aplikacji { $app-name }:
    .not-you = Jeśli to nie Ty, zignoruj tę wiadomość. Bez kodu nikt się nie zaloguje.
    .sms = { $otp_code } to kod weryfikacyjny do aplikacji { $app-name }. Wygasa za { $ttl_minutes } min. Nie podawaj go nikomu.

# .sms: without ł and the like, as SMS are written: GSM 03.38 does not have them. As here in password_changed and password_removed.
reset_password_code =
    .subject = { $otp_code } to Twój kod do zmiany hasła w aplikacji { $app-name }
    .subject-without-code = Twój kod do zmiany hasła w aplikacji { $app-name }
    .title = Ustaw nowe hasło
    .preview =
        { $otp_code } – kod wygaśnie za { $ttl_minutes ->
            [one] minutę
            [few] { $ttl_minutes } minuty
            [many] { $ttl_minutes } minut
           *[other] { $ttl_minutes } minut
        }. Nie podawaj go nikomu.
    .lead = Wpisz ten kod, aby ustawić nowe hasło do aplikacji { $app-name }:
    .not-you = Jeśli to nie Ty, zignoruj tę wiadomość. Twoje hasło się nie zmieni.
    .sms = { $otp_code } to kod do zmiany hasla w aplikacji { $app-name }. Wygasa za { $ttl_minutes } min. Nie podawaj go nikomu.

## Links

magic_link_sign_in =
    .subject = Twój link do logowania w aplikacji { $app-name }
    .title = Twój link do logowania
    .preview = Otwórz link, aby się zalogować. Nie potrzebujesz hasła.
    .lead = Użyj tego linku, aby zalogować się w aplikacji { $app-name }.
    .button = Zaloguj się

magic_link_sign_up =
    .subject = Dokończ rejestrację w aplikacji { $app-name }
    .title = Dokończ rejestrację
    .preview = Został jeden krok: potwierdź swój adres e-mail.
    .lead = Użyj tego linku, aby potwierdzić swój adres e-mail i dokończyć rejestrację w aplikacji { $app-name }.
    .button = Dokończ rejestrację

magic_link_user_profile =
    .subject = Potwierdź swój adres e-mail w aplikacji { $app-name }
    .title = Potwierdź swój adres e-mail
    .preview = Otwórz link, aby potwierdzić, że ten adres należy do Ciebie.
    .lead = Użyj tego linku, aby potwierdzić, że ten adres e-mail należy do Ciebie. Dodamy go wtedy do Twojego konta w aplikacji { $app-name }.
    .button = Potwierdź adres

## Invitations

invitation =
    .subject = Zaproszenie do korzystania z aplikacji { $app-name }
    .title = Masz zaproszenie
    .preview = Przyjmij zaproszenie, aby założyć konto.
    .lead = Masz zaproszenie do korzystania z aplikacji { $app-name }.
    .lead-from = { $inviter_name } zaprasza Cię do korzystania z aplikacji { $app-name }.
    .button = Przyjmij zaproszenie
    .sms = Masz zaproszenie do korzystania z aplikacji { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Twoje miejsce w aplikacji { $app-name } już czeka
    .title = Twoje miejsce już czeka
    .preview = Dziękujemy za cierpliwość. Możesz już założyć konto.
    .lead = Dziękujemy za cierpliwość. Możesz już założyć konto w aplikacji { $app-name }.
    .button = Załóż konto

organization_invitation =
    .subject = Zaproszenie do organizacji { $org-name }
    .title = Masz zaproszenie
    .preview = Przyjmij zaproszenie, aby dołączyć do organizacji.
    .lead = Masz zaproszenie do organizacji { $org-name } w aplikacji { $app-name }.
    .lead-from = { $inviter_name } zaprasza Cię do organizacji { $org-name } w aplikacji { $app-name }.
    .button = Przyjmij zaproszenie

organization_invitation_accepted =
    .subject = { $email_address } należy już do organizacji { $org-name }
    .title = Zaproszenie przyjęte
    .preview = Nie musisz robić nic więcej.
    .lead = { $email_address } należy już do organizacji { $org-name } w aplikacji { $app-name }.
    .button = Otwórz aplikację { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Jesteś na liście oczekujących na aplikację { $app-name }
    .title = Jesteś na liście oczekujących
    .preview = Napiszemy, gdy zwolni się dla Ciebie miejsce.
    .lead = Dziękujemy za zainteresowanie. Napiszemy, gdy tylko zwolni się dla Ciebie miejsce.
    .not-you = Jeśli to zgłoszenie nie pochodzi od Ciebie, zignoruj tę wiadomość.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Hasło do aplikacji { $app-name } zostało zmienione
    .title = Twoje hasło zostało zmienione
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Od teraz możesz logować się nowym hasłem. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zresetuj hasło.
    .sms = Haslo do aplikacji { $app-name } zostalo zmienione. To nie Ty? Natychmiast ustaw nowe.

password_removed =
    .subject = Hasło do aplikacji { $app-name } zostało usunięte
    .title = Twoje hasło zostało usunięte
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Od teraz nie można logować się hasłem. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zaloguj się i ustaw nowe hasło.
    .sms = Haslo do aplikacji { $app-name } zostalo usuniete. To nie Ty? Natychmiast zaloguj sie i ustaw nowe.

passkey_added =
    .subject = Nowy klucz dostępu w aplikacji { $app-name }
    .title = Dodano klucz dostępu
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Od teraz możesz logować się tym kluczem dostępu. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zaloguj się i usuń ten klucz.
    .sms = Dodano klucz (passkey) w aplikacji { $app-name }. To nie Ty? Natychmiast skasuj go w ustawieniach konta.

passkey_removed =
    .subject = Usunięto klucz dostępu w aplikacji { $app-name }
    .title = Usunięto klucz dostępu
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Od teraz nie można logować się tym kluczem dostępu. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zaloguj się i sprawdź swoje klucze dostępu.
    .sms = Skasowano klucz (passkey) w aplikacji { $app-name }. To nie Ty? Natychmiast skontroluj swoje konto.

mfa_enabled =
    .subject = Włączono weryfikację dwuetapową w aplikacji { $app-name }
    .title = Weryfikacja dwuetapowa jest włączona
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Od teraz logowanie wymaga drugiego kroku. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zresetuj hasło.

primary_email_address_changed =
    .subject = Zmieniono Twój adres e-mail w aplikacji { $app-name }
    .title = Twój adres e-mail został zmieniony
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Twoje konto ma nowy główny adres e-mail. Jeśli to Twoja zmiana, nie musisz nic robić.
    .not-you = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej zaloguj się i sprawdź swoje konto.
    .not-you-support = Ktoś inny może mieć dostęp do Twojego konta. Jak najszybciej napisz na adres { $brand-support_email }.

new_device_sign_in =
    .subject = Nowe logowanie w aplikacji { $app-name }
    .title = Nowe logowanie na Twoje konto
    .preview = Jeśli to Ty, nie musisz nic robić.
    .lead = Ktoś zalogował się na Twoje konto z nowego urządzenia. Jeśli to Ty, nie musisz nic robić.
    .not-you = Jak najszybciej zmień hasło.
    .not-you-revoke = Wyloguj urządzenie i jak najszybciej zmień hasło.
    .button = Wyloguj urządzenie
    .support = Potrzebujesz pomocy? Napisz na adres { $support_email }

account_locked =
    .subject = Twoje konto w aplikacji { $app-name } jest zablokowane
    .title = Twoje konto jest zablokowane
    .preview = Wykryliśmy zbyt wiele nieudanych prób logowania.
    .lead = Wykryliśmy zbyt wiele nieudanych prób logowania. Na razie nikt nie może zalogować się na Twoje konto.
    .not-you = Ktoś inny może próbować odgadnąć Twoje hasło. Ustaw nowe, gdy konto zostanie odblokowane.
