# Ukrainian (uk), formal (ви, lower case). en.ftl explains the form.

## Stand-ins

# In the genitive, always behind a noun: "сервіс нашої команди", "організація без назви".
no-app-name = нашої команди
no-org-name = без назви
no-email_address = Новий учасник

## Dates

date-time =
    { $day } { $month ->
        [1] січня
        [2] лютого
        [3] березня
        [4] квітня
        [5] травня
        [6] червня
        [7] липня
        [8] серпня
        [9] вересня
        [10] жовтня
        [11] листопада
       *[12] грудня
    } { $year } р., { $time } ({ $zone })

duration =
    .seconds =
        { $count ->
            [one] { $count } секунда
            [few] { $count } секунди
            [many] { $count } секунд
           *[other] { $count } секунди
        }
    .minutes =
        { $count ->
            [one] { $count } хвилина
            [few] { $count } хвилини
            [many] { $count } хвилин
           *[other] { $count } хвилини
        }
    .hours =
        { $count ->
            [one] { $count } година
            [few] { $count } години
            [many] { $count } годин
           *[other] { $count } години
        }
    .days =
        { $count ->
            [one] { $count } день
            [few] { $count } дні
            [many] { $count } днів
           *[other] { $count } дня
        }

## Parts of several mails

code =
    .expires =
        Код дійсний { $ttl_minutes ->
            [one] { $ttl_minutes } хвилину
            [few] { $ttl_minutes } хвилини
            [many] { $ttl_minutes } хвилин
           *[other] { $ttl_minutes } хвилини
        }.
    .share = Нікому не повідомляйте цей код: ми ніколи не попросимо його назвати.

link =
    .expires =
        Посилання дійсне { $ttl_minutes ->
            [one] { $ttl_minutes } хвилину
            [few] { $ttl_minutes } хвилини
            [many] { $ttl_minutes } хвилин
           *[other] { $ttl_minutes } хвилини
        }.
    .not-you = Якщо це були не ви, не відкривайте посилання та проігноруйте цей лист.

button =
    .fallback = Якщо кнопка не працює, скопіюйте цю адресу в браузер:

invite =
    .expires =
        Запрошення дійсне { $invitation-expires_in_days ->
            [one] { $invitation-expires_in_days } день
            [few] { $invitation-expires_in_days } дні
            [many] { $invitation-expires_in_days } днів
           *[other] { $invitation-expires_in_days } дня
        }.
    .not-expected = Якщо ви не чекали на це запрошення, проігноруйте цей лист.

details =
    .from-at = Час запиту: { $requested_at }. Джерело: { $requested_from }.
    .from = Джерело запиту: { $requested_from }.
    .at = Час запиту: { $requested_at }.

device =
    .browser-system = { $browser } на { $system }

device_type =
    .desktop = комп’ютер
    .mobile = телефон
    .tablet = планшет

sign_in_method =
    .password = пароль
    .email_code = код з електронного листа
    .email_link = посилання з електронного листа
    .phone_code = код із SMS
    .passkey = ключ доступу
    .totp = застосунок для автентифікації
    .backup_code = резервний код
    .enterprise_sso = єдиний вхід (SSO)
    .ticket = одноразове посилання
    .web3 = криптогаманець

notice =
    .not-you = Це були не ви?

greeting =
    .named = Вітаємо, { $greeting_name }!

label =
    .account = Обліковий запис:
    .attempts = Невдалі спроби:
    .device = Пристрій:
    .location = Місце:
    .lock-length = Тривалість блокування:
    .locked-at = Початок блокування:
    .locked-until = Кінець блокування:
    .method = Спосіб входу:
    .new-address = Нова адреса:
    .passkey = Ключ доступу:
    .requested-from = Джерело запиту:
    .time = Дата й час:

footer =
    .questions = Маєте запитання? Напишіть нам: { $brand-support_email }

## Codes

verification_code =
    .subject = { $otp_code } — ваш код підтвердження для сервісу { $app-name }
    .subject-without-code = Ваш код підтвердження для сервісу { $app-name }
    .title = Ваш код підтвердження
    .preview =
        { $otp_code } — код дійсний { $ttl_minutes ->
            [one] { $ttl_minutes } хвилину
            [few] { $ttl_minutes } хвилини
            [many] { $ttl_minutes } хвилин
           *[other] { $ttl_minutes } хвилини
        }. Нікому його не повідомляйте.
    .lead = Введіть цей код, щоб перейти до сервісу { $app-name }:
    .not-you = Якщо це були не ви, проігноруйте цей лист. Без коду ніхто не зможе ввійти.
    .sms = { $otp_code } — код сервісу { $app-name }. Нікому не кажіть.

reset_password_code =
    .subject = { $otp_code } — код для скидання пароля в сервісі { $app-name }
    .subject-without-code = Код для скидання пароля в сервісі { $app-name }
    .title = Скидання пароля
    .preview =
        { $otp_code } — код дійсний { $ttl_minutes ->
            [one] { $ttl_minutes } хвилину
            [few] { $ttl_minutes } хвилини
            [many] { $ttl_minutes } хвилин
           *[other] { $ttl_minutes } хвилини
        }. Нікому його не повідомляйте.
    .lead = Введіть цей код, щоб задати новий пароль для сервісу { $app-name }:
    .not-you = Якщо це були не ви, проігноруйте цей лист. Ваш пароль не зміниться.
    .sms = { $otp_code } — код скидання пароля в сервісі { $app-name }.

## Links

magic_link_sign_in =
    .subject = Посилання для входу в сервіс { $app-name }
    .title = Посилання для входу
    .preview = Відкрийте посилання, щоб увійти. Пароль не потрібен.
    .lead = Увійдіть у сервіс { $app-name } за цим посиланням.
    .button = Увійти

magic_link_sign_up =
    .subject = Завершіть реєстрацію в сервісі { $app-name }
    .title = Завершіть реєстрацію
    .preview = Залишився один крок: підтвердьте електронну адресу.
    .lead = Відкрийте це посилання, щоб підтвердити електронну адресу й завершити реєстрацію в сервісі { $app-name }.
    .button = Завершити реєстрацію

magic_link_user_profile =
    .subject = Підтвердьте електронну адресу в сервісі { $app-name }
    .title = Підтвердьте електронну адресу
    .preview = Відкрийте посилання, щоб підтвердити, що ця адреса ваша.
    .lead = Відкрийте це посилання, щоб підтвердити, що ця електронна адреса належить вам. Після цього ми додамо її до вашого облікового запису в сервісі { $app-name }.
    .button = Підтвердити адресу

## Invitations

invitation =
    .subject = Запрошення до сервісу { $app-name }
    .title = Вас запрошено
    .preview = Прийміть запрошення, щоб створити обліковий запис.
    .lead = Вас запрошено до сервісу { $app-name }.
    .lead-from = { $inviter_name } запрошує вас до сервісу { $app-name }.
    .button = Прийняти запрошення
    .sms = Вас запрошено до сервісу { $app-name }: { $action_url }

waitlist_invitation =
    .subject = Настала ваша черга: чекаємо на вас у сервісі { $app-name }
    .title = Настала ваша черга
    .preview = Дякуємо за терпіння. Тепер ви можете створити обліковий запис.
    .lead = Дякуємо за терпіння. Тепер ви можете створити обліковий запис у сервісі { $app-name }.
    .button = Створити обліковий запис

organization_invitation =
    .subject = Запрошення до організації { $org-name }
    .title = Вас запрошено
    .preview = Прийміть запрошення, щоб приєднатися до організації.
    .lead = Вас запрошено до організації { $org-name } у сервісі { $app-name }.
    .lead-from = { $inviter_name } запрошує вас до організації { $org-name } у сервісі { $app-name }.
    .button = Прийняти запрошення

organization_invitation_accepted =
    .subject = { $email_address } тепер в організації { $org-name }
    .title = Запрошення прийнято
    .preview = Більше нічого робити не потрібно.
    .lead = { $email_address } тепер в організації { $org-name } у сервісі { $app-name }.
    .button = Відкрити сервіс { $app-name }

## Waitlist

waitlist_confirmation =
    .subject = Ви у списку очікування сервісу { $app-name }
    .title = Ви у списку очікування
    .preview = Ми напишемо вам, коли настане ваша черга.
    .lead = Дякуємо за інтерес. Ми напишемо вам, щойно настане ваша черга.
    .not-you = Якщо ви не подавали заявку, проігноруйте цей лист.

## Security notices: what happened, and what to do if it was somebody else

password_changed =
    .subject = Ваш пароль у сервісі { $app-name } змінено
    .title = Ваш пароль змінено
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Відтепер ви можете входити з новим паролем. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно скиньте пароль.
    .sms = Пароль у сервісі { $app-name } змінено. Не ви? Негайно скиньте його.

password_removed =
    .subject = Ваш пароль у сервісі { $app-name } видалено
    .title = Ваш пароль видалено
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Вхід за паролем більше недоступний. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно ввійдіть і задайте новий пароль.
    .sms = Пароль у сервісі { $app-name } видалено. Не ви? Увійдіть і задайте новий.

passkey_added =
    .subject = Новий ключ доступу в сервісі { $app-name }
    .title = Додано ключ доступу
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Тепер ви можете входити із цим ключем доступу. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно ввійдіть і видаліть цей ключ.
    .sms = Новий ключ доступу в сервісі { $app-name }. Не ви? Негайно видаліть його.

passkey_removed =
    .subject = Ключ доступу в сервісі { $app-name } видалено
    .title = Ключ доступу видалено
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Вхід із цим ключем доступу більше недоступний. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно ввійдіть і перевірте свої ключі доступу.
    .sms = Ключ доступу в сервісі { $app-name } видалено. Не ви? Перевірте ключі.

mfa_enabled =
    .subject = Двохетапну перевірку в сервісі { $app-name } увімкнено
    .title = Двохетапну перевірку ввімкнено
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Відтепер вхід в обліковий запис відбувається у два етапи. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно скиньте пароль.

primary_email_address_changed =
    .subject = Вашу електронну адресу в сервісі { $app-name } змінено
    .title = Вашу електронну адресу змінено
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = Ваш обліковий запис має нову основну електронну адресу. Якщо це були ви, нічого робити не потрібно.
    .not-you = Можливо, доступ до вашого облікового запису має хтось інший. Негайно ввійдіть і перевірте свій обліковий запис.
    .not-you-support = Можливо, доступ до вашого облікового запису має хтось інший. Негайно напишіть на адресу { $brand-support_email }.

new_device_sign_in =
    .subject = Новий вхід у сервіс { $app-name }
    .title = Новий вхід у ваш обліковий запис
    .preview = Якщо це були ви, нічого робити не потрібно.
    .lead = У ваш обліковий запис увійшли з нового пристрою. Якщо це були ви, нічого робити не потрібно.
    .not-you = Негайно змініть пароль.
    .not-you-revoke = Завершіть сеанс на новому пристрої та негайно змініть пароль.
    .button = Завершити сеанс
    .support = Потрібна допомога? Напишіть нам: { $support_email }

account_locked =
    .subject = Ваш обліковий запис у сервісі { $app-name } заблоковано
    .title = Ваш обліковий запис заблоковано
    .preview = Забагато невдалих спроб входу.
    .lead = Було забагато невдалих спроб входу. Зараз ніхто не може ввійти у ваш обліковий запис.
    .not-you = Можливо, хтось намагається підібрати ваш пароль. Задайте новий, щойно обліковий запис буде розблоковано.
